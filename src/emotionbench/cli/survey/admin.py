"""``emotionbench survey admin``: who may log in to the researcher's page."""

from __future__ import annotations

import sys

import click

from emotionbench.cli.options import open_for_reading, store_option
from emotionbench.store import Store, researchers

stdin_option = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from standard input, for scripts."
)


@click.group("admin")
def command() -> None:
    """Make and remove logins for the researcher's page of a survey. There is none before you make one."""


@command.command("add")
@click.argument("name")
@stdin_option
@store_option
def add(name: str, store_name: str, *, from_stdin: bool) -> None:
    """Make a login NAME; its password is asked for twice and not shown."""
    password = _password(from_stdin=from_stdin)
    with Store(store_name) as store:
        researchers.add(store, name, password)
        click.echo(f"{name.strip()} can log in at /researcher of a survey that is served from {store.name}")


@command.command("list")
@store_option
def list_names(store_name: str) -> None:
    """List who can log in."""
    with open_for_reading(store_name) as store:
        names = researchers.names(store)
    click.echo(
        "\n".join(names) if names else "nobody can log in; make a login with: emotionbench survey admin add NAME"
    )


@command.command("remove")
@click.argument("name")
@store_option
def remove(name: str, store_name: str) -> None:
    """Remove the login NAME; whoever is logged in with it no longer is."""
    with _existing(store_name) as store:
        researchers.remove(store, name)
    click.echo(f"{name.strip()} can no longer log in")


@command.command("password")
@click.argument("name")
@stdin_option
@store_option
def set_password(name: str, store_name: str, *, from_stdin: bool) -> None:
    """Give the login NAME another password; whoever is logged in with it no longer is."""
    with _existing(store_name) as store:
        password = _password(from_stdin=from_stdin)
        researchers.set_password(store, name, password)
    click.echo(f"the password of {name.strip()} is changed, and its sessions have ended")


def _existing(store_name: str) -> Store:
    """A store that is there already: a misspelt name makes no new one."""
    return Store(store_name, writable=False)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(
        click.prompt(
            f"Password ({researchers.SHORTEST} characters or more)",
            hide_input=True,
            confirmation_prompt="The same once more",
        )
    )
