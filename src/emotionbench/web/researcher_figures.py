"""The figures of a running study for its researcher: how many people, where they are, how long they take."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from statistics import quantiles
from threading import Lock

from emotionbench.human.facts import person_facts
from emotionbench.human.session import ABOUT, AFTER, BEFORE, END, SITUATION, pages_of
from emotionbench.materials.situations import Situation
from emotionbench.store.overview import Overview, Pages, Standing, overview
from emotionbench.survey import COMPLETE, FAILED_CHECKS, FULL, SCREENED_OUT, Exclusions
from emotionbench.web.site import Site

ACTIVE_SECONDS = 600
"""Who has not ended and was seen within so many seconds is under way; else they left."""
FEWEST = 5
"""Of fewer people no median is shown: it would be one person's."""
KINDS = ("evoking", "neutral", "positive")
MOST_NAMED = 3
NOW, LEFT = "now", "left"
Version = tuple[str | None, int]


@dataclass(frozen=True)
class Spread:
    """The median of so many people's seconds, and the quartiles around it; None for fewer than ``FEWEST``."""

    n: int
    median: str | None = None
    quarters: tuple[str, str] | None = None


@dataclass(frozen=True)
class Counts:
    """People who were given a situation, by how they stand."""

    n_complete: int = 0
    n_now: int = 0
    n_left: int = 0
    n_failed: int = 0

    @classmethod
    def of(cls, states: Counter[str]) -> Counts:
        """By the words of ``state_of``."""
        return cls(states[COMPLETE], states[NOW], states[LEFT], states[FAILED_CHECKS])


@dataclass(frozen=True)
class Line:
    """One line of a table of counts: its name, what explains it, and the language of both where it is another."""

    name: str
    explained: str
    language: str
    counts: Counts


@dataclass(frozen=True)
class Group:
    """The situations of one emotion, with their sums."""

    name: str
    counts: Counts
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class PageLine:
    """One page: everybody who reached it either sent it, is on it now, or left there."""

    name: str
    n_reached: int
    n_sent: int
    n_now: int
    n_left: int
    spread: Spread


@dataclass(frozen=True)
class QuotaLine:
    """An answer, and how many who gave it are complete or hold a place, of how many."""

    answer: str
    n: int
    of: int


@dataclass(frozen=True)
class Figures:
    """Everything that the researcher's page shows, at ``as_of``."""

    as_of: str
    state: str
    state_explained: str
    n_wanted: int | None
    people: Counter[str]
    n_withdrawn: int
    n_expired: int
    n_met_full: int
    n_asked_checks: int
    groups: tuple[Group, ...]
    kinds: tuple[Line, ...]
    quotas: tuple[QuotaLine, ...]
    whole: Spread
    pages: tuple[PageLine, ...]
    checks: tuple[tuple[int, int], ...]
    exclusions: tuple[tuple[str, int], ...]
    has_several_languages: bool

    @property
    def n_complete(self) -> int:
        """People who finished."""
        return self.people[COMPLETE]

    @property
    def n_ended(self) -> int:
        """People who answered every sheet."""
        return self.people[COMPLETE] + self.people[FAILED_CHECKS]

    @property
    def n_people(self) -> int:
        """Everybody who consented and was not deleted."""
        return self.people.total()


@dataclass(frozen=True)
class _Read:
    """What figures need of the pages of one person."""

    version: Version
    seconds: dict[str, float]
    n_failed_checks: int
    reason: str | None


class Watch:
    """Figures of a study, again and again: people whose pages have not changed are not read a second time."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._read: dict[str, _Read] = {}
        self._lock = Lock()

    def figures(self, now: float) -> Figures:
        """The figures at ``now``, in seconds since 1970 UTC."""
        site = self.site
        answers = [(question, value) for question, value, _ in site.limits.quotas]
        with self._lock:
            known = {person: read.version for person, read in self._read.items()}
            found = overview(site.store, site.study.hash, answers, since=now - site.limits.lapse, known=known)
            self._read = {one.id: self._reading(one, found.sent) for one in found.people}
            return _Made(site, found, self._read, now).figures()

    def _reading(self, one: Standing, sent: dict[str, Pages]) -> _Read:
        if one.id not in sent:
            return self._read[one.id]
        pages = sent[one.id]
        facts = person_facts(one.outcome, pages)
        reason = self.site.study.survey.exclusions.reason(facts)
        return _Read(
            one.version, {page: seconds for page, (seconds, _) in pages.items()}, facts.n_failed_checks, reason
        )


class _Made:
    """The figures of one moment."""

    def __init__(self, site: Site, found: Overview, read: dict[str, _Read], now: float) -> None:
        self.site, self.found, self.read, self.now = site, found, read, now
        self.states = {one.id: self._state_of(one) for one in found.people}

    def figures(self) -> Figures:
        state, explained = self._state()
        survey, departures = self.site.study.survey, self.found.departures
        return Figures(
            as_of=f"{datetime.fromtimestamp(self.now, UTC):%H:%M:%S} UTC",
            state=state,
            state_explained=explained,
            n_wanted=survey.collection.n,
            people=Counter(self.states.values()),
            n_withdrawn=departures.get("withdrawn", 0),
            n_expired=departures.get("retention", 0),
            n_met_full=sum(self._met_full(one) for one in self.found.people),
            n_asked_checks=survey.attention_checks,
            groups=self._groups(),
            kinds=self._kinds(),
            quotas=self._quotas(),
            whole=_spread([sum(read.seconds.values()) for read in self._of(COMPLETE)]),
            pages=self._pages(),
            checks=self._checks(),
            exclusions=self._exclusions(),
            has_several_languages=len(self.site.study.editions) > 1,
        )

    def _state_of(self, one: Standing) -> str:
        return one.outcome or (NOW if one.seen_at > self.now - ACTIVE_SECONDS else LEFT)

    def _of(self, *states: str) -> list[_Read]:
        return [self.read[person] for person, state in self.states.items() if state in states]

    def _state(self) -> tuple[str, str]:
        collection, limits = self.site.study.survey.collection, self.site.limits
        if self.site.is_closed:
            return "Closed", f"The last day was {collection.closes} (UTC)."
        until = f"until the end of {collection.closes} (UTC)" if collection.closes else "without a closing date"
        n, each = limits.n, limits.n_per_situation
        filled = self.found.tally.filled
        if n is not None and self.found.tally.n >= n:
            n_held = self.found.tally.n - sum(state == COMPLETE for state in self.states.values())
            held = (
                f"{n_held:,} place{'s are' if n_held > 1 else ' is'} held for people under way. " if n_held > 0 else ""
            )
            return "Full", f"{held}Nobody new is let in; open {until}."
        if each is not None and all(filled.get(cell, 0) >= each for cell in self._situations):
            return "Full", f"Every situation has its {each:,}. Nobody new is let in; open {until}."
        return "Open", f"{until[0].upper()}{until[1:]}."

    @cached_property
    def _situations(self) -> dict[str, tuple[Situation, str]]:
        """Every situation with its language, by hash, in the order of the study."""
        return {
            key: (situation, edition.language)
            for edition in self.site.study.editions.values()
            for key, situation in edition.situations.items()
        }

    def _counted(self, key_of: Callable[[Situation], str]) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {key_of(one): Counter() for one, _ in self._situations.values()}
        for person in self.found.people:
            if person.situation in self._situations:
                found[key_of(self._situations[person.situation][0])][self.states[person.id]] += 1
        return found

    def _groups(self) -> tuple[Group, ...]:
        by_situation: dict[str, Counter[str]] = {key: Counter() for key in self._situations}
        for person in self.found.people:
            if person.situation in by_situation:
                by_situation[person.situation][self.states[person.id]] += 1
        groups = []
        for emotion, states in self._counted(lambda one: one.emotion).items():
            lines = tuple(
                Line(one.id, one.factor_name, language, Counts.of(by_situation[key]))
                for key, (one, language) in self._situations.items()
                if one.emotion == emotion
            )
            groups.append(Group(emotion, Counts.of(states), lines))
        return tuple(groups)

    def _kinds(self) -> tuple[Line, ...]:
        counted = self._counted(lambda one: one.kind)
        n_of: Counter[str] = Counter(one.kind for one, _ in self._situations.values())
        return tuple(
            Line(kind, f"{n_of[kind]:,} situation{'s' * (n_of[kind] != 1)}", "en", Counts.of(counted[kind]))
            for kind in KINDS
            if kind in counted
        )

    def _quotas(self) -> tuple[QuotaLine, ...]:
        filled = self.found.tally.with_answer
        return tuple(
            QuotaLine(f"{question}: {value}", filled[question, value], n)
            for question, value, n in self.site.limits.quotas
        )

    def _sequence(self, situation: str | None) -> tuple[str, ...]:
        """The pages of a person who was given this situation, or none yet."""
        if situation not in self._situations:
            return (ABOUT,) if self.site.study.survey.demographics else ()
        return self._sequences[situation]

    @cached_property
    def _sequences(self) -> dict[str, tuple[str, ...]]:
        study = self.site.study
        return {
            key: pages_of(study, len(study.editions[language].instruments(key)))
            for key, (_, language) in self._situations.items()
        }

    def _met_full(self, one: Standing) -> bool:
        """Whether somebody found every place taken."""
        return one.outcome == FULL

    def _pages(self) -> tuple[PageLine, ...]:
        pages = max((self._sequence(key) for key in self._situations), key=len)
        furthest: Counter[tuple[tuple[str, ...], int]] = Counter()
        stands: Counter[tuple[str, str]] = Counter()
        seconds: defaultdict[str, list[float]] = defaultdict(list)
        for one in self.found.people:
            sequence = self._sequence(one.situation)
            furthest[sequence, one.n_sent] += 1
            if one.outcome not in (SCREENED_OUT, FULL) and one.n_sent < len(sequence):
                is_now = one.seen_at > self.now - ACTIVE_SECONDS
                stands[sequence[one.n_sent], NOW if is_now else LEFT] += 1
            for page, taken in self.read[one.id].seconds.items():
                seconds[page].append(taken)
        sent: Counter[str] = Counter()
        for (sequence, n_sent), n in furthest.items():
            sent.update(dict.fromkeys(sequence[:n_sent], n))
        return tuple(
            PageLine(
                self._name_of(page),
                sent[page] + stands[page, NOW] + stands[page, LEFT],
                sent[page],
                stands[page, NOW],
                stands[page, LEFT],
                _spread(seconds[page]),
            )
            for page in pages
        )

    def _name_of(self, page: str) -> str:
        fixed = {ABOUT: "Questions about the person", SITUATION: "Situation", END: "Debriefing"}
        if page in fixed:
            return fixed[page]
        moment, _, number = page.partition("-")
        when = {BEFORE: "before", AFTER: "after"}[moment]
        return f"{self._instruments[int(number) - 1]}, {when}"

    @cached_property
    def _instruments(self) -> list[str]:
        """What stands in each place of the sheets: one instrument, or several where it depends on the situation."""
        places: list[dict[str, None]] = []
        for key, (_, language) in self._situations.items():
            for place, instrument in enumerate(self.site.study.editions[language].instruments(key)):
                places += [{}] if place == len(places) else []
                places[place][instrument.base] = None
        return [
            " or ".join(names) if len(names) <= MOST_NAMED else f"Instrument {place}"
            for place, names in enumerate(places, 1)
        ]

    def _checks(self) -> tuple[tuple[int, int], ...]:
        """How many people failed none, one, two … of the checks, of those who answered every sheet."""
        n = self.site.study.survey.attention_checks
        failed = Counter(read.n_failed_checks for read in self._of(COMPLETE, FAILED_CHECKS))
        return tuple((k, failed[k]) for k in range(n + 1)) if n else ()

    def _exclusions(self) -> tuple[tuple[str, int], ...]:
        """How many of those who answered every sheet each rule leaves out, the first that applies to them."""
        reasons = Counter(read.reason for read in self._of(COMPLETE, FAILED_CHECKS))
        return tuple((words, reasons[reason]) for reason, words in rules_in_words(self.site.study.survey.exclusions))


def rules_in_words(rules: Exclusions) -> list[tuple[str, str]]:
    """The rules that a study declares, by the reason that each gives, in the order in which they are applied."""
    told = {
        "failed_checks": (rules.failed_checks, "attention checks failed: {} or more"),
        "too_fast": (rules.seconds_an_item, "a sheet answered in less than {:g} s an item"),
        "same_answer": (rules.same_answer or None, "a sheet with one answer to all its items"),
        "missing_items": (rules.missing_items, "items left out: {} or more"),
        "read_too_fast": (rules.reading_seconds, "less than {:g} s on the situation"),
        "no_reflection": (rules.reflection_words, "an account of the situation of fewer than {} words"),
    }
    return [(reason, words.format(limit)) for reason, (limit, words) in told.items() if limit is not None]


def _spread(seconds: Sequence[float]) -> Spread:
    if len(seconds) < FEWEST:
        return Spread(len(seconds))
    low, median, high = quantiles(seconds, n=4, method="inclusive")
    return Spread(len(seconds), duration(median), (duration(low), duration(high)))


def duration(seconds: float) -> str:
    """Seconds in words: ``41 s``, ``12 min 5 s``, ``1 h 3 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
