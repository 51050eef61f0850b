"""What a study would take, without asking anybody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emotionbench.cli.dry_checks import check_study, left_to_the_hub
from emotionbench.cli.first_prompt import first_prompts
from emotionbench.engine.cost import Costs, RespondentCost, label_of, record_of
from emotionbench.materials.prices import Price, Prices, dollars_text, load_prices
from emotionbench.respondents.base import check_known
from emotionbench.respondents.prices import price_of_respondent
from emotionbench.store import Store
from emotionbench.store.tokens import Measured, measured
from emotionbench.study import Study
from emotionbench.ways import Ways

if TYPE_CHECKING:
    from emotionbench.fractions import Balance

WORTH_A_WORD = 10.0
"""US dollars from which a run says beforehand what it is likely to cost."""


def print_dry_run(
    study: Study, store_name: str | None = None, *, prices_file: str | Path | None = None, batched: bool = False
) -> None:
    """Print forms, administrations, messages, tokens and money by respondent, and the first full prompt.

    Where the store named (if there is one) holds answers of a respondent, tokens are estimated from those. Raises what
    a run would, as far as that can be told here (``dry_checks``).
    """
    for spec in study.respondents:
        check_known(spec)
    prices, pilots = load_prices(prices_file), _pilots(study, store_name)
    costs = Costs(study)
    materials, cost = costs.plan.materials, costs.whole
    check_study(study, materials, prices)
    size = cost.size
    click.echo(f"respondents      {', '.join(spec.name or spec.id for spec in study.respondents)}")
    for name in left_to_the_hub(study):
        click.echo(f"  {name}: no folder here; whether the hub has such a model is seen when it is run")
    click.echo(f"instruments      {', '.join(dict.fromkeys(i.base for i in materials.instruments))}")
    situations = materials.situation_set
    most = max(len(way.situations) for way in materials.ways)
    of_set = f"{most} of {situations.id}, {study.repeats} × each" if situations else "none"
    click.echo(f"situations       {of_set}")
    if study.ways:
        _print_ways(study, study.ways, costs)
    click.echo(f"baselines        {size.n_baselines:,} for each respondent, design {study.design}")
    click.echo(f"administrations  {size.n_administrations:,}")
    click.echo(f"messages         {cost.n_messages:,} (without retries)")
    click.echo(
        f"tokens           about {cost.input_tokens:,} in, {cost.output_tokens:,} out, by the length of the texts"
    )
    models = [one for one in costs.by_respondent(pilots, prices, batched=batched) if not one.is_embedded]
    _print_money(models, batched=batched)
    for title, text in first_prompts(study, materials, next(iter(costs.plan))[0]):
        click.echo(f"\n--- first prompt, {title} ---\n{text}")


def expected_money(
    study: Study, store_name: str, *, prices_file: str | Path | None = None, batched: bool = False
) -> str | None:
    """A line on what a run is likely to cost, where that is known and worth a word; else None.

    Of respondents that cost nothing by the token, or whose price is not known, nothing is estimated.
    """
    if not any("/" in spec.id for spec in study.respondents):
        return None
    prices = load_prices(prices_file)
    found = _priced(study, prices, store_name, batched=batched)
    total = sum(one.dollars or 0.0 for one in found)
    if total < WORTH_A_WORD:
        return None
    days = sorted({one.price.date for one in found if one.price is not None and one.dollars})
    return f"likely to cost about {dollars_text(total)} by prices of {days[0]}; --dry-run says how that is made up"


def _priced(study: Study, prices: Prices, store_name: str, *, batched: bool) -> Sequence[RespondentCost]:
    """The estimates of those respondents that cost something; texts are read only if there are any."""
    costing = tuple(spec for spec in study.respondents if _is_paid(price_of_respondent(record_of(spec), prices)))
    if not costing:
        return ()
    own = study.model_copy(update={"respondents": costing})
    return Costs(own).by_respondent(_pilots(own, store_name), prices, batched=batched)


def _is_paid(price: Price | None) -> bool:
    return price is not None and not price.is_free


def _pilots(study: Study, store_name: str | None) -> list[Measured]:
    """What the respondents' messages took before, where there is a store that tells."""
    if store_name is None or ("://" not in store_name and not Path(store_name).is_file()):
        return []
    with Store(store_name, writable=False) as store:
        return measured(store, [label_of(spec) for spec in study.respondents])


def _print_money(costs: Sequence[RespondentCost], *, batched: bool) -> None:
    """What each respondent takes, what that is estimated from, and at which price."""
    for cost in costs:
        parts = [f"{cost.input_tokens:,} tokens in", f"{cost.output_tokens:,} out"]
        parts += [f"{cost.cached_tokens:,} of those in from a cache"] if cost.cached_tokens else []
        parts += [f"{cost.reasoning_tokens:,} of those out reasoning"] if cost.reasoning_tokens else []
        click.echo(f"  {cost.respondent}: {_money(cost, batched=batched)}; {', '.join(parts)}; by {cost.basis}")
    known = [cost.dollars for cost in costs if cost.dollars is not None]
    if len(costs) > 1 and any(known):
        rest = len(costs) - len(known)
        without = f", without {rest} of unknown price" if rest else ""
        click.echo(f"  all: about {dollars_text(sum(known))}{without}")


def _money(cost: RespondentCost, *, batched: bool) -> str:
    if cost.dollars is None or cost.price is None:
        return f"{cost.why} (a prices.yaml of your own gives one: emotionbench costs --example PROVIDER/MODEL)"
    if cost.price.is_free:
        return "nothing is paid by the token"
    in_batch = " in a batch" if batched and cost.price.batch_discount else ""
    return f"about {dollars_text(cost.dollars)}{in_batch} (prices of {cost.price.date})"


def _print_ways(study: Study, ways: Ways, costs: Costs) -> None:
    """The forms: how many, of what, how well balanced, and what all of them or a fraction would cost."""
    from emotionbench.fractions import balance, smallest_n  # noqa: PLC0415  (NumPy takes 0.1 s)

    for name, levels in ways.levels.items():
        click.echo(f"  {name:18} {', '.join(map(_word, levels))}")
    if ways.n_forms < ways.n_grid:
        found = balance(ways.rows(study.seed), ways.sizes, interactions=ways.pairs)
        click.echo(f"forms            {ways.n_forms:,} of {ways.n_grid:,}, a balanced fraction")
        click.echo(f"  {_evenness(found, list(ways.levels))}")
        click.echo(f"  all of them would take {costs.of(ways.n_grid)}")
        return
    click.echo(f"forms            {ways.n_forms:,}: every combination")
    fewer = smallest_n(ways.sizes, ways.pairs)
    if fewer < ways.n_grid:
        named = " and the interactions named" if ways.pairs else ""
        click.echo(f"  a balanced fraction (--forms {fewer}) estimates every main effect{named} with {costs.of(fewer)}")


def _evenness(found: Balance, names: list[str]) -> str:
    """How even a fraction is, in words."""
    levels = "every level equally often" if not any(found.level_spread) else "every level equally often, give or take 1"
    pairs = "every pair of levels too"
    if found.pair_spread and found.worst_pair:
        worst = " × ".join(names[place] for place in found.worst_pair)
        pairs = f"pairs of levels by up to {found.pair_spread} more or less often ({worst})"
    told = f"{100 * found.d_efficiency:.0f} % of the information of all combinations, form for form"
    return f"{levels}, {pairs}; {told}"


def _word(level: object) -> str:
    return {True: "yes", False: "no"}.get(level, str(level)) if isinstance(level, bool) else str(level)
