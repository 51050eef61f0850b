"""From scores with their forms to what is analysed: the score before, and the change after imagining, form by form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.records import Condition

Array = NDArray[np.float64]
Words = NDArray[np.str_]
Outcome = Literal["score", "change"]
WAYS = (
    "template",
    "paraphrase",
    "language",
    "option_labels",
    "option_order",
    "item_order",
    "items_per_message",
    "conversation",
    "answers",
    "persona",
    "chain_of_thought",
    "temperature",
)
UNSET = "unset"
"""The level of administrations that leave a way to the protocol, where others do not."""
GROUP = ["respondent", "kind", "instrument"]


@dataclass(frozen=True, eq=False)
class FormScores:
    """The outcome of one respondent × instrument × subscale: a row per form and repeat.

    ``values``, ``forms``, ``repeats`` and each of ``ways`` are of shape (n,). ``ways`` holds those that are varied;
    ``n_administrations`` were tried, ``n_excluded`` of them are not in. ``notes`` say what a reader should know.
    """

    values: Array
    forms: Words
    repeats: NDArray[np.int64]
    ways: dict[str, Words]
    n_administrations: int
    n_excluded: int
    notes: tuple[str, ...] = ()

    @property
    def n_forms(self) -> int:
        """Forms with a value."""
        return self.by_form[0].size

    @cached_property
    def by_form(self) -> tuple[Words, Array, dict[str, Words]]:
        """Forms, their means over repeats, and their levels: each (F,)."""
        names, first, codes = np.unique(self.forms, return_index=True, return_inverse=True)
        means = np.bincount(codes, self.values) / np.bincount(codes) if names.size else np.zeros(0)
        return names, means, {way: column[first] for way, column in self.ways.items()}

    @cached_property
    def by_repeat(self) -> Array:
        """Forms × repeats, the forms that have the usual number of repeats (the lower median of those repeated)."""
        order = np.lexsort((self.repeats, self.forms))
        _, starts, counts = np.unique(self.forms[order], return_index=True, return_counts=True)
        repeated = np.sort(counts[counts > 1])
        if not repeated.size:
            return np.zeros((0, 0))
        k = int(repeated[(repeated.size - 1) // 2])
        rows = starts[counts >= k][:, None] + np.arange(k)
        return np.asarray(self.values[order][rows])


class RespondentForms:
    """The administrations of one respondent on one instrument.

    ``scores`` holds one row per administration and subscale, as ``ways.ways_of_asking`` describes it.
    """

    def __init__(self, scores: pl.DataFrame, ways: tuple[str, ...] = WAYS) -> None:
        levels = [pl.col(way).cast(pl.String).fill_null(UNSET) for way in ways]
        self.scores = scores.with_columns(
            *levels,
            pl.col("form").cast(pl.String).fill_null(UNSET),
            pl.col("condition", "subscale").cast(pl.String),
            pl.col("value").cast(pl.Float64).fill_nan(None),
        )
        counts = self.scores.select(pl.col(way).n_unique() for way in ways).row(0)
        self.varied = tuple(way for way, n in zip(ways, counts, strict=True) if n > 1)

    @property
    def subscales(self) -> tuple[str, ...]:
        """In order of appearance."""
        return tuple(self.scores["subscale"].unique(maintain_order=True).to_list())

    @property
    def outcomes(self) -> Iterator[Outcome]:
        """Those that there are."""
        conditions = set(self.scores["condition"].unique().to_list())
        if Condition.BASELINE in conditions:
            yield "score"
        if Condition.EVOKED in conditions:
            yield "change"

    def of(self, outcome: Outcome, subscale: str) -> FormScores:
        """One outcome of one subscale."""
        own = self.scores.filter(pl.col("subscale") == subscale)
        before = own.filter(pl.col("condition") == Condition.BASELINE)
        if outcome == "score":
            scored = before.filter(pl.col("value").is_not_null())
            return self._arrays(scored, before.height, before.height - scored.height, before)
        return self._change(before, own.filter(pl.col("condition") == Condition.EVOKED))

    def _change(self, before: pl.DataFrame, after: pl.DataFrame) -> FormScores:
        """Mean over situations minus baseline: within sessions that hold both, else the form's."""
        paired = self._within_sessions(before, after)
        keys = ["form"]
        if paired is not None:
            scored = paired.filter(pl.col("value").is_not_null())
            keys = ["form", "repeat"]
            changes, note = self._over_situations(scored, keys)
        else:
            known = before.filter(pl.col("value").is_not_null())
            scored = after.filter(pl.col("value").is_not_null())
            keys = ["form", "repeat"] if _has_all(known, scored) else ["form"]
            baselines = known.group_by(keys).agg(before=pl.col("value").mean())
            scored = scored.join(baselines.select(keys), on=keys, how="semi")
            means, note = self._over_situations(scored, keys)
            changes = means.join(baselines, on=keys, how="left").with_columns(value=pl.col("value") - pl.col("before"))
        if "repeat" not in keys:
            changes = changes.with_columns(repeat=pl.lit(0))
        notes = (note,) if note else ()
        return self._arrays(changes, after.height, after.height - scored.height, after, notes)

    def _within_sessions(self, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame | None:
        """Scores after with the session's own baseline taken off; null where no session holds both."""
        if "session" not in before.columns:
            return None
        own = before.filter(pl.col("session").is_not_null()).group_by("session").agg(before=pl.col("value").first())
        joined = after.join(own, on="session", how="left", maintain_order="left")
        if own.join(after, on="session", how="semi").is_empty():
            return None
        return joined.with_columns(value=pl.col("value") - pl.col("before"))

    def _over_situations(self, scored: pl.DataFrame, keys: list[str]) -> tuple[pl.DataFrame, str | None]:
        """The mean over situations by key, with the levels; situations that some lack are allowed for."""
        situation = pl.col("situation").cast(pl.String).fill_null(UNSET)
        ways = [pl.col(way).first() for way in self.varied]
        cells = scored.group_by(*keys, situation).agg(pl.col("value").mean(), *ways).sort(*keys, "situation")
        units = cells.select(pl.struct(keys).rle_id()).to_series().to_numpy().astype(np.intp)
        situations = np.unique(cells["situation"].to_numpy().astype(np.str_), return_inverse=True)[1]
        means, note = _unit_means(cells["value"].to_numpy().astype(float), units, situations)
        first = cells.group_by(keys, maintain_order=True).agg(*ways)
        return first.sort(keys).with_columns(value=pl.Series(means, dtype=pl.Float64)), note

    def _arrays(
        self, rows: pl.DataFrame, n_tried: int, n_excluded: int, tried: pl.DataFrame, notes: tuple[str, ...] = ()
    ) -> FormScores:
        lost = [
            f"{way} {level}: no score"
            for way in self.varied
            for level in sorted(set(tried[way].to_list()) - set(rows[way].to_list()))
        ]
        ways = {way: rows[way].to_numpy().astype(np.str_) for way in self.varied if rows[way].n_unique() > 1}
        return FormScores(
            rows["value"].to_numpy().astype(float),
            rows["form"].to_numpy().astype(np.str_),
            rows["repeat"].cast(pl.Int64).fill_null(0).to_numpy(),
            ways,
            n_tried,
            n_excluded,
            (*notes, *lost),
        )


def respondents_of(outcomes: pl.DataFrame) -> Iterator[tuple[dict[str, str], RespondentForms]]:
    """Every respondent × instrument, by name, in order of appearance."""
    for key, part in outcomes.partition_by(GROUP, as_dict=True, maintain_order=True).items():
        yield dict(zip(GROUP, map(str, key), strict=True)), RespondentForms(part)


def _has_all(before: pl.DataFrame, after: pl.DataFrame) -> bool:
    """Whether there are as many repeats before as after, and every form's repeat after has one of its number before."""
    keys = ["form", "repeat"]
    pairs = after.select(keys).unique()
    as_often = before["repeat"].n_unique() == after["repeat"].n_unique()
    return as_often and pairs.join(before.select(keys).unique(), on=keys, how="anti").is_empty()


def _unit_means(values: Array, units: NDArray[np.intp], situations: NDArray[np.intp]) -> tuple[Array, str | None]:
    """The mean of every unit over all situations, and a note where some units lack some.

    There values are taken as unit + situation, by least squares, so that a unit is not the higher for the situations
    that it lacks.
    """
    if not values.size:
        return np.zeros(0), None
    n_units, n_situations = int(units.max()) + 1, int(situations.max()) + 1
    counts, sums = np.bincount(units), np.bincount(units, values)
    n_lacking = int(np.sum(counts < n_situations))
    if not n_lacking:
        return sums / counts, None
    met = np.zeros((n_units, n_situations))
    met[units, situations] = 1.0
    shares = met / counts[:, None]
    information = np.diag(met.sum(axis=0)) - met.T @ shares
    effects = np.linalg.pinv(information, rcond=1e-9, hermitian=True) @ (
        np.bincount(situations, values, minlength=n_situations) - shares.T @ sums
    )
    allowed = "which is allowed for"
    if np.linalg.matrix_rank(information, tol=1e-9, hermitian=True) < n_situations - 1:
        allowed = "and they share too few for that to be allowed for"
    note = f"{n_lacking:,} of {n_units:,} lack a score after some situations, {allowed}"
    # effects of situations are around 0, since they are those of least norm
    return (sums - met @ effects) / counts, note
