"""The ``emotionbench`` command: one group whose subcommands are imported only when used."""

from __future__ import annotations

import os
import sys

import click

import emotionbench
from emotionbench.cli.lazy import LazyGroup
from emotionbench.errors import EmotionBenchError

COMMANDS = {
    "run": ("run:command", "Put instruments to respondents before and after imagined situations."),
    "status": ("status:command", "Say how far the administrations in a store have come."),
    "table": ("table:command", "Show how close respondents are to people, and their changes."),
    "compare": ("compare:command", "Show what differs between two respondents, or two stores."),
    "plan-precision": ("plan_precision:command", "Say what design makes the changes as precise as is wanted."),
    "survey": ("survey:command", "Run the same study with people, in a browser."),
    "costs": ("costs:command", "Say what asking took, in tokens and in money."),
    "show": ("show:command", "Show one administration: exact requests, responses, answers, scores."),
    "export": ("export:command", "Write answers, scores or administrations to a CSV or Parquet file."),
    "verify": ("verify:command", "Check that every row of a store still is what its hash says."),
    "materials": ("materials:group", "List instruments, situations, protocols and norms; add the original's."),
    "instruments": ("instruments:group", "List, show and check instruments: keys, norms, licence, what was mended."),
    "norms": ("norms:group", "List and add norms of scores; set respondents beside people."),
    "probes": ("probes:command", "Show biases of answering, and what a respondent recites from memory."),
    "ways": ("ways:command", "Say which ways of asking change what is concluded."),
    "import": ("imports:group", "Bring recorded answers of the original projects into a store."),
    "audit": ("audit:command", "Recompute the published tables from the original's raw files."),
    "report": ("report:command", "Write a page that says everything, and files for papers."),
}
INTERRUPTED = 130


@click.group(
    cls=LazyGroup,
    commands_by_name=COMMANDS,
    package="emotionbench.cli",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(emotionbench.__version__, prog_name="emotionbench")
def cli() -> None:
    """Measure how a respondent's reported feelings move when it imagines a situation.

    Start with: emotionbench run --respondent lexicon
    """


def main() -> None:
    """Run the command line; a user's mistake is one line on standard error and an exit code that is not 0."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = INTERRUPTED
    except click.ClickException as problem:
        problem.show()
        code = problem.exit_code
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except (EmotionBenchError, OSError) as problem:
        click.echo(f"error: {problem}", err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
