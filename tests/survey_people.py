"""People who take part in a survey of real materials, without the pages: consent, sheets, situation, ending."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from emotionbench.human.session import PlannedSheet, sheets_of
from emotionbench.human.study import HumanStudy, human_study
from emotionbench.records import Attempt
from emotionbench.store import Store, people
from emotionbench.store.people import Arrival, Limits, Person, Sent
from emotionbench.study import Study
from emotionbench.web.opening import open_survey
from emotionbench.wording import answer_lines, sheet

NOW = 1_800_000_000.0
SENT_AT = "2027-01-15T08:00:00+00:00"
SURVEY: dict[str, Any] = {
    "title": "How situations feel",
    "consent": "We study how imagined situations feel.",
    "contact": "Dr. A. Example",
    "debriefing": "We compare people's answers with those of language models.",
    "support": [{"name": "Telephone counselling", "reach": "116 123"}],
    "demographics": ["age", "gender", "country"],
    "screening": {"age": {"lowest": 18}},
    "reflection": True,
    "attention_checks": 1,
    "exclusions": {"failed_checks": 1, "seconds_an_item": 0.7},
}
STUDY: dict[str, Any] = {
    "name": "feelings",
    "instruments": ["PANAS"],
    "emotions": ["anger", "fear"],
    "situations_per_factor": 1,
    "seed": 7,
}


def study_of(changes: dict[str, Any] | None = None, **survey: Any) -> HumanStudy:
    """The example study; ``changes`` of the study's own fields, and of its survey's."""
    return human_study(Study(**{**STUDY, **(changes or {}), "survey": {**SURVEY, **survey}}))


def opened(where: Path, study: HumanStudy) -> Store:
    """A store that the study's pages could be served from."""
    store = Store(where)
    open_survey(store, study)
    return store


@dataclass
class Visitor:
    """What somebody does: how each item is answered, how long pages take, what is written."""

    label: str
    language: str = "en"
    demographics: dict[str, Any] = field(default_factory=lambda: {"age": 30, "gender": "woman", "country": "Chile"})
    answer: Callable[[str, int], int | None] = lambda page, item: 2 if page.startswith("before") else 4
    fails_checks: bool = False
    leaves_checks_out: bool = False
    seconds: float = 60.0
    reflection: str = "Somebody took my seat."
    has_script: bool = True
    stops_before: str = ""
    outcome: str = "complete"

    @property
    def id(self) -> str:
        """The secret part of the person's link."""
        return digits(f"id {self.label}")

    @property
    def code(self) -> str:
        """The completion code."""
        return digits(f"code {self.label}")[:10].upper()


def digits(label: str) -> str:
    """Hexadecimal digits that look random and follow from a label."""
    return sha256(label.encode()).hexdigest()[:32]


def take_part(store: Store, study: HumanStudy, visitor: Visitor) -> Person:
    """Go through the study up to the page before which the visitor stops; the person as the store then has it."""
    session = digits(f"session {visitor.label}")
    arriving = Person(visitor.id, study.hash, session, visitor.language, None, None, None, None, visitor.code)
    people.begin(store, arriving, Arrival(digits(f"panel {visitor.label}") * 2), started_at=SENT_AT, now=NOW)
    is_out = visitor.outcome == "screened_out"
    about = {"answers": visitor.demographics}
    if visitor.stops_before != "about" and study.survey.demographics:
        outcome = "screened_out" if is_out else None
        page = Sent("about", 9.5, SENT_AT, about, demographics=visitor.demographics, outcome=outcome)
        people.submit(store, visitor.id, page, now=NOW)
    if not is_out and visitor.stops_before != "about":
        cells = list(study.editions[visitor.language].situations)
        people.allocate(store, visitor.id, cells, Limits(3600.0), seed=study.study.seed, now=NOW)
        _send(store, study, visitor)
    found = people.find(store, visitor.id, study.hash)
    assert found is not None
    return found


def _send(store: Store, study: HumanStudy, visitor: Visitor) -> None:
    person = people.find(store, visitor.id, study.hash)
    assert person is not None
    assert person.situation is not None
    planned = sheets_of(study, person.language, person.situation, person.place or 0, person.session)
    before = [one for one in planned if one.page.startswith("before")]
    after = planned[len(before) :]
    reflection = {"reflection": visitor.reflection} if study.survey.reflection else {}
    pages = [
        *(_sheet(one, visitor, None) for one in before),
        Sent("situation", 21.5, SENT_AT, reflection),
        *(_sheet(one, visitor, visitor.outcome if one is after[-1] else None) for one in after),
        Sent("end", 4.0, SENT_AT, {"choice": "finish"}),
    ]
    for page in pages:
        if page.page == visitor.stops_before:
            return
        assert people.submit(store, visitor.id, page, now=NOW)


def _sheet(planned: PlannedSheet, visitor: Visitor, outcome: str | None) -> Sent:
    """A sheet as the pages keep it."""
    administration, instrument = planned.administration, planned.instrument
    answered = {item: visitor.answer(planned.page, item) for item in administration.order}
    answers = {item: value for item, value in answered.items() if value is not None}
    wrong = instrument.response_scale.reverse
    checks = {
        place: check.value if not visitor.fails_checks else _other(check.value, wrong(check.value))
        for place, check in enumerate(planned.checks, 1)
        if not visitor.leaves_checks_out
    }
    times = {f"item-{item}": 1000 * place for place, item in enumerate(administration.order, 1) if item in answers}
    shown = sheet(instrument, administration.order)
    request = {
        "page": planned.page,
        "language": visitor.language,
        "items": [line.text for line in shown.lines],
        "checks": [asdict(check) for check in planned.checks],
    }
    response = {
        "answers": answers,
        "checks": checks,
        "times": times if visitor.has_script else {},
        "seconds": visitor.seconds,
    }
    content = {
        "n_items": instrument.n_items,
        "n_missing": instrument.n_items - len(answers),
        "n_checks": len(planned.checks),
        "n_failed_checks": sum(checks.get(place) != check.value for place, check in enumerate(planned.checks, 1)),
        "same_answer": len(answers) > 1 and len(set(answers.values())) == 1,
    }
    attempt = Attempt(
        administration.id,
        1,
        json.dumps(request),
        json.dumps(response),
        answer_lines(instrument, administration.order, answers),
        None,
        None,
        SENT_AT,
        visitor.seconds,
    )
    return Sent(planned.page, visitor.seconds, SENT_AT, content, (administration, attempt), outcome=outcome)


def _other(value: int, opposite: int) -> int:
    return opposite if opposite != value else value + 1
