"""What a study takes, known before anything is asked or every form is made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from emotionbench.engine.lane import Wordings
from emotionbench.plan import Plan
from emotionbench.records import Message, Respondent, RespondentKind
from emotionbench.respondents.embedded import reply_text
from emotionbench.study import Materials, Size, Study, Way, materials_of_forms, n_baselines, size_of

CHARACTERS_PER_TOKEN = 4
FORMS_READ, SITUATIONS_READ, LEAST_SITUATIONS_READ = 60, 480, 8


@dataclass(frozen=True)
class Cost:
    """Administrations, messages and tokens of a study; tokens at 4 characters each, without reasoning or retries."""

    size: Size
    n_messages: int
    input_tokens: int
    output_tokens: int

    def __str__(self) -> str:
        return (
            f"{self.size.n_administrations:,} administrations, {self.n_messages:,} messages, about"
            f" {self.input_tokens:,} tokens in and {self.output_tokens:,} out"
        )


class Costs:
    """What a study takes, estimated from the prompts of some situations in some forms, spread over all.

    Administrations and messages are exact where every form asks as much as the others; raises as ``materials_of``.
    """

    def __init__(self, study: Study) -> None:
        self.study, self.size = study, size_of(study)
        self.plan = sample_plan(study)
        materials = self.plan.materials
        reader = _Reader(study, materials)
        n_each = max(SITUATIONS_READ // max(len(materials.ways), 1), LEAST_SITUATIONS_READ)
        self._ways = [(way, reader.read(_with_some(way, n_each, n))) for n, way in enumerate(materials.ways)]
        self._n_forms_read = len(materials.forms) or 1

    @property
    def whole(self) -> Cost:
        """The cost of the study as it is."""
        return self.of(self.size.n_forms)

    def of(self, n_forms: int) -> Cost:
        """The cost of the study in so many forms like those it has."""
        study = self.study
        n_phases = 2 if study.recovery else 1
        total, n_without = _Read(), 0
        for way, (without, after) in self._ways:
            n_own = n_baselines(study, way.situations, n_forms, probe=way.probe)
            total += without.times(n_own) + after.times(study.repeats * len(way.situations) * n_phases)
            n_without += n_own
        total = total.times(self.size.n_respondents * n_forms / self._n_forms_read)
        size = replace(
            self.size,
            n_forms=n_forms,
            n_baselines=round(n_without * n_forms / self._n_forms_read),
            n_after=round(self.size.n_after * n_forms / self.size.n_forms),
        )
        return Cost(
            self.size if n_forms == self.size.n_forms else size,
            round(total.n_messages),
            round(total.n_input / CHARACTERS_PER_TOKEN),
            round(total.n_output / CHARACTERS_PER_TOKEN),
        )


def sample_plan(study: Study) -> Plan:
    """The plan for one respondent in some of the forms, spread over all."""
    forms = study.ways.spread(study.seed, FORMS_READ) if study.ways else (None,)
    return Plan(study, materials_of_forms(study, forms), (Respondent.of(RespondentKind.LLM, "anybody", {}),))


def _with_some(way: Way, n: int, offset: int) -> Way:
    """The way with at most so many of its situations, spread over all; others with another offset."""
    step = max(len(way.situations) // n, 1)
    return replace(way, situations=way.situations[offset % step :: step])


@dataclass(frozen=True)
class _Read:
    """Messages, and characters of prompts and of replies."""

    n_messages: float = 0
    n_input: float = 0
    n_output: float = 0

    def __add__(self, other: _Read) -> _Read:
        return _Read(self.n_messages + other.n_messages, self.n_input + other.n_input, self.n_output + other.n_output)

    def times(self, factor: float) -> _Read:
        return _Read(self.n_messages * factor, self.n_input * factor, self.n_output * factor)


class _Reader:
    """Reads what sessions of a study say."""

    def __init__(self, study: Study, materials: Materials) -> None:
        once = {"repeats": 1, "baseline_repeats": None if study.design == "paired" else 1}
        self.study, self.materials = study.model_copy(update=once), materials
        self.wordings = Wordings(materials)

    def read(self, way: Way) -> tuple[_Read, _Read]:
        """The mean of an administration without a situation, and of one with a situation, in one way of asking."""
        found: dict[bool, list[_Read]] = {True: [], False: []}
        one = Respondent.of(RespondentKind.LLM, "anybody", {})
        for session in Plan(self.study, replace(self.materials, ways=(way,)), (one,)):
            history: tuple[Message, ...] = ()
            for administration in session:
                total = _Read()
                for part in range(1, administration.n_messages + 1):
                    question = self.wordings.question(administration, history, part=part)
                    scale = question.instrument.response_scale
                    reply = reply_text(question, dict.fromkeys(question.shown, (scale.lowest + scale.highest) // 2))
                    total += _Read(1, sum(len(message["content"]) for message in question.messages), len(reply))
                    history = (*question.messages, {"role": "assistant", "content": reply})
                found[administration.situation is None].append(total)
        without, after = (sum(some, _Read()).times(1 / max(len(some), 1)) for some in (found[True], found[False]))
        return without, after
