"""``emotionbench survey``: the same study with people, in a browser."""

from __future__ import annotations

import click

from emotionbench.cli.lazy import LazyGroup

COMMANDS = {
    "preview": ("preview:command", "Show the pages on this machine; nothing is kept."),
    "preregister": ("preregister:command", "Write the pre-registration of the study."),
    "serve": ("serve:command", "Serve the study to the people who take part."),
    "admin": ("admin:command", "Make and remove logins for the researcher's page."),
    "links": ("links:command", "Make single-use links."),
    "doctor": ("doctor:command", "Check a deployment, and say what to fix."),
    "export": ("export:command", "Write answers, people and codebook to files."),
    "norm": ("norm:command", "Make a human norm of the people's answers."),
    "delete": ("delete:command", "Delete one person who asks for it."),
    "purge": ("purge:command", "End the retention of people's links and codes."),
}


@click.group(
    "survey",
    cls=LazyGroup,
    commands_by_name=COMMANDS,
    package="emotionbench.cli.survey",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def command() -> None:
    """Run the same study with people, in a browser.

    A study file with a ``survey:`` part says what people are asked; see docs/survey.md.
    """
