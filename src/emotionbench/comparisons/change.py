"""Evoked against baseline: how far each subscale moves, per emotion or factor, with people's change beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from emotionbench.materials.norms import Norm
from emotionbench.materials.situations import EMOTIONS
from emotionbench.records import Condition, Design, RespondentKind
from emotionbench.statistics.contrasts import Contrast, Moments, f_then_t, moments, one_sample_t, welch_t

PUBLISHED_ALPHA = 0.01
Unit = Literal["administration", "situation"]
Grain = Literal["emotion", "factor"]
GROUP = ["respondent", "kind", "instrument", "protocol", "design"]


@dataclass(frozen=True)
class People:
    """People's mean change where they imagined the same factors, weighted as the respondent's situations are."""

    change: float
    n: int


@dataclass(frozen=True)
class ChangeRow:
    """One row of the table: a set of situations, and for each subscale its contrast and people's change."""

    label: str
    emotion: str | None
    factor: str | None
    n: int
    n_situations: int
    n_unscored: int
    evoked: dict[str, Moments]
    contrasts: dict[str, Contrast]
    people: dict[str, People | None]


@dataclass(frozen=True)
class ChangeBlock:
    """One respondent on one instrument: its baseline ("Default" in the paper) and its rows."""

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    situation_set: str
    validated: bool
    subscales: dict[str, str]
    n_baseline: int
    n_baseline_unscored: int
    baseline: dict[str, Moments]
    people_baseline: dict[str, Moments | None]
    people_situation_set: str | None
    rows: tuple[ChangeRow, ...]

    @property
    def has_people(self) -> bool:
        """Whether there is a human norm to set beside this block; there is none beside people themselves."""
        return self.people_situation_set is not None

    @property
    def shares_texts_with_people(self) -> bool:
        """Whether people imagined texts of the same set, or only situations of the same factors."""
        return self.people_situation_set == self.situation_set


def change_blocks(
    scores: pl.DataFrame,
    subscale_names: dict[str, dict[str, str]],
    norms: Sequence[Norm],
    *,
    by: Grain = "emotion",
    unit: Unit = "administration",
    not_validated: Collection[str] = (),
) -> tuple[ChangeBlock, ...]:
    """Compare evoked with baseline for every respondent × instrument × protocol × design in ``scores``.

    Parameters
    ----------
    scores
        One row per administration and subscale, as ``analysis.Analysis.scores``.
    subscale_names
        Instrument id → subscale key → name, in the instrument's order.
    norms
        Human norms; the first that fits the instrument is set beside the rows.
    by
        Rows per emotion, or per factor as well.
    unit
        ``administration``: as published, every administration counts as one independent observation (F-test, then
        Student's or Welch's t; paired t where before and after share a session). ``situation``: repeats of a
        situation are averaged first, and situations are what is counted.
    not_validated
        Instruments (as in ``scores``) that nobody has validated.
    """
    norm_of = {norm.instrument: norm for norm in reversed(norms)}
    blocks = []
    for names, part in _parts_to_compare(scores):
        label = names["instrument"]
        norm = norm_of.get(label.split("#")[0])  # a label ends with its hash where several editions share an id
        comparison = _Comparison(part, names, subscale_names[label], norm)
        blocks.append(comparison.block(by, unit, validated=label not in not_validated))
    return tuple(blocks)


def _parts_to_compare(scores: pl.DataFrame) -> Iterator[tuple[dict[str, str], pl.DataFrame]]:
    """Each respondent × instrument × protocol × design × situation set, with the baselines that belong to it."""
    for key, group in scores.group_by(GROUP, maintain_order=True):
        names = dict(zip(GROUP, map(str, key), strict=True))
        sets = group["situation_set"].drop_nulls().unique(maintain_order=True).to_list()
        for situation_set in sets:
            of_set = pl.col("situation_set") == situation_set
            if names["design"] == Design.PAIRED:
                sessions = group.filter(of_set)["session"].implode()
                part = group.filter(pl.col("session").is_in(sessions))
            else:
                part = group.filter(of_set | pl.col("situation_set").is_null())
            yield {**names, "situation_set": situation_set}, part
        if not sets:
            yield {**names, "situation_set": ""}, group


class _Comparison:
    """One respondent × instrument × protocol × design."""

    def __init__(
        self, scores: pl.DataFrame, names: dict[str, str], subscales: dict[str, str], norm: Norm | None
    ) -> None:
        self.names, self.subscales = names, subscales
        self.norm = None if names["kind"] == RespondentKind.HUMAN else norm
        self.is_paired = names["design"] == Design.PAIRED
        self.compared = "change" if self.is_paired else "value"
        self.baseline = scores.filter(pl.col("condition") == Condition.BASELINE)
        self.after = scores.filter(pl.col("condition") != Condition.BASELINE)
        if self.is_paired:
            before = self.baseline.select("session", "subscale", before="value")
            self.after = self.after.join(before, on=["session", "subscale"], how="left").with_columns(
                change=pl.col("value") - pl.col("before")
            )

    def block(self, by: Grain, unit: Unit, *, validated: bool) -> ChangeBlock:
        n_baseline, n_unscored = _counts(self.baseline, "value")
        return ChangeBlock(
            **self.names,
            validated=validated,
            subscales=self.subscales,
            n_baseline=n_baseline,
            n_baseline_unscored=n_unscored,
            baseline={key: moments(_values(self.baseline, key)) for key in self.subscales},
            people_baseline={key: self._people_baseline(key) for key in self.subscales},
            people_situation_set=self.norm.situation_set if self.norm else None,
            rows=tuple(self._row(*part, unit) for part in self._parts(by)),
        )

    def _parts(self, by: Grain) -> Iterator[tuple[str, str | None, str | None, pl.DataFrame]]:
        """Label, emotion, factor and scores of every row."""
        evoked = self.after.filter(pl.col("condition") == Condition.EVOKED)
        present = evoked["emotion"].unique().to_list()
        order = [e for e in EMOTIONS if e in present] + sorted(e for e in present if e not in EMOTIONS)
        for emotion in order:
            of_emotion = evoked.filter(pl.col("emotion") == emotion)
            if by == "factor":
                for (factor, name), part in of_emotion.group_by(["factor", "factor_name"], maintain_order=True):
                    yield str(name), emotion, str(factor), part
            yield emotion.capitalize(), emotion, None, of_emotion
        if len(order) > 1:
            yield "Overall", None, None, evoked
        controls = self.after.filter(pl.col("condition") == Condition.CONTROL)
        for (kind,), part in controls.group_by(["situation_kind"], maintain_order=True):
            yield f"{str(kind).capitalize()} counterparts", None, str(kind), part

    def _row(self, label: str, emotion: str | None, factor: str | None, scores: pl.DataFrame, unit: Unit) -> ChangeRow:
        n, n_unscored = _counts(scores, self.compared)
        is_control = factor in ("neutral", "positive")
        return ChangeRow(
            label=label,
            emotion=emotion,
            factor=factor,
            n=n,
            n_situations=scores["situation"].n_unique(),
            n_unscored=n_unscored,
            evoked={key: moments(_values(scores, key)) for key in self.subscales},
            contrasts={key: self._contrast(scores, key, unit) for key in self.subscales},
            people={key: None if is_control else self._people(scores, key) for key in self.subscales},
        )

    def _contrast(self, scores: pl.DataFrame, subscale: str, unit: Unit) -> Contrast:
        part = scores.filter(pl.col("subscale") == subscale)
        part = part.filter(pl.col(self.compared).is_not_null())
        if unit == "situation":
            part = part.group_by("situation", maintain_order=True).agg(pl.col(self.compared).mean())
        observed = part[self.compared].to_numpy()
        if self.is_paired:
            return one_sample_t(observed)
        baseline = _values(self.baseline, subscale)
        return welch_t(baseline, observed) if unit == "situation" else f_then_t(baseline, observed, PUBLISHED_ALPHA)

    def _people_baseline(self, subscale: str) -> Moments | None:
        row = self.norm.row() if self.norm else None
        if row is None or subscale not in row.subscales:
            return None
        baseline = row.subscales[subscale].baseline
        return Moments(row.n, baseline.mean, baseline.sd)

    def _people(self, scores: pl.DataFrame, subscale: str) -> People | None:
        """People's change, each factor weighted by its share of the respondent's situations."""
        if self.norm is None:
            return None
        weights = scores.group_by("factor").agg(n=pl.col("situation").n_unique()).sort("factor")
        total, n_people, n_situations = 0.0, 0, 0
        for factor, n in weights.iter_rows():
            row = self.norm.factor_row(factor)
            if row is None or subscale not in row.subscales:
                return None
            total += n * row.subscales[subscale].change.mean
            n_people += row.n
            n_situations += n
        return People(total / n_situations, n_people) if n_situations else None


def _counts(scores: pl.DataFrame, column: str) -> tuple[int, int]:
    """Administrations with every subscale scored (before and after, for ``change``), and administrations without."""
    by_administration = scores.group_by("administration").agg(scored=pl.col(column).is_not_null().all())
    n_scored = int(by_administration["scored"].sum())
    return n_scored, by_administration.height - n_scored


def _values(scores: pl.DataFrame, subscale: str) -> pl.Series:
    return scores.filter((pl.col("subscale") == subscale) & pl.col("value").is_not_null())["value"]
