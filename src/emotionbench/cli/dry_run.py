"""What a study would take, without asking anybody."""

from __future__ import annotations

import click

from emotionbench.engine.cost import Costs
from emotionbench.engine.lane import Wordings
from emotionbench.fractions import Balance, balance, smallest_n
from emotionbench.respondents.base import check_known
from emotionbench.study import Study
from emotionbench.ways import Ways


def print_dry_run(study: Study) -> None:
    """Print forms, administrations, messages and estimated tokens, and the first full prompt."""
    for spec in study.respondents:
        check_known(spec)
    costs = Costs(study)
    materials, cost = costs.plan.materials, costs.whole
    size = cost.size
    click.echo(f"respondents      {', '.join(spec.name or spec.id for spec in study.respondents)}")
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
    click.echo(f"tokens           about {cost.input_tokens:,} in, {cost.output_tokens:,} out (4 characters a token)")
    first = next(iter(costs.plan))[0]
    for message in Wordings(materials).question(first).messages:
        click.echo(f"\n--- first prompt, {message['role']} ---\n{message['content']}")


def _print_ways(study: Study, ways: Ways, costs: Costs) -> None:
    """The forms: how many, of what, how well balanced, and what all of them or a fraction would cost."""
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
