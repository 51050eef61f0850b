"""The read side: from the facts in a store to answers, scores and comparisons, computed anew each time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from emotionbench.collecting import ADMINISTRATION_SCHEMA, Collected, collect
from emotionbench.comparisons.change import ChangeBlock, Grain, change_blocks
from emotionbench.comparisons.findings import SECTIONS, Findings, Frames, Section, findings, subscale_names
from emotionbench.comparisons.inference import Inference
from emotionbench.comparisons.norm_comparison import norms_for
from emotionbench.comparisons.norm_making import NormHere
from emotionbench.comparisons.norms_here import norms_here
from emotionbench.comparisons.parts import instrument_id
from emotionbench.comparisons.probes import Probes, probes
from emotionbench.comparisons.ways import WaysOfAsking, ways_of_asking
from emotionbench.comparisons.ways_outcomes import WAYS
from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue, norm_files
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.norms import Norm
from emotionbench.materials.probe_facts import probe_facts
from emotionbench.materials.score_ranges import score_range
from emotionbench.parsing import parse
from emotionbench.parsing.probabilities import Distribution, DistributionReader, Unread, Why
from emotionbench.records import Administration, Answer, AnswerStatus, Attempt, Condition
from emotionbench.store import Store

__all__ = ["ADMINISTRATION_SCHEMA", "Analysis", "analyse", "best_answers"]


@dataclass(frozen=True)
class Analysis(Collected):
    """Everything that a store's attempts say, and the comparisons made of it.

    ``norm`` is one that respondents are to be set beside, where one was named; see ``norms`` for what they are else.
    """

    norm: Norm | None = None

    @cached_property
    def norms(self) -> tuple[Norm, ...]:
        """The human norms of change, in the order in which ``comparisons.parts.norm_for`` tries them.

        The one that was named, alone for its instrument; else the store's own people, where others imagined situations
        of the same set; norms that the user added; those shipped.
        """
        known = (*self._norms_here[0], *norm_files.norms())
        if self.norm is None:
            return known
        return (self.norm, *(norm for norm in known if norm.instrument != self.norm.instrument))

    @cached_property
    def _norms_here(self) -> tuple[tuple[NormHere, ...], tuple[str, ...]]:
        """The store's people as norms, and what is lacking for one."""
        return norms_here(self.labelled_scores, self.subscale_names)

    @cached_property
    def scores(self) -> pl.DataFrame:
        """One row per administration, by its id, and subscale."""
        ids = self.administrations["administration"]
        return self.compact_scores.with_columns(ids.gather(self.compact_scores["administration"]))

    @cached_property
    def answers(self) -> pl.DataFrame:
        """The answers with the text of each item; large: a million administrations take gigabytes."""
        compact = self.compact_answers
        rows = compact["administration"]
        labels = self.administrations.select("administration", "edition")
        return (
            compact.with_columns(
                labels["administration"].gather(rows),
                labels["edition"].gather(rows),
                pl.col("item", "position", "value").cast(pl.Int64),
                pl.col("status").cast(pl.String),
            )
            .join(self._item_texts(), on=["edition", "item"], how="left", maintain_order="left")
            .select("administration", "item", "position", "text", "value", "status")
        )

    @cached_property
    def readings(self) -> pl.DataFrame:
        """What was read of the probabilities of answers, with the text of each item; large, as ``answers`` is."""
        compact = self.compact_readings
        rows = compact["administration"]
        labels = self.administrations.select("administration", "edition")
        return (
            compact.with_columns(
                labels["administration"].gather(rows),
                labels["edition"].gather(rows),
                pl.col("item", "position").cast(pl.Int64),
                pl.col("why").cast(pl.String),
            )
            .join(self._item_texts(), on=["edition", "item"], how="left", maintain_order="left")
            .select("administration", "item", "position", "text", "expected", "variance", "mass", "why")
        )

    @cached_property
    def labelled_scores(self) -> pl.DataFrame:
        """Scores with everything known of their administration; without those made to order for a probe."""
        return self._labelled(self.scores).filter(pl.col("condition") != Condition.PROBE)

    @cached_property
    def labelled_answers(self) -> pl.DataFrame:
        """Answers with everything known of their administration."""
        return self._labelled(self.answers)

    @cached_property
    def labelled_readings(self) -> pl.DataFrame:
        """What was read of probabilities, with everything known of its administration."""
        return self._labelled(self.readings)

    def changes(
        self, *, by: Grain = "emotion", protocol: str = "standard", alpha: float | None = None
    ) -> tuple[ChangeBlock, ...]:
        """Evoked against baseline for every respondent; see ``comparisons.change.change_blocks``.

        ``protocol`` is 'standard' or 'emotionbench-2024', ``alpha`` the level of its tests (.05 and .01 by default):
        see ``comparisons.inference.Inference``.
        """
        not_validated = {label for label, instrument in self.instruments.items() if not instrument.validated}
        return change_blocks(
            self.labelled_scores,
            self.subscale_names,
            self.norms,
            by=by,
            inference=Inference.of(protocol, alpha),
            not_validated=not_validated,
            traits={label for label, instrument in self.instruments.items() if instrument.trait},
        )

    def findings(
        self,
        *,
        protocol: str = "standard",
        alpha: float | None = None,
        margin: float | None = None,
        sections: Collection[Section] = SECTIONS,
        respondents: Collection[str] | None = None,
    ) -> Findings:
        """Everything that can be said of the respondents (all, or those named), or the ``sections`` asked for.

        ``protocol`` and ``alpha`` as for ``changes``; ``margin`` of equivalence with people in raw points, by default
        half a standard deviation of people's change. What cannot be computed for one respondent stands in ``problems``.
        """
        numbered = self.administrations.drop("administration").with_row_index("administration")
        numbered = numbered.filter(pl.col("condition") != Condition.PROBE)
        frames = Frames(
            numbered,
            self.compact_answers,
            self.compact_scores,
            numbered.drop("n_valid", "n_items").join(
                self.compact_scores, on="administration", how="inner", maintain_order="left_right"
            ),
            self.instruments,
            self.forms,
            self.compact_readings,
        )
        made_from = {(label, str(respondent.settings.get("norm"))) for label, respondent in self.respondents.items()}
        found = findings(
            frames,
            self.norms,
            Inference.of(protocol, alpha),
            margin=margin,
            made_from=made_from,
            sections=sections,
            respondents=respondents,
        )
        problems = (*found.problems, *self._norms_here[1])
        return replace(found, participations=self.participations, problems=problems)

    def probes(self) -> Probes:
        """What the store tells of position bias, acquiescence, social desirability and contamination."""
        numbered = self.administrations.with_row_index("row")
        replies = self.probe_replies.join(numbered.select("administration", "row"), on="administration", how="inner")
        labels = numbered.drop("administration").rename({"row": "administration"})
        frames = Frames(
            labels,
            self.compact_answers,
            self.compact_scores,
            self.compact_scores.clear(),
            self.instruments,
            self.forms,
        )
        return probes(frames, self.editions, replies.with_columns(administration="row").drop("row"), probe_facts())

    def ways(self, *, interactions: Sequence[tuple[str, str]] = ()) -> tuple[WaysOfAsking, ...]:
        """What the ways of asking do to scores, changes and answers: one finding an instrument put in several forms.

        ``interactions`` are pairs of ways whose interaction is a term of the model of variance.
        """
        labels = self.administrations.drop("administration").with_row_index("administration")
        put = labels.filter(pl.col("form").is_not_null(), pl.col("condition") != Condition.PROBE)
        names = put["instrument"].unique().sort().to_list()
        return tuple(self._ways_of(name, put.filter(pl.col("instrument") == name), interactions) for name in names)

    def _ways_of(self, label: str, put: pl.DataFrame, interactions: Sequence[tuple[str, str]]) -> WaysOfAsking:
        instrument = self.instruments[label]
        levels = pl.DataFrame(
            [{"form": name, **dict.fromkeys(WAYS), **form.levels()} for name, form in self.forms.items()],
            schema=dict.fromkeys(["form", *WAYS], pl.String),
        )
        outcomes = put.join(levels, on="form", how="left", maintain_order="left").join(
            self.compact_scores.select("administration", "subscale", "value"),
            on="administration",
            how="inner",
            maintain_order="left_right",
        )
        answers = self.compact_answers.select("administration", "item", "value")
        return ways_of_asking(
            outcomes,
            answers.join(put.select("administration"), on="administration", how="semi"),
            {key: score_range(instrument, key) for key in instrument.subscales},
            norms=_people_at_baseline(instrument, self.norms),
            interactions=interactions,
        )

    @property
    def subscale_names(self) -> dict[str, dict[str, str]]:
        """Instrument → subscale → name."""
        return subscale_names(self.instruments)

    def _item_texts(self) -> pl.DataFrame:
        texts = [
            (label, number, item.text)
            for label, instrument in self.editions.items()
            for number, item in enumerate(instrument.items, 1)
        ]
        return pl.DataFrame(texts, {"edition": pl.String, "item": pl.Int64, "text": pl.String}, orient="row")

    def _labelled(self, frame: pl.DataFrame) -> pl.DataFrame:
        labels = self.administrations.drop("n_valid", "n_items")
        return labels.join(frame, on="administration", how="inner", maintain_order="left_right")


def _people_at_baseline(instrument: Instrument, norms: Sequence[Norm]) -> dict[str, tuple[float, float]]:
    """Subscale → mean and SD of people before imagining; of the first group of a norm of scores where there is none."""
    norm = next((norm for norm in norms if norm.instrument == instrument.base), None)
    everyone = norm.row() if norm else None
    if everyone is not None:
        return {key: (found.baseline.mean, found.baseline.sd) for key, found in everyone.subscales.items()}
    of_scores = next(norms_for(instrument, catalogue.score_norms()), None)
    people = of_scores.groups[0].subscales if of_scores else {}
    return {key: (found.mean, found.sd) for key, found in people.items()}


def analyse(store: Store | str | Path, *, norm: Norm | str | Path | None = None) -> Analysis:
    """Parse and score every reply in a store. Raises a StoreError where there is none.

    ``norm`` is a human norm of change to set respondents beside, its id, or the file that holds it; a MaterialError
    where it cannot be read, or is of an instrument that was not asked.
    """
    named = norm if norm is None or isinstance(norm, Norm) else catalogue.norm(str(norm))
    opened = store if isinstance(store, Store) else Store(store, writable=False)
    try:
        collected = collect(opened)
    finally:
        if opened is not store:
            opened.close()
    if named is not None:
        _check_asked(named, collected)
    return Analysis(**vars(collected), norm=named)


def _check_asked(norm: Norm, collected: Collected) -> None:
    asked = sorted({instrument_id(label) for label in collected.instruments})
    if norm.instrument not in asked:
        raise MaterialError(
            f"is of {norm.instrument}, and the store has answers to {', '.join(asked)}",
            where=f"norm {norm.id!r}",
            fix="name a norm of one of these, or leave --norm out",
        )


def best_readings(
    attempts: Sequence[Attempt], instrument: Instrument, administration: Administration, form: Form
) -> tuple[Distribution | Unread, ...]:
    """The distribution of every item that got a reply, or why it has none, in order of items.

    The first attempt at an item from which one can be read counts, as for the scores.
    """
    reader, found = DistributionReader(instrument, form), {}
    for part in range(1, administration.n_messages + 1):
        (item,) = administration.shown(part)
        told = [reader.read(one.logprobs) for one in attempts if one.part == part and one.reply is not None]
        strange = Unread(item, Why.MALFORMED)
        own = [replace(one, item=item) if isinstance(one, Unread) else one for one in told]
        fitting = [one if one.item == item else strange for one in own]
        if fitting:
            found[item] = next((one for one in fitting if isinstance(one, Distribution)), fitting[0])
    return tuple(found[item] for item in sorted(found))


def best_answers(
    attempts: Sequence[Attempt], instrument: Instrument, administration: Administration, form: Form | None = None
) -> tuple[Answer, ...]:
    """The answers of every message's reply with the most valid ones, the earliest of equals; by item number."""
    found: list[Answer] = []
    for part in range(1, administration.n_messages + 1):
        replies = [attempt.reply for attempt in attempts if attempt.part == part and attempt.reply is not None]
        parsed = [parse(reply, instrument, administration.shown(part), form) for reply in replies]
        if parsed:
            found += max(parsed, key=lambda answers: sum(answer.status is AnswerStatus.VALID for answer in answers))
    return tuple(sorted(found, key=lambda answer: answer.item))
