"""``emotionbench show``: one administration, from exact request to scores."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import click

from emotionbench.analysis import best_answers, best_readings
from emotionbench.cli.options import open_for_reading, store_option
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.pages import Pages
from emotionbench.materials.protocols import Protocol
from emotionbench.parsing.probabilities import Distribution, Unread
from emotionbench.records import Administration, Attempt
from emotionbench.scoring import expected_score, score
from emotionbench.store import Store, reading
from emotionbench.store.reading import StoredMaterials


@click.command("show")
@click.argument("administration_id", metavar="ADMINISTRATION")
@click.option("--json", "as_json", is_flag=True, help="As JSON, requests and responses to the letter.")
@store_option
def command(administration_id: str, store_name: str, *, as_json: bool) -> None:
    """Show one administration: its cell, every exact request and response, parsed answers, scores.

    ADMINISTRATION is its id, or the beginning of it.
    """
    with open_for_reading(store_name) as store:
        administration = reading.find(store, administration_id)
        found = _found(store, administration)
    if as_json:
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        _print(found)


def _found(store: Store, administration: Administration) -> dict[str, Any]:
    materials = reading.materials(store)
    instrument = materials.instruments[administration.instrument]
    situation = materials.situations[administration.situation] if administration.situation else None
    attempts = reading.attempts(store, administration.id)
    form = materials.forms[administration.form] if administration.form else None
    reads = form is not None and form.reads_probabilities
    answers = () if reads else best_answers(attempts, instrument, administration, form)
    scores = [asdict(found) for found in score(answers, instrument)] if answers else []
    readings = best_readings(attempts, instrument, administration, form) if reads and form else ()
    if readings:
        moments = {one.item: (one.expected, one.variance) for one in readings if isinstance(one, Distribution)}
        scores = [{**asdict(found), "variance": spread} for found, spread in expected_score(moments, instrument)]
    return {
        "administration": {
            **asdict(administration),
            "respondent": reading.respondents(store)[administration.respondent].name,
            "instrument": instrument.id,
            "protocol": _words(materials, administration.protocol).id,
            "situation": situation.model_dump() if situation else None,
            "form": form.id if form else None,
        },
        "attempts": [asdict(attempt) for attempt in attempts],
        "answers": [{**asdict(answer), "text": instrument.text(answer.item)} for answer in answers],
        **({"readings": [_reading(one, instrument) for one in readings]} if readings else {}),
        "scores": scores,
    }


def _reading(found: Distribution | Unread, instrument: Instrument) -> dict[str, Any]:
    """What was read of one item's probabilities."""
    text = instrument.text(found.item or 1)
    if isinstance(found, Unread):
        return {"item": found.item, "text": text, "why": found.why.value}
    return {**asdict(found), "text": text, "expected": found.expected, "variance": found.variance}


def _words(materials: StoredMaterials, key: str) -> Protocol | Pages:
    """What was put around the instrument: a protocol, or the pages that people read."""
    return materials.protocols[key] if key in materials.protocols else materials.pages[key]


def _print(found: dict[str, Any]) -> None:
    for key, value in found["administration"].items():
        if key == "order":
            click.echo(f"{'item order':12} {' '.join(map(str, value))}")
        elif key == "situation" and value:
            click.echo(f"{key:12} {value['id']} ({value['emotion']}; {value['factor_name']}): {value['text']}")
        elif value is not None and (key, value) != ("n_messages", 1):
            click.echo(f"{key.removeprefix('n_'):12} {value}")
    for attempt in found["attempts"]:
        _print_attempt(Attempt(**attempt), found["administration"]["n_messages"])
    if not found["attempts"]:
        click.echo("\nnot asked yet")
    if found["answers"]:
        click.echo("\nanswers")
    for answer in found["answers"]:
        value = "–" if answer["value"] is None else answer["value"]
        click.echo(f"  {answer['item']:>3} {answer['text']:<40} {value:>3}  {answer['status']}")
    _print_readings(found.get("readings", ()))
    for row in found["scores"]:
        value = "not scored" if row["value"] is None else f"{row['value']:g}"
        spread = f" ± {row['variance'] ** 0.5:.1f} over draws" if row.get("variance") is not None else ""
        n_valid = f"({row['n_valid']} of {row['n_items']} items valid)"
        click.echo(f"score {row['subscale']:<20} {value}{spread}  {n_valid}")


def _print_readings(readings: Sequence[dict[str, Any]]) -> None:
    """A line for each item: the mean answer, how likely each is, and the mass."""
    if readings:
        click.echo("\nanswers as probabilities: mean; probability of each; mass")
    for one in readings:
        if "why" in one:
            click.echo(f"  {one['item']:>3} {one['text']:<40}    –  {one['why']}")
            continue
        each = " ".join(f"{value}: {share:.3f}" for value, share in one["probabilities"].items())
        mass = "not told" if one["mass"] is None else f"{one['mass']:.3f}"
        click.echo(f"  {one['item']:>3} {one['text']:<40} {one['expected']:>5.2f}  {each}  {mass}")


def _print_attempt(attempt: Attempt, n_messages: int) -> None:
    of_message = f", message {attempt.part} of {n_messages}" if n_messages > 1 else ""
    click.echo(f"\nattempt {attempt.number}{of_message}, {attempt.started_at}, {attempt.seconds:.3f} s")
    click.echo(f"request\n{_indented(attempt.request)}")
    if attempt.error is not None:
        click.echo(f"error ({attempt.error_kind})\n  {attempt.error}")
    else:
        click.echo(f"response\n{_indented(attempt.response or '')}")
    known = ("input_tokens", "output_tokens", "model_version", "finish_reason")
    told = [f"{name} {getattr(attempt, name)}" for name in known if getattr(attempt, name) is not None]
    if told:
        click.echo(", ".join(told))


def _indented(text: str) -> str:
    with suppress(ValueError):
        text = json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    return "\n".join(f"  {line}" for line in text.splitlines())
