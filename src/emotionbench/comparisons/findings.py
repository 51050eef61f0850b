"""Everything that a report says of a store, computed respondent by respondent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from emotionbench.comparisons.alignment import Alignment, alignments, check_margin
from emotionbench.comparisons.answer_mass import AnswerMass, answer_masses
from emotionbench.comparisons.calm import Calm, calms
from emotionbench.comparisons.change import ChangeBlock, change_blocks
from emotionbench.comparisons.inference import Inference
from emotionbench.comparisons.participation import Participation
from emotionbench.comparisons.precision import Precision, precisions
from emotionbench.comparisons.reliability import Reliability, reliabilities
from emotionbench.comparisons.response_style import ResponseStyle, response_styles
from emotionbench.comparisons.side_by_side import SideBySide, side_by_side
from emotionbench.comparisons.specificity import Specificity, specificities
from emotionbench.errors import EmotionBenchError
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.norms import Norm

Section = Literal[
    "changes",
    "alignments",
    "styles",
    "specificities",
    "reliabilities",
    "precisions",
    "calm",
    "side_by_side",
    "masses",
]
SECTIONS: tuple[Section, ...] = get_args(Section)
NOT_COMPUTABLE = (EmotionBenchError, ArithmeticError, ValueError, np.linalg.LinAlgError, pl.exceptions.PolarsError)


@dataclass(frozen=True)
class Frames:
    """What comparisons are made from: the columns of ``analysis.Analysis``, and its instruments by label."""

    administrations: pl.DataFrame
    answers: pl.DataFrame
    scores: pl.DataFrame
    labelled_scores: pl.DataFrame
    instruments: dict[str, Instrument]
    forms: dict[str, Form] = field(default_factory=dict)
    readings: pl.DataFrame | None = None

    @property
    def read(self) -> pl.DataFrame:
        """The administrations whose answers were read as probabilities; column ``administration``."""
        if self.readings is None:
            return self.administrations.clear().select("administration")
        return self.readings.select("administration").unique(maintain_order=True)

    def of(self, respondent: str) -> Frames:
        """Only what belongs to one respondent."""
        own = self.administrations.filter(pl.col("respondent") == respondent)
        keys = own.select("administration")
        return Frames(
            own,
            self.answers.join(keys, on="administration", how="semi"),
            self.scores.join(keys, on="administration", how="semi"),
            self.labelled_scores.filter(pl.col("respondent") == respondent),
            self.instruments,
            self.forms,
            None if self.readings is None else self.readings.join(keys, on="administration", how="semi"),
        )


@dataclass(frozen=True)
class Findings:
    """What a store says.

    ``participations``: who took part in each study with people. ``problems``: what could not be computed, for whom and
    why; nothing else is lost by it.
    """

    inference: Inference
    changes: tuple[ChangeBlock, ...] = ()
    alignments: tuple[Alignment, ...] = ()
    styles: tuple[ResponseStyle, ...] = ()
    specificities: tuple[Specificity, ...] = ()
    reliabilities: tuple[Reliability, ...] = ()
    precisions: tuple[Precision, ...] = ()
    calm: tuple[Calm, ...] = ()
    side_by_side: tuple[SideBySide, ...] = ()
    masses: tuple[AnswerMass, ...] = ()
    participations: tuple[Participation, ...] = ()
    problems: tuple[str, ...] = ()


def findings(
    frames: Frames,
    norms: Sequence[Norm],
    inference: Inference,
    *,
    margin: float | None = None,
    made_from: Collection[tuple[str, str]] = (),
    sections: Collection[Section] = SECTIONS,
    respondents: Collection[str] | None = None,
) -> Findings:
    """Compute the sections asked for, of all respondents or those named.

    See ``alignment.alignments`` for ``margin`` and ``made_from``. What cannot be computed for one respondent is named
    in ``problems`` and leaves the others as they are.
    """
    check_margin(margin)
    collector = _Collector(frames, respondents)
    names = subscale_names(frames.instruments)
    not_validated = {label for label, instrument in frames.instruments.items() if not instrument.validated}
    traits = {label for label, instrument in frames.instruments.items() if instrument.trait}
    made: dict[Section, Callable[[Frames], Sequence[Any]]] = {
        "changes": lambda own: change_blocks(
            own.labelled_scores,
            names,
            norms,
            by="factor",
            inference=inference,
            not_validated=not_validated,
            traits=traits,
        ),
        "alignments": lambda own: alignments(own.labelled_scores, names, norms, margin=margin, made_from=made_from),
        "styles": lambda own: response_styles(
            own.administrations, own.answers, own.scores, own.instruments, read=own.read
        ),
        "specificities": lambda own: specificities(own.labelled_scores, names),
        "reliabilities": reliabilities,
        "precisions": lambda own: precisions(
            own.labelled_scores, names, answers=own.answers, instruments=own.instruments
        ),
        "calm": lambda own: calms(own.labelled_scores, names, own.forms),
        "masses": lambda own: (
            () if own.readings is None else answer_masses(own.administrations, own.readings, own.scores, names)
        ),
    }
    found: dict[str, Any] = {
        section: collector.by_respondent(section, of_one) for section, of_one in made.items() if section in sections
    }
    if "side_by_side" in sections:
        found["side_by_side"] = collector.guarded(
            "side by side", "all respondents", lambda: side_by_side(frames.labelled_scores, names)
        )
    return Findings(inference, **found, problems=tuple(collector.problems))


def subscale_names(instruments: dict[str, Instrument]) -> dict[str, dict[str, str]]:
    """Instrument → subscale → name."""
    return {
        label: {key: subscale.name for key, subscale in instrument.subscales.items()}
        for label, instrument in instruments.items()
    }


class _Collector:
    """Runs comparisons, and notes what could not be computed."""

    def __init__(self, frames: Frames, respondents: Collection[str] | None) -> None:
        self.problems: list[str] = []
        names = frames.administrations["respondent"].unique(maintain_order=True)
        self._parts = [(name, frames.of(name)) for name in names if respondents is None or name in respondents]

    def by_respondent(self, section: Section, of_one: Callable[[Frames], Sequence[Any]]) -> tuple[Any, ...]:
        found: list[Any] = []
        for name, own in self._parts:
            found += self.guarded(section, name, lambda own=own: of_one(own))  # type: ignore[misc]
        return tuple(found)

    def guarded(self, what: str, who: str, compute: Callable[[], Sequence[Any]]) -> tuple[Any, ...]:
        try:
            return tuple(compute())
        except NOT_COMPUTABLE as problem:
            self.problems.append(f"{what} of {who}: {problem}")
            return ()
