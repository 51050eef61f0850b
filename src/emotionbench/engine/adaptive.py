"""Precision instead of repeats: waves of administrations, each chosen by what the ones before have told.

The plan is that of the full study with the most repeats allowed, ids and all; of it only what is chosen is written to
the store and asked. What the store holds already counts, so that the same command goes on where it was stopped, and
the full study later asks only the rest.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from emotionbench.comparisons.narrowing import Look, PartPlan, RowKind, Standing, Unit, look
from emotionbench.comparisons.parts import Names, Part, parts_to_compare
from emotionbench.engine.frame import Prepared, chunks
from emotionbench.engine.places import Place, Places, Wave, WayKey
from emotionbench.engine.seen import KEYS, Seen
from emotionbench.errors import StudyError
from emotionbench.plan import Plan
from emotionbench.records import Condition, Respondent
from emotionbench.store import Store, writing
from emotionbench.study import Study, n_baselines
from emotionbench.study_materials import Materials, Way

if TYPE_CHECKING:
    from emotionbench.engine.run import Outcome

EXACT_BASELINES = 2
"""So many baselines are asked where another would be the same: as many as give a change an interval."""


async def waves(
    prepared: Prepared, store: Store, respondent: Respondent, tally: Outcome, gone: Callable[[], bool]
) -> AsyncIterator[Wave]:
    """What it takes one respondent to reach the precision wanted, wave by wave, until the run is ``gone``.

    Whoever asks for the next wave has kept what came of the last one. The ``tally`` has what is chosen counted, what
    is to be said early noted, and at the end where every row stands.
    """
    narrowing = Narrowing(prepared.study, prepared.plan, respondent, store)
    wave = await asyncio.to_thread(narrowing.first)
    while wave and not gone():
        for chunk in chunks(wave):
            chosen = [administration for session in chunk for administration in session]
            await asyncio.to_thread(writing.save_administrations, store, chosen)
            tally.n_planned += len(chosen)
        yield wave
        wave = await asyncio.to_thread(narrowing.next)
        tally.notes += [note for note in narrowing.notes if note not in tally.notes]
    tally.standings += narrowing.standings


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
    is_exact = _is_exact(way)
    n = 0 if study.design == "paired" else n_baselines(study, way.situations, n_forms)
    if not is_exact or not emotions:
        return PartPlan(emotions, study.repeats, n, is_exact)
    return PartPlan(emotions, 1, min(n, EXACT_BASELINES), is_exact)


def _is_exact(way: Way) -> bool:
    """Whether another repeat gives the same: each item's probabilities, in a conversation of its own."""
    return way.form is not None and way.form.reads_probabilities and way.form.starts_anew


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
        self.study = study
        self.standings: tuple[Standing, ...] = ()
        self.notes: list[str] = []
        self._places, self._seen = Places(plan, respondent), Seen(store, respondent)
        n_forms = study.ways.n_forms if study.ways else 1
        ways = self._places.ways
        # thousands of ways may put one set of situations
        alike = {(id(way.situations), _is_exact(way)): way for way in ways.values()}
        plans = {kind: plan_of(study, way, n_forms) for kind, way in alike.items()}
        self._plans = {key: plans[id(way.situations), _is_exact(way)] for key, way in ways.items()}
        self._groups = {key: Group([key], own) for key, own in self._plans.items()}
        self._looks: dict[Names, tuple[tuple[int, ...], Look]] = {}
        self._own, self._awaited = set[str](), set[str]()
        """The administrations chosen, and those that have to be read (again): they lacked a reply."""

    @property
    def per(self) -> RowKind:
        """What a row is."""
        return self.study.execution.precision_per

    @property
    def wanted(self) -> float:
        """The half-width wanted, raw points."""
        return self.study.execution.precision or 0.0

    def first(self) -> Wave:
        """The first wave: some of everything, and whatever the store has answers of already."""
        self._seen.read_all()
        answered = self._answered()
        of_way: defaultdict[WayKey, list[Place]] = defaultdict(list)
        for place in answered:
            of_way[place.way].append(place)
        found: list[Place] = []
        for group in self._groups.values():
            known = [place for way in group.ways for place in of_way[way]]
            group.units |= {(place.situation, place.repeat) for place in known if place.situation is not None}
            n_known = sum(place.situation is None for place in known)
            if group.plan.emotions:
                group.n_baselines = max(group.n_baselines, n_known)
                units, n = [*group.plan.first_units(), *sorted(group.units)], group.plan.first_baselines
            else:  # put after nothing, it is asked as planned
                units, n = [], group.plan.n_baselines
            found += self._chosen(group, list(dict.fromkeys(units)), max(n, n_known), first_baseline=0)
        return self._wave(found, answered)

    def next(self) -> Wave:
        """The next wave, by what the store holds now; empty where every row is done. Sets ``standings``.

        Of the store is read what was asked since the last look; where nothing is left to be asked, and other processes
        asked the same respondent meanwhile, once more all.
        """
        self._seen.read(self._awaited)
        self._awaited = self._seen.lacking(self._awaited)
        found = self._look()
        if not found and not self._seen.is_current:
            self._seen.read_all()
            found = self._look()
        return self._wave(found)

    def _look(self) -> list[Place]:
        """Judge every row by what has been read, and choose what is asked next."""
        standings: list[Standing] = []
        found: list[Place] = []
        for part, group in self._parts():
            n_baselines = min(group.n_baselines, group.plan.n_baselines)
            seen = self._judged(part, group, n_baselines)
            standings += seen.standings
            self._note(group, seen)
            found += self._chosen(group, seen.units, seen.n_baselines, first_baseline=n_baselines)
        self.standings = tuple(standings)
        return found

    def _judged(self, part: Part, group: Group, n_baselines: int) -> Look:
        """What a look at a part says; what it said, where nothing has come since."""
        n_scored = part.evoked["value"].count() + part.baseline["value"].count()
        state = (n_scored, part.evoked.height, len(group.units), n_baselines)
        before, seen = self._looks.get(part.names, ((), None))
        if seen is None or before != state:
            seen = look(part, group.plan, self.per, self.wanted, tried=group.units, n_baselines=n_baselines)
            self._looks[part.names] = state, seen
        return seen

    def _wave(self, places: Sequence[Place], known: Mapping[Place, set[str]] = MappingProxyType({})) -> Wave:
        """The wave of these places; what is in it is to be read after it. ``known`` holds ids that were made before."""
        for place in places:
            self._awaited |= known[place] if place in known else self._ids(place)
        self._own |= self._awaited
        self._awaited = self._seen.lacking(self._awaited)
        return Wave(self._places, tuple(places))

    def _ids(self, place: Place) -> set[str]:
        return {administration.id for session in self._places.at(place) for administration in session}

    def _chosen(self, group: Group, units: Sequence[Unit], n_baselines: int, *, first_baseline: int) -> Iterator[Place]:
        """The places of units in every way of a group, and of further baselines; noted as asked."""
        group.units |= set(units)
        group.n_baselines = max(group.n_baselines, first_baseline + n_baselines)
        for repeat in range(first_baseline, first_baseline + n_baselines):
            yield from (Place(way, None, repeat) for way in group.ways)
        for situation, repeat in units:
            yield from (Place(way, situation, repeat) for way in group.ways)

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

    def _answered(self) -> dict[Place, set[str]]:
        """The places of the plan that the store holds a reply to, and the ids of their administrations."""
        names, replied = self._places.names, self._seen.replied
        asked = replied.filter(pl.col("condition").is_in([Condition.BASELINE.value, Condition.EVOKED.value]))
        found: dict[Place, set[str]] = {}
        for identifier, situation, repeat, *way in asked.select(
            "administration", "situation_hash", "repeat", *KEYS
        ).iter_rows():
            if situation is not None and situation not in names:
                continue
            place = Place((way[0], way[1], way[2]), names.get(situation), repeat)
            # with another seed or design it is none of this plan
            if place not in found and identifier in (ids := self._ids(place)):
                found[place] = ids
        return found

    def _parts(self) -> Iterator[tuple[Part, Group]]:
        """What is compared as one, as the tables show it, and the ways that are put in it."""
        scores = self._seen.labelled().filter(pl.col("condition") != Condition.PROBE)
        ways_of = self._ways_of(scores)
        for part in parts_to_compare(scores.drop(KEYS), self._seen.subscale_names(scores)):
            ways = ways_of.get(part.names, [])
            if ways and self._plans[ways[0]].emotions:
                yield part, self._group(ways)

    def _ways_of(self, scores: pl.DataFrame) -> Mapping[Names, list[WayKey]]:
        """Part → the ways of asking of the plan whose evoked administrations are in it."""
        fields = ("respondent", "kind", "instrument", "protocol", "design", "situation_set")
        own = pl.DataFrame({"administration": list(self._own)}, schema={"administration": pl.String})
        evoked = scores.filter(pl.col("condition") == Condition.EVOKED).join(own, on="administration", how="semi")
        found: defaultdict[Names, dict[WayKey, None]] = defaultdict(dict)
        for instrument, protocol, form, *names in evoked.select(*KEYS, *fields).unique(maintain_order=True).iter_rows():
            found[Names(*map(str, names))][instrument, protocol, form] = None
        return {names: list(ways) for names, ways in found.items()}

    def _group(self, ways: list[WayKey]) -> Group:
        """The group of these ways; joined of those that stood apart.

        Where repeats tell more of some of them, all are asked again: a row averages its ways, and those with fewer
        repeats would weigh less in it.
        """
        joined = list({id(self._groups[way]): self._groups[way] for way in ways}.values())
        if len(joined) == 1:
            return joined[0]
        units = set.intersection(*(group.units for group in joined))
        plan = next((one.plan for one in joined if not one.plan.is_exact), joined[0].plan)
        group = Group(ways, plan, units, min(one.n_baselines for one in joined))
        self._groups.update(dict.fromkeys(ways, group))
        return group
