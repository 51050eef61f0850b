"""The read side: from the facts in a store to answers, scores and comparisons, computed anew each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from emotionbench.comparisons.change import ChangeBlock, Grain, Unit, change_blocks
from emotionbench.documents import canonical_json
from emotionbench.errors import StoreError
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing import parse
from emotionbench.records import Administration, Answer, AnswerStatus, Respondent
from emotionbench.scoring import score
from emotionbench.store import Store, reading

ADMINISTRATION_SCHEMA = {
    "administration": pl.String,
    "respondent": pl.String,
    "kind": pl.String,
    "instrument": pl.String,
    "protocol": pl.String,
    "design": pl.String,
    "condition": pl.String,
    "emotion": pl.String,
    "factor": pl.String,
    "factor_name": pl.String,
    "situation": pl.String,
    "situation_kind": pl.String,
    "situation_set": pl.String,
    "repeat": pl.Int64,
    "session": pl.String,
    "outcome": pl.String,
    "n_valid": pl.Int64,
    "n_items": pl.Int64,
}


@dataclass(frozen=True)
class Analysis:
    """Everything that a store's attempts say.

    Attributes
    ----------
    administrations
        One row per administration that was tried. ``outcome`` is ``answered`` (every item valid), ``incomplete``,
        or why no item is: ``refused``, ``unparseable``, ``missing``, or the kind of the last error.
    answers
        One row per item of every administration that got a reply: position shown, value (null unless valid), status.
    scores
        One row per administration and subscale: value (null where the rule does not allow one, or where there is no
        reply), n_valid, n_items.
    instruments
        The instruments by label: their id, with the beginning of their hash where several share one id.
    """

    administrations: pl.DataFrame
    answers: pl.DataFrame
    scores: pl.DataFrame
    instruments: dict[str, Instrument]

    @cached_property
    def labelled_scores(self) -> pl.DataFrame:
        """Scores with everything known of their administration."""
        return self._labelled(self.scores)

    @cached_property
    def labelled_answers(self) -> pl.DataFrame:
        """Answers with everything known of their administration."""
        return self._labelled(self.answers)

    def changes(self, *, by: Grain = "emotion", unit: Unit = "administration") -> tuple[ChangeBlock, ...]:
        """Evoked against baseline for every respondent; see ``comparisons.change.change_blocks``."""
        names = {
            label: {key: subscale.name for key, subscale in instrument.subscales.items()}
            for label, instrument in self.instruments.items()
        }
        not_validated = {label for label, instrument in self.instruments.items() if not instrument.validated}
        return change_blocks(
            self.labelled_scores, names, catalogue.norms(), by=by, unit=unit, not_validated=not_validated
        )

    def _labelled(self, frame: pl.DataFrame) -> pl.DataFrame:
        labels = self.administrations.drop("n_valid", "n_items", "outcome")
        return labels.join(frame, on="administration", how="inner", maintain_order="left_right")


def analyse(store: Store | str | Path) -> Analysis:
    """Parse and score every reply in a store. Raises a StoreError where there is none."""
    opened = store if isinstance(store, Store) else Store(store, writable=False)
    try:
        return _Collector(opened).collect()
    finally:
        if opened is not store:
            opened.close()


class _Collector:
    """Turns replies into columns, an administration at a time."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.materials = reading.materials(store)
        self.respondents = reading.respondents(store)
        self.respondent_labels = _respondent_labels(self.respondents)
        self.instrument_labels = _labels_of({key: i.id for key, i in self.materials.instruments.items()})
        self.protocol_labels = _labels_of({key: p.id for key, p in self.materials.protocols.items()})
        self.administrations: list[tuple[Any, ...]] = []
        self.answers: list[tuple[str, int, int, str, int | None, str]] = []
        self.scores: list[tuple[str, str, float | None, int, int]] = []

    def collect(self) -> Analysis:
        for administration, replies, error_kind in _by_administration(reading.replies(self.store)):
            self._add(administration, replies, error_kind)
        if not self.administrations:
            raise StoreError("holds no answers yet", where=self.store.name, fix="make some with: emotionbench run")
        return Analysis(
            administrations=_frame(self.administrations, ADMINISTRATION_SCHEMA).sort(
                "kind", "respondent", "instrument", "design", "condition", "factor", "situation", "repeat"
            ),
            answers=_frame(
                self.answers,
                {
                    "administration": pl.String,
                    "item": pl.Int64,
                    "position": pl.Int64,
                    "text": pl.String,
                    "value": pl.Int64,
                    "status": pl.String,
                },
            ),
            scores=_frame(
                self.scores,
                {
                    "administration": pl.String,
                    "subscale": pl.String,
                    "value": pl.Float64,
                    "n_valid": pl.Int64,
                    "n_items": pl.Int64,
                },
            ),
            instruments={self.instrument_labels[key]: i for key, i in self.materials.instruments.items()},
        )

    def _add(self, administration: Administration, replies: list[str], error_kind: str | None) -> None:
        instrument = self.materials.instruments[administration.instrument]
        answers = best_answers(replies, instrument, administration) if replies else ()
        n_valid = sum(answer.status is AnswerStatus.VALID for answer in answers)
        outcome = _outcome(answers, n_valid) if replies else str(error_kind)
        self.administrations.append(self._labels(administration, instrument, outcome, n_valid))
        positions = {number: position for position, number in enumerate(administration.order, 1)}
        identifier = administration.id
        self.answers.extend(
            (identifier, a.item, positions[a.item], instrument.text(a.item), a.value, a.status.value) for a in answers
        )
        self.scores.extend((identifier, s.subscale, s.value, s.n_valid, s.n_items) for s in score(answers, instrument))

    def _labels(
        self, administration: Administration, instrument: Instrument, outcome: str, n_valid: int
    ) -> tuple[Any, ...]:
        respondent: Respondent = self.respondents[administration.respondent]
        situation = self.materials.situations[administration.situation] if administration.situation else None
        return (
            administration.id,
            self.respondent_labels[respondent.id],
            respondent.kind.value,
            self.instrument_labels[administration.instrument],
            self.protocol_labels[administration.protocol],
            administration.design.value,
            administration.condition.value,
            situation.emotion if situation else None,
            situation.factor if situation else None,
            situation.factor_name if situation else None,
            situation.id if situation else None,
            situation.kind if situation else None,
            situation.set if situation else None,
            administration.repeat,
            administration.session,
            outcome,
            n_valid,
            instrument.n_items,
        )


def best_answers(replies: list[str], instrument: Instrument, administration: Administration) -> tuple[Answer, ...]:
    """The answers of the reply with the most valid ones, the earliest of equals."""
    parsed = [parse(reply, instrument, administration.order) for reply in replies]
    return max(parsed, key=lambda answers: sum(answer.status is AnswerStatus.VALID for answer in answers))


def _outcome(answers: tuple[Answer, ...], n_valid: int) -> str:
    if n_valid:
        return "answered" if n_valid == len(answers) else "incomplete"
    statuses = [answer.status.value for answer in answers]
    return max(sorted(set(statuses)), key=statuses.count)


def _by_administration(
    rows: Iterable[tuple[Administration, str | None, str | None]],
) -> Iterator[tuple[Administration, list[str], str | None]]:
    """Replies of each administration together, with the kind of its last error."""
    for _, group in groupby(rows, key=lambda row: row[0].id):
        attempts = list(group)
        replies = [reply for _, reply, _ in attempts if reply is not None]
        yield attempts[0][0], replies, attempts[-1][2]


def _labels_of(names: dict[str, str]) -> dict[str, str]:
    """Hash → name, with the beginning of the hash where two things of different content share a name."""
    counts = Counter(names.values())
    return {key: name if counts[name] == 1 else f"{name}#{key[:6]}" for key, name in names.items()}


def _respondent_labels(respondents: dict[str, Respondent]) -> dict[str, str]:
    """Respondent id → name, with the settings that tell it from others of the same name."""
    by_name: dict[str, list[Respondent]] = {}
    for respondent in respondents.values():
        by_name.setdefault(respondent.name, []).append(respondent)
    labels = {}
    for name, same in by_name.items():
        differing = sorted(
            key
            for key in {key for respondent in same for key in respondent.settings}
            if len({canonical_json(respondent.settings.get(key)) for respondent in same}) > 1
        )
        for respondent in same:
            settings = ", ".join(f"{key}={canonical_json(respondent.settings.get(key))}" for key in differing)
            labels[respondent.id] = f"{name} ({settings})" if settings else name
    return labels


def _frame(rows: list[tuple[Any, ...]], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")
