"""The answers to one instrument as they come in, and the scores made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing.columns import STATUSES, AnswerColumns, ColumnParser
from emotionbench.records import AnswerStatus
from emotionbench.scoring import ScoreColumns, score_columns

_NO_REPLY = -1


class Sheets:
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
        # as texts: the column's own type knows only forms that were put
        form = pl.col("form").cast(pl.String)
        read_alike = replies.with_columns(manner=form.replace_strict(manners, return_dtype=pl.String))
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
        """Administration, subscale, value, n_valid, n_items, variance (null) of those that were tried."""
        kept = tried[self._rows]
        found = score_columns(self._best.values[kept], self._best.valid[kept], self._instrument)
        return score_frame(numbers[self._rows[kept]], found, self._instrument)

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


def score_frame(
    administrations: NDArray[np.uint32],
    found: ScoreColumns,
    instrument: Instrument,
    variances: NDArray[np.float64] | None = None,
) -> pl.DataFrame:
    """Scores as a frame: administration, subscale, value, n_valid, n_items, and where there is one their variance."""
    subscales = instrument.subscales
    n_items = np.array([len(subscale.items) for subscale in subscales.values()], np.int64)
    n_sheets, scored = len(administrations), pl.Series(found.scored.ravel())
    frame = pl.DataFrame(
        {
            "administration": np.repeat(administrations, len(subscales)),
            "subscale": pl.Series(list(subscales)).gather(np.tile(np.arange(len(subscales)), n_sheets)),
            "value": found.values.ravel(),
            "n_valid": found.n_valid.ravel(),
            "n_items": np.tile(n_items, n_sheets),
        }
    ).with_columns(pl.when(scored).then("value").alias("value"))
    if variances is None:
        return frame.with_columns(pl.lit(None, pl.Float64).alias("variance"))
    return frame.with_columns(pl.Series("variance", variances.ravel())).with_columns(
        pl.when(scored).then("variance").alias("variance")
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
