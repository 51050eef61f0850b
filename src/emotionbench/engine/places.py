"""Every session of one respondent's plan, by what it asks: made when it is asked for, and not held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from emotionbench.materials.situations import Situation
from emotionbench.plan import Hashes, Plan, PlannedWay, Session
from emotionbench.records import Respondent
from emotionbench.study_materials import Way

WayKey = tuple[str, str, str | None]
"""The hashes of instrument, protocol and form."""
_Named = dict[str, list[tuple[Situation, str]]]
"""By the id of an evoking situation: that one and its counterparts, with their hashes."""


class Place(NamedTuple):
    """Where a session stands in the plan of its way: the situation (None: a baseline) and the repeat."""

    way: WayKey
    situation: str | None
    repeat: int


class Places:
    """The sessions of one respondent in the plan of a study."""

    def __init__(self, plan: Plan, respondent: Respondent) -> None:
        self._study, hashes = plan.study, Hashes()
        self._n_forms = plan.study.ways.n_forms if plan.study.ways else 1
        self._planned: dict[WayKey, PlannedWay] = {}
        self._named: dict[WayKey, _Named] = {}
        of_set: dict[int, _Named] = {}
        for way in plan.materials.ways:
            planned = PlannedWay(plan.study, way, respondent, hashes)
            key = (planned.putting.instrument, planned.putting.protocol, planned.putting.form)
            self._planned[key] = planned
            # thousands of ways may put one set
            if id(way.situations) not in of_set:
                of_set[id(way.situations)] = _by_name(planned.situations)
            self._named[key] = of_set[id(way.situations)]

    @property
    def ways(self) -> dict[WayKey, Way]:
        """The ways of asking, by their hashes."""
        return {key: planned.way for key, planned in self._planned.items()}

    @cached_property
    def names(self) -> dict[str, str]:
        """Hash of an evoking situation → the name of its place."""
        sets = {id(named): named for named in self._named.values()}.values()
        every = (pair for named in sets for pairs in named.values() for pair in pairs)
        return {key: name_of(situation) for situation, key in every if situation.kind == "evoking"}

    def at(self, place: Place) -> Iterator[Session]:
        """The sessions of a place: its own, and those of its counterparts; none where the plan has no such place."""
        planned = self._planned.get(place.way)
        if planned is None:
            return
        if place.situation is not None:
            if place.repeat < self._study.repeats:
                for situation, key in self._named[place.way].get(place.situation, ()):
                    yield planned.session(situation, key, place.repeat)
        elif self._study.design == "independent" and place.repeat < planned.n_baselines(self._study, self._n_forms):
            yield (planned.administration(planned.without_situation, None, place.repeat),)


@dataclass(frozen=True)
class Wave:
    """Sessions that are to be asked, made anew whenever they are gone through."""

    places: Places
    chosen: tuple[Place, ...]

    def __bool__(self) -> bool:
        return bool(self.chosen)

    def __iter__(self) -> Iterator[Session]:
        for place in self.chosen:
            yield from self.places.at(place)


def name_of(situation: Situation) -> str:
    """The name of the place at which a situation is put: a counterpart goes with the one it is a counterpart of."""
    return situation.counterpart_of or situation.id


def _by_name(situations: Sequence[tuple[Situation, str]]) -> _Named:
    found: defaultdict[str, list[tuple[Situation, str]]] = defaultdict(list)
    for situation, key in situations:
        found[name_of(situation)].append((situation, key))
    return dict(found)
