"""Precision instead of repeats: waves of administrations, each chosen by what the ones before have told.

The plan is that of the full study with the most repeats allowed, ids and all; of it only what is chosen is written to
the store and asked. What the store holds already counts, so that the same command goes on where it was stopped, and
the full study later asks only the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import polars as pl

from emotionbench.collecting import collect
from emotionbench.comparisons.findings import subscale_names
from emotionbench.comparisons.narrowing import Look, PartPlan, RowKind, Standing, Unit, look
from emotionbench.comparisons.parts import Names, Part, parts_to_compare
from emotionbench.documents import content_hash
from emotionbench.errors import StoreError, StudyError
from emotionbench.plan import Plan, Session
from emotionbench.records import Condition, Respondent
from emotionbench.store import Store, reading
from emotionbench.study import Materials, Study, Way, n_baselines

"""The most repeats with a precision wanted, where the study does not say."""
EXACT_BASELINES = 2
IDS_AT_ONCE = 200
WayKey = tuple[str, str, str | None]
"""The hashes of instrument, protocol and form."""


def check_reachable(study: Study, materials: Materials) -> None:
    """Raise a StudyError where all that could be asked gives some row no interval, before anything is asked."""
    if study.execution.precision is None:
        return
    if any(way.probe for way in materials.ways):
        raise _unreachable("a probe has no change, and so no interval", "run probes by themselves, without --precision")
    if not any(way.situations for way in materials.ways):
        raise _unreachable(
            "without situations there is no change", "leave out --precision, or name a set of situations"
        )
    for way in materials.ways:
        plan = plan_of(study, way, study.ways.n_forms if study.ways else 1)
        if plan.emotions and study.design == "independent" and plan.n_baselines < EXACT_BASELINES:
            raise _unreachable(
                "fewer than two baselines give the change no interval", "set baseline_repeats to 20, say"
            )
        for row in plan.rows(study.execution.precision_per):
            if not row.has_interval:
                n = sum(map(len, row.of_pool.values()))
                what = "situation" if n == 1 else "situations, one a factor"
                raise _unreachable(
                    f"{row.label} has {n} {what}: nothing says how its situations vary, so that it has no interval",
                    "put two situations of each factor or more"
                    + ("; or ask for --precision-per emotion" if len(row.of_pool) > 1 else ""),
                )


def _unreachable(what: str, fix: str) -> StudyError:
    return StudyError(what, where="execution: precision", fix=fix)


def plan_of(study: Study, way: Way, n_forms: int = 1) -> PartPlan:
    """What can be asked in one way: its evoking situations, repeats and baselines."""
    emotions: dict[str, dict[str, tuple[str, ...]]] = {}
    for situation in way.situations:
        if situation.kind == "evoking":
            factors = emotions.setdefault(situation.emotion, {})
            factors[situation.factor] = (*factors.get(situation.factor, ()), situation.id)
    is_exact = way.form is not None and way.form.reads_probabilities and way.form.starts_anew
    n = 0 if study.design == "paired" else n_baselines(study, way.situations, n_forms)
    if not is_exact or not emotions:
        return PartPlan(emotions, study.repeats, n, is_exact)
    return PartPlan(emotions, 1, min(n, EXACT_BASELINES), is_exact)


class Place(NamedTuple):
    """Where a session stands in the plan of its way: the situation (None: a baseline) and the repeat."""

    way: WayKey
    situation: str | None
    repeat: int


@dataclass
class Group:
    """The ways that are compared as one part, and what has been asked of them."""

    ways: list[WayKey]
    plan: PartPlan
    units: set[Unit] = field(default_factory=set)
    n_baselines: int = 0


class Narrowing:
    """What one respondent is asked, wave by wave.

    ``standings`` are those of the last look; ``notes`` say early what cannot be reached.
    """

    def __init__(self, study: Study, plan: Plan, respondent: Respondent, store: Store) -> None:
        self.study, self.store, self.respondent = study, store, respondent
        self.standings: tuple[Standing, ...] = ()
        self.notes: list[str] = []
        self._index = _Index(plan, respondent)
        n_forms = study.ways.n_forms if study.ways else 1
        self._plans = {key: plan_of(study, way, n_forms) for key, way in self._index.ways.items()}
        self._groups = {key: Group([key], own) for key, own in self._plans.items()}

    @property
    def per(self) -> RowKind:
        """What a row is."""
        return self.study.execution.precision_per

    @property
    def wanted(self) -> float:
        """The half-width wanted, raw points."""
        return self.study.execution.precision or 0.0

    def first(self) -> list[Session]:
        """The first wave: some of everything, and whatever the store has answers of already."""
        answered = self._answered()
        found: list[Session] = []
        for group in self._groups.values():
            for way in group.ways:
                known = {place for place in answered if place.way == way}
                group.units |= {(p.situation, p.repeat) for p in known if p.situation is not None}
                n_known = sum(place.situation is None for place in known)
                if group.plan.emotions:
                    group.n_baselines = max(group.n_baselines, n_known)
                    units, n = [*group.plan.first_units(), *sorted(group.units)], group.plan.first_baselines
                else:  # put after nothing, it is asked as planned
                    units, n = [], group.plan.n_baselines
                found += self._sessions(group, list(dict.fromkeys(units)), max(n, n_known), first_baseline=0)
        return found

    def next(self) -> list[Session]:
        """The next wave, by what the store holds now; empty where every row is done. Sets ``standings``."""
        self._regroup()
        standings: list[Standing] = []
        found: list[Session] = []
        for part, group in self._parts:
            n_baselines = min(group.n_baselines, group.plan.n_baselines)
            seen = look(part, group.plan, self.per, self.wanted, tried=group.units, n_baselines=n_baselines)
            standings += seen.standings
            self._note(group, seen)
            found += self._sessions(group, seen.units, seen.n_baselines, first_baseline=n_baselines)
        self.standings = tuple(standings)
        return found

    def _sessions(
        self, group: Group, units: Sequence[Unit], n_baselines: int, *, first_baseline: int
    ) -> Iterable[Session]:
        """The sessions of units in every way of a group, and further baselines; noted as asked."""
        group.units |= set(units)
        group.n_baselines = max(group.n_baselines, first_baseline + n_baselines)
        for repeat in range(first_baseline, first_baseline + n_baselines):
            for way in group.ways:
                yield from self._index.at(Place(way, None, repeat))
        for situation, repeat in units:
            for way in group.ways:
                yield from self._index.at(Place(way, situation, repeat))

    def _note(self, group: Group, seen: Look) -> None:
        """Say, once a part, which rows cannot be had as narrow as wanted."""
        far = [one for one in seen.standings if one.is_far]
        label = str(far[0].names) if far else ""
        if not far or any(note.startswith(label) for note in self.notes):
            return
        repeats = "all there is to ask" if group.plan.n_repeats == 1 else f"all {group.plan.n_repeats} repeats"
        widest = max(far, key=lambda one: one.best or 0.0)
        others = f", as for {len(far) - 1} more" if len(far) > 1 else ""
        self.notes.append(
            f"{label}: ± {self.wanted:g} is out of reach: about ± {widest.best:.2f} is what {repeats} would give for"
            f" {widest.label}{others}"
        )

    def _answered(self) -> set[Place]:
        """What the store holds a reply to."""
        found: set[Place] = set()
        ids = iter(self._index.places)
        while some := list(islice(ids, IDS_AT_ONCE)):
            found |= {
                self._index.places[key] for key, tried in reading.progress(self.store, some).items() if tried.replies
            }
        return found

    def _regroup(self) -> None:
        """Which ways are one part: those whose administrations have the labels of one, as the tables show them."""
        self._parts: list[tuple[Part, Group]] = []
        try:
            collected = collect(self.store)
        except StoreError:
            return
        scores = (
            collected.administrations.drop("n_valid", "n_items")
            .with_row_index("row")
            .join(
                collected.compact_scores.rename({"administration": "row"}),
                on="row",
                how="inner",
                maintain_order="left_right",
            )
        )
        own = pl.DataFrame({"administration": list(self._index.places)}, schema={"administration": pl.String})
        mine = scores.join(own, on="administration", how="semi")
        labels = mine["respondent"].unique().to_list()
        of_respondent = scores.filter(pl.col("respondent").is_in(labels), pl.col("condition") != Condition.PROBE)
        ways_of = self._ways_of(mine)
        for part in parts_to_compare(of_respondent, subscale_names(collected.instruments)):
            ways = ways_of.get(part.names, [])
            if ways and self._plans[ways[0]].emotions:
                self._parts.append((part, self._group(ways)))

    def _ways_of(self, mine: pl.DataFrame) -> Mapping[Names, list[WayKey]]:
        """Part → the ways of asking whose evoked administrations are in it."""
        fields = ("respondent", "kind", "instrument", "protocol", "design", "situation_set")
        found: defaultdict[Names, dict[WayKey, None]] = defaultdict(dict)
        evoked = mine.filter(pl.col("condition") == Condition.EVOKED)
        for identifier, *names in evoked.select("administration", *fields).unique(maintain_order=True).iter_rows():
            found[Names(*map(str, names))][self._index.places[identifier].way] = None
        return {names: list(ways) for names, ways in found.items()}

    def _group(self, ways: list[WayKey]) -> Group:
        """The group of these ways; joined of those that stood apart."""
        joined = list({id(self._groups[way]): self._groups[way] for way in ways}.values())
        if len(joined) == 1:
            return joined[0]
        units = set.intersection(*(group.units for group in joined))
        group = Group(ways, joined[0].plan, units, min(one.n_baselines for one in joined))
        self._groups.update(dict.fromkeys(ways, group))
        return group


class _Index:
    """Every session of one respondent's plan, by what it asks."""

    def __init__(self, plan: Plan, respondent: Respondent) -> None:
        materials = plan.materials
        self.ways = {_key_of(way): way for way in materials.ways}
        situations = {content_hash(situation): situation for situation in materials.situations}
        self._sessions: defaultdict[Place, list[Session]] = defaultdict(list)
        self.places: dict[str, Place] = {}
        for session in plan.of(respondent):
            asked = next((a for a in session if a.situation is not None), session[0])
            situation = situations[asked.situation] if asked.situation else None
            # a counterpart goes with the situation that it is one of
            name = (situation.counterpart_of or situation.id) if situation else None
            place = Place((asked.instrument, asked.protocol, asked.form), name, asked.repeat)
            self._sessions[place].append(session)
            if situation is None or situation.kind == "evoking":
                self.places[asked.id] = place

    def at(self, place: Place) -> Iterator[Session]:
        """The sessions of a place: its own, and those of its counterparts."""
        yield from self._sessions.get(place, ())


def _key_of(way: Way) -> WayKey:
    return content_hash(way.instrument), content_hash(way.protocol), content_hash(way.form) if way.form else None
