"""From the facts in a store to compact columns: every administration with its labels, answers and scores.

The store is read once from end to end, in frames of some size; ordinary replies are parsed, and all are scored, in
columns. Memory is taken by the columns, about 0.5 KB for an administration of 20 items, not by the replies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.documents import canonical_json
from emotionbench.errors import StoreError
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.pages import Pages
from emotionbench.materials.protocols import Protocol
from emotionbench.parsing.columns import STATUSES, AnswerColumns, ColumnParser
from emotionbench.records import AnswerStatus, Condition, Design, Respondent
from emotionbench.scoring import score_columns
from emotionbench.store import Store, columns, reading
from emotionbench.store.reading import StoredMaterials

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
_SITUATION_LABELS = {
    "situation": "id",
    "emotion": "emotion",
    "factor": "factor",
    "factor_name": "factor_name",
    "situation_kind": "kind",
    "situation_set": "set",
}
_FAILURE_SCHEMA = {"row": pl.UInt32, "number": pl.Int64, "error_kind": pl.String}
_NO_REPLY = -1
MOST_APART = 12
"""As many forms are shown one by one; more are compared together."""


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
    compact_answers
        One row per item of every administration that got a reply: position shown, value (null unless valid), status,
        in little space (``COMPACT_ANSWERS_SCHEMA``); ``administration`` is a row number, from 0, in that frame.
    compact_scores
        One row per administration (by row number) and subscale: value (null where the rule does not allow one, or where
        there is no reply), n_valid, n_items.
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
    """

    administrations: pl.DataFrame
    compact_answers: pl.DataFrame
    compact_scores: pl.DataFrame
    instruments: dict[str, Instrument]
    respondents: dict[str, Respondent]
    editions: dict[str, Instrument]
    forms: dict[str, Form]
    probe_replies: pl.DataFrame


def collect(store: Store) -> Collected:
    """Parse and score every reply in a store; a StoreError where there is none."""
    materials = reading.materials(store)
    labels = _Labels(materials, reading.respondents(store))
    with columns.snapshot(store) as connection:
        planned = [labels.on(frame) for frame in columns.administrations(connection)]
        if planned:
            collector = _Collector(pl.concat(planned, rechunk=True), labels)
            del planned
            for attempts in columns.attempts(connection):
                collector.add(attempts)
            if collector.tried.any():
                texts = {key: situation.text for key, situation in materials.situations.items()}
                text = pl.col("situation_hash").replace_strict(texts, default=None, return_dtype=pl.String)
                return collector.collected(columns.probe_replies(connection).with_columns(situation_text=text))
    raise StoreError("holds no answers yet", where=store.name, fix="make some with: emotionbench run")


class _Collector:
    """Takes in attempts, in any order, and keeps the best answers to every administration.

    ``row`` counts all administrations of the store in the order in which they are given out.
    """

    def __init__(self, administrations: pl.DataFrame, labels: _Labels) -> None:
        self._labels = labels
        self._planned = labels.compared(administrations).sort(*SORTED_BY, "administration").with_row_index("row")
        self._sheets = {
            str(label): _Sheets(labels.editions[str(label)], part["row"].to_numpy(), labels.forms)
            for (label,), part in self._planned.select("edition", "row").group_by("edition")
        }
        self._failures = [pl.DataFrame(schema=_FAILURE_SCHEMA)]
        self.tried = np.zeros(self._planned.height, np.bool_)
        recites = [label for label, form in labels.forms.items() if form.recites]
        self._recites = self._planned["form"].cast(pl.String).is_in(recites).fill_null(value=False).to_numpy()
        self._recited = np.zeros(self._planned.height, np.bool_)

    def add(self, attempts: pl.DataFrame) -> None:
        """Take in attempts: administration, number, part, reply and error_kind."""
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
        for (label,), part in replies.filter(~pl.Series(self._recites[rows])).group_by("edition"):
            self._sheets[str(label)].add(part)
        self._failures.append(attempts.filter(pl.col("reply").is_null()).select(*_FAILURE_SCHEMA))

    def collected(self, probe_replies: pl.DataFrame) -> Collected:
        """Everything taken in so far."""
        numbers = np.cumsum(self.tried, dtype=np.uint32) - np.uint32(1)
        sheets = self._sheets.values()
        return Collected(
            administrations=self._administrations(),
            compact_answers=_in_order([some.answers(numbers) for some in sheets]),
            compact_scores=_in_order([some.scores(numbers, self.tried) for some in sheets]),
            instruments=self._labels.instruments(self._planned["instrument"]),
            respondents=self._labels.respondents,
            editions=self._labels.editions,
            forms=self._labels.forms,
            probe_replies=probe_replies,
        )

    def _administrations(self) -> pl.DataFrame:
        outcomes = pl.concat([some.outcomes() for some in self._sheets.values()])
        failures = pl.concat(self._failures).sort("row", "number").group_by("row").agg(pl.col("error_kind").last())
        return (
            self._planned.filter(pl.Series(self.tried))
            .join(outcomes, on="row", how="inner", maintain_order="left")
            .join(failures, on="row", how="left", maintain_order="left")
            .with_columns(recited=pl.Series(self._recited[self.tried]).replace_strict({True: "recited"}, default=None))
            .with_columns(pl.coalesce("outcome", "recited", "error_kind", pl.lit("None")).alias("outcome"))
            .select(pl.col(name).cast(kind) for name, kind in ADMINISTRATION_SCHEMA.items())
        )


class _Sheets:
    """The answers to one instrument, a row for each of its administrations, as far as they have been taken in."""

    def __init__(self, instrument: Instrument, rows: NDArray[np.uint32], forms: dict[str, Form]) -> None:
        self._instrument, self._forms = instrument, forms
        self._parsers: dict[Any, ColumnParser] = {}
        self._rows = rows
        self._best = AnswerColumns.missing(len(rows), instrument.n_items)
        self._n_valid = np.full(len(rows), _NO_REPLY, np.int64)
        self._number = np.zeros(len(rows), np.int64)
        self._parts: dict[tuple[int, int], tuple[int, int]] = {}

    def add(self, replies: pl.DataFrame) -> None:
        """Take in replies (row, number, part, reply, form, order, n_messages).

        That with most valid answers stays, of every message of an administration, the earliest of equals.
        """
        manners = {label: _manner(form) for label, form in self._forms.items()}
        read_alike = replies.with_columns(manner=pl.col("form").replace_strict(manners, return_dtype=pl.String))
        for (manner,), alike in read_alike.group_by("manner"):
            parser = self._parser_of(manner, alike["form"][0])
            whole = alike.filter(pl.col("n_messages") == 1)
            if whole.height:
                self._add_whole(whole, parser.parse(whole["reply"], whole["order"]))
            spread = alike.filter(pl.col("n_messages") > 1)
            if spread.height:
                shown = spread.select(_shown(pl.col("order"), pl.col("part"), pl.col("n_messages")))["order"]
                self._add_parts(spread, parser.parse(spread["reply"], shown))

    def _parser_of(self, manner: Any, form: Any) -> ColumnParser:
        if manner not in self._parsers:
            self._parsers[manner] = ColumnParser(self._instrument, self._forms[str(form)] if form else None)
        return self._parsers[manner]

    def _add_whole(self, replies: pl.DataFrame, found: AnswerColumns) -> None:
        n_valid, number = found.n_valid, replies["number"].to_numpy()
        sheet = np.searchsorted(self._rows, replies["row"].to_numpy())
        best_first = np.lexsort((number, -n_valid, sheet))
        at, first = np.unique(sheet[best_first], return_index=True)
        best = best_first[first]
        more, as_many = n_valid[best] > self._n_valid[at], n_valid[best] == self._n_valid[at]
        better = more | (as_many & (number[best] < self._number[at]))
        at, best = at[better], best[better]
        self._best.put(at, found, best)
        self._n_valid[at], self._number[at] = n_valid[best], number[best]

    def _add_parts(self, replies: pl.DataFrame, found: AnswerColumns) -> None:
        """Put the answers of single messages into the sheets that they are parts of."""
        sheets = np.searchsorted(self._rows, replies["row"].to_numpy())
        parts, numbers = replies["part"].to_list(), replies["number"].to_list()
        begins = replies.select(_places_before(pl.col("order"), pl.col("part"), pl.col("n_messages"))).to_series()
        n_valid = found.n_valid
        for place, (sheet, part, number, begin) in enumerate(zip(sheets.tolist(), parts, numbers, begins, strict=True)):
            rank = (int(n_valid[place]), -number)
            if rank <= self._parts.get((sheet, part), (_NO_REPLY, 0)):
                continue
            self._parts[sheet, part] = rank
            shown = found.positions[place] > 0
            self._best.values[sheet, shown] = found.values[place, shown]
            self._best.statuses[sheet, shown] = found.statuses[place, shown]
            self._best.positions[sheet, shown] = found.positions[place, shown] + begin
            self._n_valid[sheet] = int(self._best.valid[sheet].sum())

    def answers(self, numbers: NDArray[np.uint32]) -> pl.DataFrame:
        """``COMPACT_ANSWERS_SCHEMA``; ``numbers`` gives the new number of every row."""
        replied = self._n_valid != _NO_REPLY
        n_items = self._instrument.n_items
        statuses = pl.Series(STATUSES, dtype=pl.Enum(STATUSES))
        return pl.DataFrame(
            {
                "administration": np.repeat(numbers[self._rows[replied]], n_items),
                "item": np.tile(np.arange(1, n_items + 1, dtype=np.uint16), int(replied.sum())),
                "position": self._best.positions[replied].ravel(),
                "value": self._best.values[replied].ravel(),
                "status": statuses.gather(pl.Series(self._best.statuses[replied].ravel())),
            }
        ).with_columns(pl.when(pl.col("status") == AnswerStatus.VALID.value).then("value").alias("value"))

    def scores(self, numbers: NDArray[np.uint32], tried: NDArray[np.bool_]) -> pl.DataFrame:
        """Administration, subscale, value, n_valid, n_items of those that were tried."""
        kept = tried[self._rows]
        found = score_columns(self._best.values[kept], self._best.valid[kept], self._instrument)
        subscales = self._instrument.subscales
        n_items = np.array([len(subscale.items) for subscale in subscales.values()], np.int64)
        n_sheets = int(kept.sum())
        return pl.DataFrame(
            {
                "administration": np.repeat(numbers[self._rows[kept]], len(subscales)),
                "subscale": pl.Series(list(subscales)).gather(np.tile(np.arange(len(subscales)), n_sheets)),
                "value": found.values.ravel(),
                "n_valid": found.n_valid.ravel(),
                "n_items": np.tile(n_items, n_sheets),
            }
        ).with_columns(pl.when(pl.Series(found.scored.ravel())).then("value").alias("value"))

    def outcomes(self) -> pl.DataFrame:
        """Row, outcome (null where there was no reply), n_valid and n_items of every administration."""
        n_valid, statuses, n_items = self._n_valid, self._best.statuses, self._instrument.n_items
        # the commonest status; the first by alphabet of equals
        names = sorted(set(STATUSES) - {AnswerStatus.VALID.value})
        counts = np.stack([(statuses == STATUSES.index(name)).sum(axis=1) for name in names], axis=1)
        outcomes = [*names, "incomplete", "answered"]
        code = counts.argmax(axis=1)
        code[n_valid > 0] = outcomes.index("incomplete")
        code[n_valid == n_items] = outcomes.index("answered")
        found = pl.DataFrame({"row": self._rows, "outcome": pl.Series(outcomes).gather(code), "n_valid": n_valid})
        replied = pl.col("n_valid") != _NO_REPLY
        return found.with_columns(
            pl.when(replied).then("outcome").alias("outcome"),
            pl.col("n_valid").clip(0),
            pl.lit(n_items).alias("n_items"),
        )


def _manner(form: Form) -> str:
    """What of a form decides how its replies are read."""
    return f"{form.option_labels}|{form.option_order}|{form.chain_of_thought}"


def _begin(order: pl.Expr, part: pl.Expr, n_messages: pl.Expr) -> pl.Expr:
    """How many items the messages before this one put; as ``Administration.shown`` spreads them."""
    return (order.str.count_matches(" ", literal=True) + 1) * (part - 1) // n_messages


def _places_before(order: pl.Expr, part: pl.Expr, n_messages: pl.Expr) -> pl.Expr:
    return _begin(order, part, n_messages).cast(pl.UInt16)


def _shown(order: pl.Expr, part: pl.Expr, n_messages: pl.Expr) -> pl.Expr:
    """The item numbers of one message, as text."""
    begin, end = _begin(order, part, n_messages), _begin(order, part + 1, n_messages)
    return order.str.split(" ").list.slice(begin, end - begin).list.join(" ")


def _in_order(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """The frames as one, in the order of administrations; each is in this order already."""
    return frames[0] if len(frames) == 1 else pl.concat(frames).sort("administration", maintain_order=True)


class _Labels:
    """What administrations are called: texts for the ids and hashes that the store holds."""

    def __init__(self, materials: StoredMaterials, respondents: dict[str, Respondent]) -> None:
        instruments = materials.instruments
        # people are put pages where models are put a protocol
        protocols: dict[str, Protocol | Pages] = {**materials.protocols, **materials.pages}
        instrument_labels = _labels_of({key: instrument.id for key, instrument in instruments.items()})
        protocol_labels = _labels_of({key: protocol.id for key, protocol in protocols.items()})
        respondent_labels = _respondent_labels(respondents)
        form_labels = _labels_of(_form_names(materials.forms))
        self.forms = {form_labels[key]: form for key, form in materials.forms.items()}
        self.respondents = {respondent_labels[key]: respondent for key, respondent in respondents.items()}
        self.editions = {instrument_labels[key]: instrument for key, instrument in instruments.items()}
        self._tables = (
            _table(
                ["respondent_id", "respondent", "kind"],
                [(key, respondent_labels[key], respondent.kind.value) for key, respondent in respondents.items()],
            ),
            _table(["instrument_hash", "edition"], instrument_labels.items()),
            _table(["protocol_hash", "protocol"], protocol_labels.items()),
            _table(["form_hash", "form"], form_labels.items()),
            _table(
                ["situation_hash", *_SITUATION_LABELS],
                [
                    (key, *(getattr(situation, name) for name in _SITUATION_LABELS.values()))
                    for key, situation in materials.situations.items()
                ],
            ),
        )

    def on(self, administrations: pl.DataFrame) -> pl.DataFrame:
        """The administrations with labels instead of ids and hashes, each an Enum whose codes are in order of text."""
        for table in self._tables:
            administrations = administrations.join(table, on=table.columns[0], how="left").drop(table.columns[0])
        return administrations.with_columns(
            pl.col("design").cast(pl.Enum(sorted(design.value for design in Design))),
            pl.col("condition").cast(pl.Enum(sorted(condition.value for condition in Condition))),
        )

    def compared(self, administrations: pl.DataFrame) -> pl.DataFrame:
        """With ``instrument`` and ``protocol`` as they are compared: by family, and by form where there is one."""
        administrations = administrations.with_columns(instrument="edition")
        if administrations["form"].null_count() == administrations.height:
            return administrations
        families = {label: edition.base for label, edition in self.editions.items()}
        put = pl.col("form").is_not_null()
        texts = administrations.with_columns(pl.col("instrument", "protocol", "form").cast(pl.String)).with_columns(
            instrument=pl.when(put).then(pl.col("instrument").replace(families)).otherwise("instrument")
        )
        is_probe = pl.col("condition") == Condition.PROBE.value
        apart = pl.col("form").n_unique().over("respondent", "instrument", "design", put, is_probe)
        # who a respondent is told to be is no mere way of asking, and is never averaged over
        personas = {label: form.persona for label, form in self.forms.items() if form.persona}
        persona = pl.col("form").replace_strict(personas, default=None, return_dtype=pl.String)
        n_forms = pl.col("form").n_unique().over("respondent", "instrument", "design", put, is_probe, persona)
        together = (
            pl.when(persona.is_null())
            .then(pl.format("{} forms", n_forms))
            .otherwise(pl.format("{} forms · persona {}", n_forms, persona))
        )
        protocol = pl.when(~put).then("protocol").when(apart > MOST_APART).then(together).otherwise("form")
        named = texts.with_columns(protocol=protocol)
        return named.with_columns(_sorted_enum(named[name]) for name in ("instrument", "protocol", "form"))

    def instruments(self, labels: pl.Series) -> dict[str, Instrument]:
        """The instrument of each label that administrations are compared under."""
        return {label: self._standing_for(label) for label in labels.cast(pl.String).unique().sort()}

    def _standing_for(self, label: str) -> Instrument:
        """An edition that stands for all of its family, validated only if all are."""
        if label in self.editions and self.editions[label].family is None:
            own = [edition for edition in self.editions.values() if edition.family == label]
            return _all_validated(self.editions[label], own)
        own = [edition for edition in self.editions.values() if edition.base == label]
        return _all_validated(own[0], own) if own else self.editions[label]


def _all_validated(one: Instrument, others: Iterable[Instrument]) -> Instrument:
    validated = one.validated and all(other.validated for other in others)
    return one if validated == one.validated else one.model_copy(update={"validated": validated})


def _sorted_enum(labels: pl.Series) -> pl.Series:
    """Texts as an Enum whose codes are in order of text."""
    return labels.cast(pl.Enum(labels.drop_nulls().unique().sort()))


def _table(columns: list[str], rows: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    """A key and its labels."""
    table = pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String), orient="row")
    return table.with_columns(pl.col(name).cast(pl.Enum(table[name].unique().sort())) for name in columns[1:])


def _labels_of(names: dict[str, str]) -> dict[str, str]:
    """Hash → name, with the beginning of the hash where two things of different content share a name."""
    counts = Counter(names.values())
    return {key: name if counts[name] == 1 else f"{name}#{key[:6]}" for key, name in names.items()}


def _form_names(forms: dict[str, Form]) -> dict[str, str]:
    """Hash → the levels of each form in which the forms of the store differ."""
    levels = {key: form.levels() for key, form in forms.items()}
    ways = list(dict.fromkeys(way for own in levels.values() for way in own))
    varied = [way for way in ways if len({own.get(way) for own in levels.values()}) > 1]
    return {
        key: " · ".join(f"{way} {own[way]}" for way in varied if way in own) or forms[key].id
        for key, own in levels.items()
    }


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
