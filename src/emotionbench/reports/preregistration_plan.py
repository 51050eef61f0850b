"""What a pre-registration is written from: the study resolved for people, and the numbers that follow from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from emotionbench.human.study import Edition, HumanStudy
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.situations import Situation
from emotionbench.statistics.expected_width import has_interval
from emotionbench.survey import Question, Survey, Texts, in_language

EVOKING = "evoking"
TO_FILL_IN = "**[to fill in]**"


@dataclass(frozen=True)
class FactorPlan:
    """A factor that people are given situations of; ``counts`` by kind, ``ids`` of all of them."""

    id: str
    name: str
    emotion: str
    counts: dict[str, int]
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Planned:
    """A study with people as it is about to be registered; ``n`` overrides the completed sessions that it wants."""

    study: HumanStudy
    n: int | None = None

    @property
    def survey(self) -> Survey:
        """What people are asked besides the instruments."""
        return self.study.survey

    @property
    def edition(self) -> Edition:
        """The edition that people see unless they choose another."""
        return next(iter(self.study.editions.values()))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that people choose among."""
        return tuple(self.study.editions)

    @property
    def n_people(self) -> int | None:
        """Completed sessions wanted over all; None where no number is set."""
        return self.n or self.survey.collection.n

    @cached_property
    def situations(self) -> tuple[Situation, ...]:
        """The situations in the first language; those of the other languages are the same."""
        return tuple(self.edition.situations.values())

    @property
    def n_texts(self) -> int:
        """Situations counted in every language, as the allocation counts them."""
        return len(self.situations) * len(self.languages)

    @property
    def per_situation(self) -> float | None:
        """People a situation and language that are to be expected; None where no number is set."""
        most = self.survey.collection.n_per_situation
        share = None if self.n_people is None else self.n_people / self.n_texts
        found = [number for number in (share, most) if number is not None]
        return min(found) if found else None

    @cached_property
    def instruments(self) -> tuple[Instrument, ...]:
        """The instruments in the first language, in the order of the study."""
        return tuple(instrument for instrument, _ in self.edition.put)

    @cached_property
    def factors(self) -> tuple[FactorPlan, ...]:
        """The factors, emotion by emotion as the set has them."""
        return factors_of(self.situations)

    def factors_around(self, instrument: Instrument) -> tuple[FactorPlan, ...]:
        """The factors that an instrument is put around."""
        return factors_of(next(put for one, put in self.edition.put if one is instrument))

    def words(self, texts: Texts) -> str:
        """A text of the study in the first language."""
        return in_language(texts, self.edition.language) or ""


def factors_of(situations: Iterable[Situation]) -> tuple[FactorPlan, ...]:
    """The factors of these situations, in their order."""
    found: dict[str, list[Situation]] = {}
    for one in situations:
        found.setdefault(one.factor, []).append(one)
    return tuple(
        FactorPlan(
            factor,
            own[0].factor_name,
            own[0].emotion,
            dict(Counter(one.kind for one in own)),
            tuple(one.id for one in own),
        )
        for factor, own in found.items()
    )


def n_tested(factors: Sequence[FactorPlan], kind: str = EVOKING) -> tuple[int, int, int]:
    """How many rows of factors, of emotions and overall will have a test, of the situations of a kind."""
    own = [one for one in factors if kind in one.counts]
    numbers = {emotion: number for number, emotion in enumerate(dict.fromkeys(one.emotion for one in own))}
    counts, pools = [one.counts[kind] for one in own], [numbers[one.emotion] for one in own]
    by_factor = [[place == number for place in range(len(own))] for number in range(len(own))]
    by_emotion = [[pool == number for pool in pools] for number in numbers.values()]
    overall = [[True] * len(own)] if len(numbers) > 1 else []
    of_factors, of_emotions, of_all = (
        sum(has_interval(counts, pools, chosen) for chosen in rows) for rows in (by_factor, by_emotion, overall)
    )
    return of_factors, of_emotions, of_all


def n_tested_together(factors: Sequence[FactorPlan], kind: str) -> int:
    """1 where the situations of a kind, of all factors together, will have a test; else 0."""
    own = [one for one in factors if kind in one.counts]
    numbers = {emotion: number for number, emotion in enumerate(dict.fromkeys(one.emotion for one in own))}
    counts, pools = [one.counts[kind] for one in own], [numbers[one.emotion] for one in own]
    return int(has_interval(counts, pools, [True] * len(own)))


def asked_in_words(planned: Planned) -> Iterator[str]:
    """Every question about the person, with what can be answered."""
    for entry in planned.survey.demographics:
        if isinstance(entry, Question):
            options = [f"{planned.words(option.text)} ({option.value})" for option in entry.options]
            bounds = f"a whole number from {entry.lowest} to {entry.highest}"
            answers = {"choice": ", ".join(options), "number": bounds, "text": "in own words"}[entry.kind]
            yield f"{entry.id}: “{planned.words(entry.text)}” ({answers})"
        else:
            known = planned.edition.pages.questions[entry]
            options = [f"{text} ({value})" for value, text in known.options.items()]
            answers = ", ".join(options) or ("a whole number" if entry == "age" else "in own words")
            yield f"{entry}: “{known.text}” ({answers})"


def bullets(lines: Iterable[str]) -> str:
    """Lines as a list."""
    return "\n".join(f"- {line}" for line in lines)


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]], n_text: int = 1) -> str:
    """A table whose first columns are text."""
    rule = tuple("---" if index < n_text else "---:" for index in range(len(header)))
    return "\n".join("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in (header, rule, *rows))


def quoted(text: str) -> str:
    """A text of the study as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
