"""``emotionbench verify``."""

from __future__ import annotations

import click

from emotionbench.cli.options import open_for_reading, store_option
from emotionbench.verification import verify


@click.command("verify")
@store_option
def command(store_name: str) -> None:
    """Re-hash materials and planned ids, and report every row that does not hold."""
    with open_for_reading(store_name) as store:
        faults = list(verify(store))
    for fault in faults:
        click.echo(f"{fault.table} {fault.key}: {fault.what}")
    if faults:
        click.echo(f"error: {len(faults)} rows do not hold; restore the store from a backup", err=True)
        raise click.exceptions.Exit(1)
    click.echo("every row holds")
