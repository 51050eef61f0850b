"""From the facts in a store to compact columns: every administration with its labels, answers and scores.

The store is read once from end to end, in frames of some size; ordinary replies are parsed, and all are scored, in
columns. Memory is taken by the columns, about 0.5 KB for an administration of 20 items, 0.9 KB
where their probabilities were read, not by the replies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.collecting.labels import Labels
from emotionbench.collecting.people import TakenPart, taken_part
from emotionbench.collecting.readings import COMPACT_READINGS_SCHEMA, Readings
from emotionbench.collecting.sheets import Sheets
from emotionbench.comparisons.participation import Participation
from emotionbench.errors import StoreError
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing.columns import STATUSES
from emotionbench.records import Respondent
from emotionbench.store import Store, columns, reading

ADMINISTRATION_SCHEMA = {
    "administration": pl.String,
    "respondent": pl.String,
    "kind": pl.String,
    "instrument": pl.String,
    "edition": pl.String,
    "protocol": pl.String,
    "form": pl.String,
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
SORTED_BY = ["kind", "respondent", "instrument", "form", "design", "condition", "factor", "situation", "repeat"]
COMPACT_ANSWERS_SCHEMA: dict[str, Any] = {
    "administration": pl.UInt32,
    "item": pl.UInt16,
    "position": pl.UInt16,
    "value": pl.Int32,
    "status": pl.Enum(STATUSES),
}
Kept = TypeVar("Kept", Sheets, Readings)
_FAILURE_SCHEMA = {"row": pl.UInt32, "number": pl.Int64, "error_kind": pl.String}


@dataclass(frozen=True)
class Collected:
    """What a store's attempts say; all frames in the order of ``administrations``.

    Attributes
    ----------
    administrations
        One row per administration that was tried, in the order of ``SORTED_BY`` and of ids; columns as
        ``ADMINISTRATION_SCHEMA``. Where a study varies how it asks, ``instrument`` is the family of the ``edition``
        put, and ``protocol`` says the form; or, with more than ``MOST_APART`` forms, how many there are: such are
        compared together. ``outcome`` is ``answered`` (every item valid), ``incomplete``, or why no item is:
        ``refused``, ``unparseable``, ``missing``, the kind of the last error; ``recited`` where texts were asked for.
        Of a person whom the rules of the study leave out it is the reason (``unfinished``, ``failed_checks``, …).
    compact_answers
        One row per item of every administration that got a reply: position shown, value (null unless valid), status,
        in little space (``COMPACT_ANSWERS_SCHEMA``); ``administration`` is a row number, from 0, in that frame. None of
        people who are left out, and none of administrations whose answers were read as probabilities.
    compact_readings
        One row per item of every administration whose answers were read as probabilities and that got a reply: the
        expected answer, its variance, the mass (null where it was not told), or why there are none
        (``COMPACT_READINGS_SCHEMA``); ``administration`` as in ``compact_answers``.
    compact_scores
        One row per administration (by row number) and subscale: value (null where the rule does not allow one, or where
        there is no reply, or from a person who is left out), n_valid, n_items, and variance. Of answers read as
        probabilities the value is the expected score, and ``variance`` that of scores of answers drawn from them; it
        is null for answers that were drawn.
    instruments, respondents
        By the label that stands in the frames: an instrument's id, with the beginning of its hash where several share
        one id (of a family, the edition that stands for all); a respondent's name, with the settings that tell it
        from others of that name.
    editions
        Every text of an instrument by its label.
    forms
        By the label that stands in the frames; an administration without a form has none there.
    probe_replies
        Every reply of a probe: administration (its id), number, part, reply, situation_text (of what was begun).
    participations
        Who took part in every study with people, and who is left out of it.
    """

    administrations: pl.DataFrame
    compact_answers: pl.DataFrame
    compact_scores: pl.DataFrame
    instruments: dict[str, Instrument]
    respondents: dict[str, Respondent]
    editions: dict[str, Instrument]
    forms: dict[str, Form]
    probe_replies: pl.DataFrame
    participations: tuple[Participation, ...] = ()
    compact_readings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COMPACT_READINGS_SCHEMA))


def collect(store: Store) -> Collected:
    """Parse and score every reply in a store; a StoreError where there is none."""
    materials = reading.materials(store)
    labels = Labels(materials, reading.respondents(store))
    with columns.snapshot(store) as connection:
        planned = [labels.on(frame) for frame in columns.administrations(connection)]
        if planned:
            collector = Collector(pl.concat(planned, rechunk=True), labels, taken_part(connection, labels.respondents))
            del planned
            for attempts in columns.attempts(connection):
                collector.add(attempts)
            if collector.tried.any():
                texts = {key: situation.text for key, situation in materials.situations.items()}
                text = pl.col("situation_hash").replace_strict(texts, default=None, return_dtype=pl.String)
                return collector.collected(columns.probe_replies(connection).with_columns(situation_text=text))
    raise StoreError("holds no answers yet", where=store.name, fix="make some with: emotionbench run")


class Collector:
    """Takes in attempts, in any order, and keeps the best answers to every administration.

    ``row`` counts all administrations of the store in the order in which they are given out.
    """

    def __init__(self, administrations: pl.DataFrame, labels: Labels, people: TakenPart) -> None:
        self._labels, self._people = labels, people
        self._planned = labels.compared(administrations).sort(*SORTED_BY, "administration").with_row_index("row")
        self._reads = self._is_put_in(label for label, form in labels.forms.items() if form.reads_probabilities)
        self._sheets, self._readings = self._made(Sheets, ~self._reads), self._made(Readings, self._reads)
        self._failures = [pl.DataFrame(schema=_FAILURE_SCHEMA)]
        self.tried = np.zeros(self._planned.height, np.bool_)
        self._recites = self._is_put_in(label for label, form in labels.forms.items() if form.recites)
        self._recited = np.zeros(self._planned.height, np.bool_)

    def _is_put_in(self, forms: Iterable[str]) -> NDArray[np.bool_]:
        """Which administrations were put in one of these forms."""
        put = self._planned["form"].cast(pl.String).is_in(list(forms)).fill_null(value=False)
        return np.asarray(put.to_numpy())

    def _made(self, kind: type[Kept], rows: NDArray[np.bool_]) -> dict[str, Kept]:
        """What keeps the answers of these administrations, for every edition that is put in them."""
        labels = self._labels
        return {
            str(label): kind(labels.editions[str(label)], part["row"].to_numpy(), labels.forms)
            for (label,), part in self._planned.filter(pl.Series(rows)).select("edition", "row").group_by("edition")
        }

    def _all(self) -> list[Sheets | Readings]:
        return [*self._sheets.values(), *self._readings.values()]

    def add(self, attempts: pl.DataFrame) -> None:
        """Take in attempts: administration, number, part, reply, error_kind and logprobs."""
        # the attempts are the smaller side; those of administrations that were not there yet are left out
        attempts = attempts.join(
            self._planned.select("administration", "row", "edition", "form", "order", "n_messages"),
            on="administration",
            how="inner",
        )
        self.tried[attempts["row"].to_numpy()] = True
        replies = attempts.filter(pl.col("reply").is_not_null())
        rows = replies["row"].to_numpy()
        self._recited[rows] = self._recites[rows]
        # what was recited holds no answers
        for (label, reads), part in (
            replies.with_columns(reads=pl.Series(self._reads[rows]))
            .filter(~pl.Series(self._recites[rows]))
            .group_by("edition", "reads")
        ):
            (self._readings if reads else self._sheets)[str(label)].add(part)
        self._failures.append(attempts.filter(pl.col("reply").is_null()).select(*_FAILURE_SCHEMA))

    def collected(self, probe_replies: pl.DataFrame) -> Collected:
        """Everything taken in so far."""
        numbers = np.cumsum(self.tried, dtype=np.uint32) - np.uint32(1)
        sheets, readings = list(self._sheets.values()), list(self._readings.values())
        answers = [pl.DataFrame(schema=COMPACT_ANSWERS_SCHEMA), *(some.answers(numbers) for some in sheets)]
        told = [pl.DataFrame(schema=COMPACT_READINGS_SCHEMA), *(some.readings(numbers) for some in readings)]
        scores = [some.scores(numbers, self.tried) for some in self._all()]
        left_out = _left_out(self._planned.filter(pl.Series(self.tried))["session"], self._people.reasons)
        return Collected(
            administrations=self._administrations(left_out),
            compact_answers=_without(_in_order(answers), left_out),
            compact_readings=_without(_in_order(told), left_out),
            compact_scores=_unscored(_in_order(scores), left_out),
            instruments=self._labels.instruments(self._planned["instrument"]),
            respondents=self._labels.respondents,
            editions=self._labels.editions,
            forms=self._labels.forms,
            probe_replies=probe_replies,
            participations=self._people.participations,
        )

    def _administrations(self, left_out: pl.DataFrame) -> pl.DataFrame:
        outcomes = pl.concat([some.outcomes() for some in self._all()])
        failures = pl.concat(self._failures).sort("row", "number").group_by("row").agg(pl.col("error_kind").last())
        return (
            self._planned.filter(pl.Series(self.tried))
            .join(outcomes, on="row", how="inner", maintain_order="left")
            .join(failures, on="row", how="left", maintain_order="left")
            .with_columns(recited=pl.Series(self._recited[self.tried]).replace_strict({True: "recited"}, default=None))
            .with_row_index("number")
            .join(left_out, left_on="number", right_on="administration", how="left", maintain_order="left")
            .with_columns(pl.coalesce("reason", "outcome", "recited", "error_kind", pl.lit("None")).alias("outcome"))
            .select(pl.col(name).cast(kind) for name, kind in ADMINISTRATION_SCHEMA.items())
        )


def _left_out(sessions: pl.Series, reasons: Mapping[str, str]) -> pl.DataFrame:
    """Number and reason of the administrations whose sessions are of people who are left out."""
    keys = {
        "session": pl.Series(list(reasons), dtype=pl.String),
        "reason": pl.Series(reasons.values(), dtype=pl.String),
    }
    numbered = sessions.cast(pl.String).to_frame("session").with_row_index("administration")
    return numbered.join(pl.DataFrame(keys), on="session", how="inner").select("administration", "reason")


def _without(answers: pl.DataFrame, left_out: pl.DataFrame) -> pl.DataFrame:
    if left_out.is_empty():
        return answers
    return answers.filter(~pl.col("administration").is_in(left_out["administration"].implode()))


def _unscored(scores: pl.DataFrame, left_out: pl.DataFrame) -> pl.DataFrame:
    if left_out.is_empty():
        return scores
    is_out = pl.col("administration").is_in(left_out["administration"].implode())
    return scores.with_columns(pl.when(~is_out).then(name).alias(name) for name in ("value", "variance"))


def _in_order(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """The frames as one, in the order of administrations; each is in this order already."""
    frames = [frame for frame in frames if frame.height] or frames[:1]
    return frames[0] if len(frames) == 1 else pl.concat(frames).sort("administration", maintain_order=True)
