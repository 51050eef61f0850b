"""What a study would take, without asking anybody."""

from __future__ import annotations

from itertools import islice

import click
from rich.console import Console

from emotionbench.engine.lane import Wordings
from emotionbench.plan import Plan
from emotionbench.records import Message, Respondent, RespondentKind
from emotionbench.respondents.base import check_known
from emotionbench.study import Study, materials_of, n_baselines

CHARACTERS_PER_TOKEN = 4
SESSIONS_READ = 500


def print_dry_run(out: Console, study: Study) -> None:
    """Print administrations, messages and estimated tokens, and the first full prompt."""
    for spec in study.respondents:
        check_known(spec)
    materials = materials_of(study)
    stand_ins = tuple(Respondent.of(RespondentKind.LLM, spec.name or spec.id, {}) for spec in study.respondents)
    plan = Plan(study, materials, stand_ins)
    wordings = Wordings(materials)
    n_input, n_output, n_read = 0, 0, 0
    for session in islice(plan, 0, None, max(1, plan.n_administrations // SESSIONS_READ)):
        history: tuple[Message, ...] = ()
        for administration in session:
            question = wordings.question(administration, history)
            reply = "\n".join(f"{question.instrument.text(number)}: 1" for number in administration.order)
            n_input += sum(len(message["content"]) for message in question.messages)
            n_output += len(reply)
            n_read += 1
            history = (*question.messages, {"role": "assistant", "content": reply})
    share = plan.n_administrations / n_read / CHARACTERS_PER_TOKEN
    click.echo(f"respondents      {', '.join(spec.name or spec.id for spec in study.respondents)}")
    click.echo(f"instruments      {', '.join(instrument.id for instrument in materials.instruments)}")
    click.echo(f"situations       {len(materials.situations)} of {materials.situation_set.id}, {study.repeats} × each")
    click.echo(
        f"baselines        {n_baselines(study, materials)} for each respondent and instrument, design {study.design}"
    )
    click.echo(f"administrations  {plan.n_administrations:,}")
    click.echo(f"messages         {plan.n_administrations:,} (without retries)")
    click.echo(f"tokens           about {n_input * share:,.0f} in, {n_output * share:,.0f} out (4 characters a token)")
    first = next(iter(plan))[0]
    for message in wordings.question(first).messages:
        click.echo(f"\n--- first prompt, {message['role']} ---\n{message['content']}")
