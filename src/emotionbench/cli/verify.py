"""``emotionbench verify``."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from emotionbench.cli.options import open_for_reading, store_option
from emotionbench.verification import n_checked, verify


@click.command("verify")
@click.option("--json", "as_json", is_flag=True, help="As JSON: rows checked by table, and every problem.")
@store_option
def command(store_name: str, *, as_json: bool) -> None:
    """Re-hash materials and planned ids, and report every row that does not hold."""
    with open_for_reading(store_name) as store:
        faults = list(verify(store))
        n_rows = n_checked(store) if as_json else {}
    if as_json:
        answer = {"n_checked": n_rows, "problems": [asdict(fault) for fault in faults]}
        click.echo(json.dumps(answer, indent=1, ensure_ascii=False))
    else:
        for fault in faults:
            click.echo(f"{fault.table} {fault.key}: {fault.what}")
    if faults:
        click.echo(f"error: {len(faults)} rows do not hold; restore the store from a backup", err=True)
        raise click.exceptions.Exit(1)
    if not as_json:
        click.echo("every row holds")
