"""``emotionbench costs``: what asking took, in tokens and in money, and what each finding cost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from emotionbench.analysis import analyse
from emotionbench.cli.options import console, open_for_reading, store_option
from emotionbench.collecting.labels import Labels
from emotionbench.comparisons.costs import CostRow, FindingCost, Spending, spent
from emotionbench.errors import MaterialError
from emotionbench.materials.catalogue import home
from emotionbench.materials.prices import FILE, Prices, load_prices
from emotionbench.records import Respondent
from emotionbench.reports.render import markdown, print_tables
from emotionbench.reports.tables.costs import cost_tables, spent_line
from emotionbench.respondents.prices import INSPECT, price_of_respondent
from emotionbench.store import Store, reading, tokens

EXAMPLE = """\
# in {path}, or in a file that --prices names; US dollars a million tokens
prices:
  - provider: {provider}
    model: {model}
    input: 0.00            # fill these in
    cached: 0.00           # leave out where input from a cache costs as much
    output: 0.00           # reasoning is billed as output
    batch_discount: 0.5    # leave out where batches cost as much
    date: YYYY-MM-DD       # when you read them
    source: where you read them
"""


@click.command("costs")
@click.option(
    "--prices",
    "prices_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A file of prices, which go before prices.yaml in the folder of added materials and before those shipped.",
)
@click.option("--findings", is_flag=True, help="Also what each emotion's change cost, and a narrower interval would.")
@click.option("--example", metavar="PROVIDER/MODEL", help="Print an entry of a file of prices to fill in.")
@click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every figure.")
@store_option
def command(
    store_name: str,
    *,
    prices_file: Path | None,
    findings: bool,
    example: str | None,
    as_markdown: bool,
    as_json: bool,
) -> None:
    """Show the tokens that servers counted, and what they cost by list prices, by respondent and instrument.

    Prices are data with a date (docs/costs.md). Money is left out where no price is known or no server counted.
    """
    if example:
        _print_example(example)
        return
    prices = load_prices(prices_file)
    with open_for_reading(store_name) as store:
        spending = spending_of(store, prices)
        rows = spending.rows()
        found = spending.findings(analyse(store).changes()) if findings else ()
    if as_json:
        click.echo(json.dumps(_json(rows, found), indent=1, ensure_ascii=False))
        return
    tables = cost_tables(rows, found)
    plain, notes = [table.plain() for table in tables], [note for table in tables for note in table.notes]
    if as_markdown:
        click.echo(markdown(plain, notes), nl=False)
    elif tables:
        print_tables(console(), plain, notes)
    else:
        click.echo(f"nothing was asked yet in {store_name}")


def spending_of(store: Store, prices: Prices | None = None) -> Spending:
    """What a store says of money, with what things are called everywhere."""
    materials, respondents = reading.materials(store), reading.respondents(store)
    labels = Labels(materials, respondents)
    known = load_prices() if prices is None else prices
    editions = {id(instrument): label for label, instrument in labels.editions.items()}
    return Spending(
        tokens.usages(store),
        tokens.n_administrations(store),
        {respondent.id: label for label, respondent in labels.respondents.items()},
        {
            key: instrument.base if materials.forms else editions[id(instrument)]
            for key, instrument in materials.instruments.items()
        },
        {key: situation.emotion for key, situation in materials.situations.items()},
        {key: price_of_respondent(respondent, known) for key, respondent in respondents.items()},
    )


def line_of_run(
    usages: Sequence[tokens.Usage], respondents: Sequence[Respondent], prices_file: str | Path | None = None
) -> str | None:
    """Tokens and money of what a run of these respondents took; None where no server counted any."""
    prices = load_prices(prices_file)
    found = spent(usages, {respondent.id: price_of_respondent(respondent, prices) for respondent in respondents})
    return spent_line(found) or None


def _json(rows: Sequence[CostRow], findings: Sequence[FindingCost]) -> dict[str, Any]:
    return {
        "currency": "USD",
        "costs": [{**asdict(row), "spent": {**asdict(row.spent), "each": row.spent.each}} for row in rows],
        "findings": [{**asdict(one), "dollars": one.dollars} for one in findings],
    }


def _print_example(example: str) -> None:
    provider, slash, model = example.partition("/")
    if provider == INSPECT:  # it has no prices: what it asks costs what the provider behind it takes
        provider, slash, model = model.partition("/")
    if not (provider and slash and model):
        raise MaterialError(f"--example {example!r} names no model", fix="write it as PROVIDER/MODEL")
    click.echo(EXAMPLE.format(path=home() / FILE, provider=provider, model=json.dumps(model)), nl=False)
