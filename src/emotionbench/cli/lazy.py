"""A group of commands that are imported only when used, so that the command line starts fast."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

Commands = dict[str, tuple[str, str]]
"""Name → module and object (``run:command``), and what the command does."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def __init__(self, *args: Any, commands_by_name: Commands, package: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._commands, self._package = commands_by_name, package

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order they are usually needed."""
        return list(self._commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self._commands:
            return None
        module, attribute = self._commands[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(f"{self._package}.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self._commands.items()])
