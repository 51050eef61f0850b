"""What a study would take, without asking anybody."""

from __future__ import annotations

import click

from emotionbench.engine.cost import Cost, cost_of, sample_plan
from emotionbench.engine.lane import Wordings
from emotionbench.fractions import balance, smallest_n
from emotionbench.respondents.base import check_known
from emotionbench.study import Study
from emotionbench.ways import Ways


def print_dry_run(study: Study) -> None:
    """Print forms, administrations, messages and estimated tokens, and the first full prompt."""
    for spec in study.respondents:
        check_known(spec)
    plan, cost = sample_plan(study), cost_of(study)
    materials, size = plan.materials, cost.size
    click.echo(f"respondents      {', '.join(spec.name or spec.id for spec in study.respondents)}")
    click.echo(f"instruments      {', '.join(dict.fromkeys(i.base for i in materials.instruments))}")
    situations = materials.situation_set
    of_set = f"{len(materials.ways[0].situations)} of {situations.id}, {study.repeats} × each" if situations else "none"
    click.echo(f"situations       {of_set}")
    if study.ways:
        _print_ways(study, study.ways, cost)
    click.echo(f"baselines        {size.n_baselines:,} for each respondent, design {study.design}")
    click.echo(f"administrations  {size.n_administrations:,}")
    click.echo(f"messages         {cost.n_messages:,} (without retries)")
    click.echo(f"tokens           about {cost.input_tokens:,} in, {cost.output_tokens:,} out (4 characters a token)")
    first = next(iter(plan))[0]
    for message in Wordings(materials).question(first).messages:
        click.echo(f"\n--- first prompt, {message['role']} ---\n{message['content']}")


def _print_ways(study: Study, ways: Ways, cost: Cost) -> None:
    """The forms: how many, of what, how well balanced, and what all of them or a fraction would cost."""
    for name, levels in ways.levels.items():
        click.echo(f"  {name:18} {', '.join(map(_word, levels))}")
    if ways.n_forms < ways.n_grid:
        found = balance(ways.rows(study.seed), ways.sizes, interactions=ways.pairs)
        click.echo(f"forms            {ways.n_forms:,} of {ways.n_grid:,}, a balanced fraction: {found}")
        click.echo(f"  all of them would take {cost.times(ways.n_grid / ways.n_forms)}")
        return
    click.echo(f"forms            {ways.n_forms:,}: every combination")
    fewer = smallest_n(ways.sizes, ways.pairs)
    if fewer < ways.n_grid:
        click.echo(
            f"  a balanced fraction (--forms {fewer}) estimates every main effect with"
            f" {cost.times(fewer / ways.n_grid)}"
        )


def _word(level: object) -> str:
    return {True: "yes", False: "no"}.get(level, str(level)) if isinstance(level, bool) else str(level)
