"""The people among the respondents of a store, ready to be a norm for the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from emotionbench.comparisons.norm_making import NormHere, Origin, People, norm_here
from emotionbench.comparisons.parts import instrument_id
from emotionbench.documents import content_hash
from emotionbench.records import Condition, Design, RespondentKind

LICENCE = (
    "Means, standard deviations and correlations of people's scores, with means of each situation; no answer of a"
    " person as such. Where one person alone imagined a situation, its means are that person's."
)
_SLUG = re.compile(r"[^\w.+]+")


@dataclass(frozen=True)
class Crowd:
    """The people of one respondent, instrument and set of situations, in whatever language they were asked."""

    respondent: str
    instrument: str
    situation_set: str
    people: People
    sha256: str

    def origin(self, identifier: str | None = None) -> Origin:
        """What a norm of them says of itself."""
        instrument = instrument_id(self.instrument)
        return Origin(
            id=identifier or _SLUG.sub("-", f"{self.respondent}-{instrument}".casefold()).strip("-"),
            name=self.respondent,
            instrument=instrument,
            situation_set=self.situation_set,
            source=f"Scores of {self.respondent}, recorded with emotionbench; the hash is that of these scores.",
            licence=LICENCE,
            sha256=self.sha256,
        )


def crowds(scores: pl.DataFrame, subscale_names: Mapping[str, Mapping[str, str]]) -> Iterator[Crowd]:
    """All people in labelled scores (as for ``change.change_blocks``) who answered before and after, largest first."""
    of_people = scores.filter(
        (pl.col("kind") == RespondentKind.HUMAN.value) & (pl.col("design") == Design.PAIRED.value)
    )
    found = []
    for (respondent, instrument), own in of_people.group_by("respondent", "instrument", maintain_order=True):
        sets = own["situation_set"].drop_nulls().unique(maintain_order=True).to_list()
        placed = own.filter(pl.col("situation_set").is_not_null())
        for place, situation_set in enumerate(sets):
            of_set = placed.filter(pl.col("situation_set") == situation_set)["session"]
            # who never came to a situation belongs to no set, and counts once as excluded
            unplaced = ~pl.col("session").is_in(placed["session"].implode()) if place == 0 else pl.lit(value=False)
            chosen = own.filter(pl.col("session").is_in(of_set.implode()) | unplaced)
            people = People(chosen, tuple(subscale_names[str(instrument)]))
            found.append(Crowd(str(respondent), str(instrument), str(situation_set), people, _sha256(chosen)))
    yield from sorted(found, key=lambda crowd: -crowd.people.n)


def norms_here(
    scores: pl.DataFrame, subscale_names: Mapping[str, Mapping[str, str]]
) -> tuple[tuple[NormHere, ...], tuple[str, ...]]:
    """A norm of each crowd that somebody else of the scores can be set beside, the largest first; and what is lacking.

    Somebody else: who is no person, and answered the same instrument about situations of the same set.
    """
    others = scores.filter(pl.col("kind") != RespondentKind.HUMAN.value)
    asked = others.select(pl.col("instrument", "situation_set").cast(pl.String)).drop_nulls().unique()
    wanted = {(instrument_id(instrument), situation_set) for instrument, situation_set in asked.iter_rows()}
    norms, problems = [], []
    for crowd in crowds(scores, subscale_names) if wanted else ():
        if (instrument_id(crowd.instrument), crowd.situation_set) not in wanted:
            continue
        norm, lack = norm_here(crowd.people, crowd.origin())
        norms += [norm] if norm is not None else []
        problems += [f"norm of {crowd.respondent} on {crowd.instrument}: {lack}"] if lack else []
    return tuple(norms), tuple(problems)


def _sha256(scores: pl.DataFrame) -> str:
    """Of the scores that a norm is made from, whatever their order."""
    columns = ("session", "condition", "situation", "subscale", "value")
    chosen = scores.filter(
        pl.col("condition").cast(pl.String).is_in([Condition.BASELINE.value, Condition.EVOKED.value])
    )
    rows = chosen.select(pl.col(name).cast(pl.String) if name != "value" else pl.col(name) for name in columns)
    return content_hash(rows.sort(columns).rows())
