"""Instruments to parse replies to, and how answers are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing import parse
from emotionbench.records import AnswerStatus

PANAS = catalogue.instrument("PANAS")
ECL = catalogue.instrument("ECL-8")


def made_up(
    items: Sequence[object], lowest: int = 0, highest: int = 3, labels: Mapping[int, str] | None = None
) -> Instrument:
    """An instrument of our own with these items."""
    return Instrument.model_validate(
        {
            "id": "MADE-UP",
            "name": "Made up",
            "edition": "1",
            "language": "en",
            "validated": False,
            "source": "Written for the tests.",
            "licence": "Apache-2.0",
            "instructions": "Say how often.",
            "response_scale": {"lowest": lowest, "highest": highest, "labels": dict(labels or {})},
            "items": list(items),
            "subscales": {"all": {"name": "All", "items": list(range(1, len(items) + 1))}},
            "score": {"rule": "sum"},
        }
    )


STATEMENTS = made_up(
    [
        "I felt a little low, even with 2 friends around.",
        "I never felt that I could rest.",
        "I couldn’t stop worrying about things that may never happen",
        "I felt a little low",
        {
            "text": "How hard was it?",
            "labels": {0: "Not hard at all", 1: "Somewhat hard", 2: "Very hard", 3: "Extremely hard, or impossible"},
        },
        "Several days wore me out: every one of them",
    ],
    labels={0: "Never", 1: "Several days", 2: "More than half the days", 3: "Nearly every day"},
)
STATEMENTS_ORDER = (5, 2, 6, 1, 4, 3)

ECL_ORDER = (3, 7, 1, 5, 8, 2, 6, 4)
ECL_SHOWN = tuple(ECL.text(number) for number in ECL_ORDER)
VALUES = (1, 2, 3, 4, 5, 1, 2, 3)
LABELS = ECL.response_scale.labels

SIGNS = {
    AnswerStatus.MISSING: "m",
    AnswerStatus.OUT_OF_RANGE: "o",
    AnswerStatus.REFUSED: "r",
    AnswerStatus.UNPARSEABLE: "u",
}


def signs(reply: str, instrument: Instrument = ECL, order: Sequence[int] = ECL_ORDER) -> str:
    """What was read, in the order shown: the value, or the initial of its status."""
    answers = parse(reply, instrument, order)
    assert [answer.item for answer in answers] == list(range(1, instrument.n_items + 1))
    assert all((answer.value is None) == (answer.status is not AnswerStatus.VALID) for answer in answers)
    shown = [answers[number - 1] for number in order]
    return " ".join(SIGNS.get(answer.status, str(answer.value)) for answer in shown)


def written(form: str, joint: str = "\n") -> str:
    """The answers ``VALUES`` to the items of ECL-8 as shown; ``form`` has {i}, {t}, {v} and {l}."""
    return joint.join(
        form.format(i=place, t=text, v=value, l=LABELS[value])
        for place, (text, value) in enumerate(zip(ECL_SHOWN, VALUES, strict=True), 1)
    )


def one(text: str, instrument: Instrument = PANAS) -> str:
    """What is read for the first item from the reply ``text`` alone, items in their own order."""
    return signs(text, instrument, range(1, instrument.n_items + 1)).split()[0]
