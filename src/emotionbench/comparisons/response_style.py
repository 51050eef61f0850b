"""Is it an answer at all? How each respondent fills in its answer sheets, whatever they say.

Everything is counted per respondent × instrument × protocol × design × condition, in columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from emotionbench.comparisons.parts import GROUP
from emotionbench.comparisons.reliability import NOT_DRAWN
from emotionbench.comparisons.response_flags import Flag, flags_of
from emotionbench.materials.instruments import Instrument, ResponseScale
from emotionbench.materials.score_ranges import score_range
from emotionbench.records import AnswerStatus, Condition
from emotionbench.statistics.answer_sheets import (
    Array,
    PositionEffect,
    Sheets,
    count_of_one_value,
    count_of_unvarying_cells,
    normalised_entropy,
    position_effect,
    weighted_answers,
)
from emotionbench.statistics.contrasts import plain_mean
from emotionbench.statistics.estimate import Estimate

NO_ANSWERS = "no valid answers"
UNANSWERED = tuple(status.value for status in AnswerStatus if status is not AnswerStatus.VALID)
SITUATION = ["situation_set", "situation"]
ROUNDING = 1e-9


@dataclass(frozen=True)
class Share:
    """``count`` of ``n``; ``value`` (0 to 1) is null, for the reason ``why``, where n is 0 or it has no meaning."""

    value: float | None
    count: int
    n: int
    why: str | None = None

    @classmethod
    def of(cls, count: int, n: int, why: str = NO_ANSWERS) -> Share:
        """Count / n; ``why`` is kept only where n is 0."""
        return cls(count / n, count, n) if n else cls(None, count, 0, why)


@dataclass(frozen=True)
class ScoreEnds:
    """One subscale's scores at the ends of what the instrument allows (``lowest`` to ``highest``).

    ``mean`` is that of the ``n`` scores, null where there is none; ``n_missing`` administrations have no score.
    """

    subscale: str
    name: str
    n: int
    n_missing: int
    mean: float | None
    lowest: float
    highest: float
    at_lowest: Share
    at_highest: Share


@dataclass(frozen=True)
class ResponseStyle:
    """How one respondent fills in one instrument under one condition.

    Attributes
    ----------
    n_values
        How many values the response scale has.
    n_administrations, n_answers, n_valid
        Administrations tried; items of those that got a reply; valid answers among these.
    n_read
        Administrations whose answers were read as probabilities: their scores count among ``ends``, and they have no
        answers that were drawn, of which everything else is.
    straight_lining
        Administrations whose valid answers, two or more, are all one value.
    midpoint, floor, ceiling
        Valid answers in the middle and at the ends of the response scale; a scale with an even number of values has
        no middle.
    entropy
        Of valid answers: 0 = one value only, 1 = all values equally often; null without valid answers.
    no_variation
        Cells (situations, or the baseline as one) with repeats in which every item got one value each time.
    position
        Raw points by which an item is answered higher in the last position than in the first; see
        ``statistics.answer_sheets.position_effect``.
    acquiescence
        Raw points by which the answers lie above the middle of the response scale where keyed and reverse-keyed items
        of a subscale count half each, averaged over subscales that have both: what is left is agreement with
        a statement and with its opposite. Units are situations (repeats averaged), or the baseline administrations,
        with Student's t interval; only sheets that answered all these items count (``n_balanced``).
    ends
        Scores at the floor and ceiling of every subscale.
    rates
        Status → share of answers that are ``missing``, ``out_of_range``, ``refused``, ``unparseable``.
    unanswered
        Outcome → share of administrations without any valid answer.
    flags
        What a reader must know before believing a comparison.
    """

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    condition: str
    n_values: int
    n_administrations: int
    n_answers: int
    n_valid: int
    straight_lining: Share
    midpoint: Share
    floor: Share
    ceiling: Share
    entropy: float | None
    no_variation: Share
    position: PositionEffect
    acquiescence: Estimate
    n_balanced: int
    ends: tuple[ScoreEnds, ...]
    rates: dict[str, Share]
    unanswered: dict[str, Share]
    flags: tuple[Flag, ...] = ()
    n_read: int = 0


def response_styles(
    administrations: pl.DataFrame,
    answers: pl.DataFrame,
    scores: pl.DataFrame,
    instruments: dict[str, Instrument],
    *,
    read: pl.DataFrame | None = None,
) -> tuple[ResponseStyle, ...]:
    """Describe how answer sheets were filled in, with flags; in order of administrations, baseline before evoked.

    Parameters
    ----------
    administrations
        Columns as ``collecting.ADMINISTRATION_SCHEMA``; ``administration`` is any key that the other frames share.
    answers
        One row per item of every administration with a reply: administration, item (from 1), position, value (null
        unless valid) and status.
    scores
        One row per administration and subscale: administration, subscale, value (null where not scored).
    instruments
        The instruments by label.
    read
        The administrations whose answers were read as probabilities, column ``administration``; none where it is left
        out.
    """
    keys_read = administrations.select("administration").clear() if read is None else read
    administrations = administrations.with_columns(
        is_read=pl.col("administration").is_in(keys_read["administration"].implode())
    )
    labels, keyed = _numbered(administrations)
    keys = keyed.select("administration", "group", "sheet")
    grouped_answers = (
        answers.lazy()
        .select("administration", "item", "position", "value", "status")
        .join(keys.lazy(), on="administration", how="inner", maintain_order="left")
        .drop("administration")
        .collect()
    )
    grouped_scores = scores.join(
        keys.select("administration", "group"), on="administration", how="inner", maintain_order="left"
    )
    styles = []
    for group, names in labels.items():
        # not all at once, which would hold every answer twice
        own, of_answers, of_scores = (
            frame.filter(pl.col("group") == group) for frame in (keyed, grouped_answers, grouped_scores)
        )
        styles.append(_Group(names, own, of_answers, of_scores, instruments[names["instrument"]]).style())
    return tuple(_with_flags(styles))


def _numbered(administrations: pl.DataFrame) -> tuple[dict[int, dict[str, str]], pl.DataFrame]:
    """Group → names, with baselines first; and the administrations with group, number of sheet and cell within it."""
    group = [*GROUP, "condition"]
    ranks = {condition.value: rank for rank, condition in enumerate(Condition)}
    keyed = administrations.with_columns(
        group=pl.struct(group).rank("dense").cast(pl.UInt32), row=pl.int_range(pl.len())
    ).with_columns(
        sheet=pl.int_range(pl.len(), dtype=pl.UInt32).over("group"),
        cell=(pl.struct(SITUATION).rank("dense") - 1).over("group"),
    )
    first = keyed.group_by(*group, "group").agg(pl.col("row").min()).with_columns(pl.col("row").min().over(GROUP))
    rows = sorted(first.to_dicts(), key=lambda row: (row.pop("row"), ranks[row["condition"]]))
    return {int(row.pop("group")): {key: str(value) for key, value in row.items()} for row in rows}, keyed


@dataclass(frozen=True)
class _Group:
    """Everything of one respondent × instrument × protocol × design × condition."""

    names: dict[str, Any]
    administrations: pl.DataFrame
    answers: pl.DataFrame
    scores: pl.DataFrame
    instrument: Instrument

    def style(self) -> ResponseStyle:
        valid = self.answers.filter(pl.col("value").is_not_null())
        sheets = self._sheets(valid)
        n_read = int(self.administrations["is_read"].sum())
        acquiescence, n_balanced = self._acquiescence(sheets)
        counts = self._counts(valid)
        style = ResponseStyle(
            **self.names,
            n_values=counts.size,
            n_administrations=self.administrations.height,
            n_answers=self.answers.height,
            n_valid=valid.height,
            straight_lining=Share.of(*count_of_one_value(sheets), "no administration has two valid answers"),
            midpoint=_midpoint(counts),
            floor=Share.of(int(counts[0]), valid.height),
            ceiling=Share.of(int(counts[-1]), valid.height),
            entropy=normalised_entropy(counts),
            no_variation=Share.of(*count_of_unvarying_cells(sheets), "no cell was repeated"),
            position=position_effect(sheets, self.instrument.n_items - 1),
            acquiescence=acquiescence,
            n_balanced=n_balanced,
            ends=tuple(self._ends()),
            rates=self._rates(),
            unanswered=self._unanswered(),
            n_read=n_read,
        )
        return _not_drawn(style) if n_read and not self.answers.height else style

    def _sheets(self, valid: pl.DataFrame) -> Sheets:
        def codes(name: str) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
            return valid[name].cast(pl.Int64).to_numpy().astype(np.intp, copy=False)

        cells = self.administrations.sort("sheet")["cell"].cast(pl.Int64).to_numpy().astype(np.intp, copy=False)
        values, positions = (valid[name].cast(pl.Float64).to_numpy() for name in ("value", "position"))
        return Sheets(values, positions, codes("item") - 1, codes("sheet"), cells, self.instrument.n_items)

    def _counts(self, valid: pl.DataFrame) -> Array:
        """How often each value of the response scale was given."""
        scale = self.instrument.response_scale
        offsets = (valid["value"].cast(pl.Int64) - scale.lowest).to_numpy()
        return np.bincount(offsets, minlength=scale.highest - scale.lowest + 1).astype(float)

    def _acquiescence(self, sheets: Sheets) -> tuple[Estimate, int]:
        weights = balanced_weights(self.instrument)
        if not weights.any():
            return Estimate.none("no subscale has both keyed and reverse-keyed items"), 0
        values, cells = weighted_answers(sheets, weights)
        n = int(values.size)
        if self.names["condition"] != Condition.BASELINE:
            present, index, repeats = np.unique(cells, return_inverse=True, return_counts=True)
            values = np.bincount(index, values, present.size) / repeats
        mean = plain_mean(values - _middle(self.instrument.response_scale))
        low, high = mean.interval()
        why = mean.why or ("the answers do not vary" if low is None else None)
        return Estimate(mean.value, low, high, why=why if n else "no sheet answered all these items"), n

    def _ends(self) -> Iterator[ScoreEnds]:
        for key, subscale in self.instrument.subscales.items():
            values = self.scores.filter(pl.col("subscale") == key)["value"]
            found = values.drop_nulls().to_numpy().astype(float)
            lowest, highest = score_range(self.instrument, key)
            n = int(found.size)
            yield ScoreEnds(
                subscale=key,
                name=subscale.name,
                n=n,
                n_missing=self.administrations.height - n,
                mean=float(found.mean()) if n else None,
                lowest=lowest,
                highest=highest,
                at_lowest=Share.of(int(np.sum(found <= lowest + ROUNDING)), n, "no scores"),
                at_highest=Share.of(int(np.sum(found >= highest - ROUNDING)), n, "no scores"),
            )

    def _rates(self) -> dict[str, Share]:
        counts = dict(self.answers.group_by(pl.col("status").cast(pl.String)).len().iter_rows())
        return {
            status: Share.of(int(counts.get(status, 0)), self.answers.height, "no replies") for status in UNANSWERED
        }

    def _unanswered(self) -> dict[str, Share]:
        none = self.administrations.filter(pl.col("n_valid").fill_null(0) == 0)
        counts = none.group_by(pl.col("outcome").cast(pl.String)).len().sort("outcome")
        return {str(outcome): Share.of(int(n), self.administrations.height) for outcome, n in counts.iter_rows()}


def _not_drawn(style: ResponseStyle) -> ResponseStyle:
    """The style of those who drew no answer, with that as the reason for what it lacks."""
    nothing = Share.of(0, 0, NOT_DRAWN)
    return replace(
        style,
        straight_lining=nothing,
        midpoint=nothing,
        floor=nothing,
        ceiling=nothing,
        no_variation=nothing,
        rates=dict.fromkeys(style.rates, nothing),
        position=replace(style.position, points=Estimate.none(NOT_DRAWN)),
        acquiescence=Estimate.none(NOT_DRAWN),
    )


def balanced_weights(instrument: Instrument) -> Array:
    """The weight of every item in a mean answer in which keyed and reverse-keyed items count half each.

    Shape (n_items,); they sum to 1 over the subscales that have both, and are all 0 where none has.
    """
    weights = np.zeros(instrument.n_items)
    for subscale in instrument.subscales.values():
        reverse = [number - 1 for number in subscale.reverse]
        keyed = [number - 1 for number in subscale.items if number not in subscale.reverse]
        if reverse and keyed:
            weights[reverse] += 0.5 / len(reverse)
            weights[keyed] += 0.5 / len(keyed)
    total = float(weights.sum())
    return weights / total if total else weights


def _middle(scale: ResponseScale) -> float:
    return (scale.lowest + scale.highest) / 2


def _midpoint(counts: Array) -> Share:
    if counts.size % 2 == 0:
        return Share(None, 0, int(counts.sum()), "the response scale has no midpoint")
    return Share.of(int(counts[counts.size // 2]), int(counts.sum()))


def _with_flags(styles: list[ResponseStyle]) -> Iterator[ResponseStyle]:
    """The styles with their flags; what holds at the baseline already is not said again of scores after it."""

    def block(style: ResponseStyle) -> tuple[str, ...]:
        return tuple(str(getattr(style, name)) for name in GROUP)

    baselines = {block(style): style for style in styles if style.condition == Condition.BASELINE}
    for style in styles:
        yield replace(style, flags=flags_of(style, baselines.get(block(style))))
