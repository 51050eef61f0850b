"""What a study takes, known before anything is asked or every form is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from emotionbench.documents import content_hash
from emotionbench.engine.lane import Wordings
from emotionbench.engine.token_estimate import tokens_of
from emotionbench.materials.prices import Price, Prices
from emotionbench.plan import Plan
from emotionbench.records import Message, Respondent, RespondentKind
from emotionbench.respondents.embedded import reply_text
from emotionbench.respondents.prices import price_of_respondent
from emotionbench.store.tokens import Measured
from emotionbench.study import RespondentSpec, Study, n_baselines
from emotionbench.study_materials import Materials, Size, Way, materials_of_forms, size_of

FORMS_READ, SITUATIONS_READ, LEAST_SITUATIONS_READ = 60, 480, 8
BY_TEXT = "the length of the texts"


@dataclass(frozen=True)
class Cost:
    """Administrations, messages and tokens of a study, by the length of its texts: without reasoning or retries."""

    size: Size
    n_messages: int
    input_tokens: int
    output_tokens: int

    def __str__(self) -> str:
        return (
            f"{self.size.n_administrations:,} administrations, {self.n_messages:,} messages, about"
            f" {self.input_tokens:,} tokens in and {self.output_tokens:,} out"
        )


@dataclass(frozen=True)
class RespondentCost:
    """What one respondent of a study takes, without retries.

    ``cached_tokens`` are part of the input, ``reasoning_tokens`` part of the output; both are null where nothing is
    known of them. ``n_measured`` answers in a store are what ``share_measured`` of the messages are estimated from, the
    others from the length of their texts. ``dollars`` is null, with a ``why``, where no price is known.
    ``is_embedded``: it answers here, and takes no tokens.
    """

    respondent: str
    n_messages: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int | None
    reasoning_tokens: int | None
    n_measured: int
    share_measured: float
    price: Price | None
    dollars: float | None
    why: str | None = None
    is_embedded: bool = False

    @property
    def basis(self) -> str:
        """What the tokens are estimated from."""
        if not self.n_measured:
            return BY_TEXT
        answers = f"{self.n_measured:,} answer{'s' if self.n_measured > 1 else ''} in the store"
        if self.share_measured >= 1:
            return answers
        if not self.share_measured:
            return f"{BY_TEXT}, with the reasoning of {answers}"
        return f"{answers} for {100 * self.share_measured:.0f} % of the messages, else {BY_TEXT}"


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
        total, n_without = self._total(n_forms, _as_read)
        total = total.times(self.size.n_respondents)
        size = replace(
            self.size,
            n_forms=n_forms,
            n_baselines=round(n_without * n_forms / self._n_forms_read),
            n_after=round(self.size.n_after * n_forms / self.size.n_forms),
        )
        return Cost(
            self.size if n_forms == self.size.n_forms else size,
            round(total.n_messages),
            round(total.n_input),
            round(total.n_output),
        )

    def by_respondent(
        self, pilots: Iterable[Measured] = (), prices: Prices | None = None, *, batched: bool = False
    ) -> tuple[RespondentCost, ...]:
        """What each respondent takes; ``pilots`` are what messages of the same kind took before, by respondent's name.

        Without ``prices``, those that count; ``batched`` at the price of a batch.
        """
        pilots = list(pilots)
        return tuple(
            self._of_respondent(spec, [one for one in pilots if one.name == label_of(spec)], prices, batched=batched)
            for spec in self.study.respondents
        )

    def _of_respondent(
        self, spec: RespondentSpec, pilots: Sequence[Measured], prices: Prices | None, *, batched: bool
    ) -> RespondentCost:
        total, _ = self._total(self.size.n_forms, _Pilot(pilots).measured)
        record = record_of(spec)
        price = price_of_respondent(record, prices)
        read, written, cached = round(total.n_input), round(total.n_output), round(total.n_cached)
        n_measured = sum(pilot.n for pilot in pilots)
        return RespondentCost(
            label_of(spec),
            round(total.n_messages),
            read,
            written,
            cached if total.n_measured else None,
            round(total.n_reasoning) if n_measured else None,
            n_measured,
            total.n_measured / total.n_messages if total.n_messages else 0.0,
            price,
            None if price is None else price.cost(read, written, cached, batched=batched),
            "no price is known" if price is None else None,
            record.kind is not RespondentKind.LLM,
        )

    def _total(self, n_forms: int, adapted: Callable[[Way, bool, _Read], _Read]) -> tuple[_Read, int]:
        """What one respondent takes in so many forms, and the administrations without a situation that were read."""
        study = self.study
        n_phases = 2 if study.recovery else 1
        total, n_without = _Read(), 0
        for way, (without, after) in self._ways:
            n_own = n_baselines(study, way.situations, n_forms, probe=way.probe)
            total += adapted(way, False, without).times(n_own)
            total += adapted(way, True, after).times(study.repeats * len(way.situations) * n_phases)
            n_without += n_own
        return total.times(n_forms / self._n_forms_read), n_without


def label_of(spec: RespondentSpec) -> str:
    """What a respondent is called in tables and in the store."""
    return spec.name or spec.id


def record_of(spec: RespondentSpec) -> Respondent:
    """As much of a respondent as its price hangs on, without making it: no key is needed, no server asked."""
    provider, slash, model = spec.id.partition("/")
    if not slash:
        return Respondent.of(RespondentKind.SYNTHETIC, label_of(spec), {})
    return Respondent.of(RespondentKind.LLM, label_of(spec), {"provider": provider.casefold(), "model": model})


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
    """Messages, how many of them were measured before, and tokens."""

    n_messages: float = 0
    n_input: float = 0
    n_output: float = 0
    n_cached: float = 0
    n_reasoning: float = 0
    n_measured: float = 0

    def __add__(self, other: _Read) -> _Read:
        return _Read(
            self.n_messages + other.n_messages,
            self.n_input + other.n_input,
            self.n_output + other.n_output,
            self.n_cached + other.n_cached,
            self.n_reasoning + other.n_reasoning,
            self.n_measured + other.n_measured,
        )

    def times(self, factor: float) -> _Read:
        return _Read(
            self.n_messages * factor,
            self.n_input * factor,
            self.n_output * factor,
            self.n_cached * factor,
            self.n_reasoning * factor,
            self.n_measured * factor,
        )


def _as_read(_way: Way, _after: bool, read: _Read) -> _Read:
    return read


class _Pilot:
    """What one respondent's messages took before."""

    def __init__(self, pilots: Sequence[Measured]) -> None:
        self.by_putting = {(one.instrument, one.protocol, one.form, one.after_situation): one for one in pilots}
        n = sum(one.n for one in pilots)
        self.reasoning = sum(one.n * one.reasoning_tokens for one in pilots) / n if n else 0.0

    def measured(self, way: Way, after: bool, read: _Read) -> _Read:
        """What an administration takes: as messages of the very same putting did, else by its texts.

        What a model reasons hangs on the model more than on the texts: without a measure of its own, a message is
        taken to bring as much of it as the others did.
        """
        form = content_hash(way.form) if way.form else None
        known = self.by_putting.get((content_hash(way.instrument), content_hash(way.protocol), form, after))
        n = read.n_messages
        if known is None:
            reasoning = n * self.reasoning
            return replace(read, n_output=read.n_output + reasoning, n_reasoning=reasoning)
        return _Read(
            n,
            n * known.input_tokens,
            n * known.output_tokens,
            n * known.cached_tokens,
            n * known.reasoning_tokens,
            n,
        )


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
                    n_input = sum(tokens_of(message["content"]) for message in question.messages)
                    total += _Read(1, n_input, tokens_of(reply))
                    history = (*question.messages, {"role": "assistant", "content": reply})
                found[administration.situation is None].append(total)
        without, after = (sum(some, _Read()).times(1 / max(len(some), 1)) for some in (found[True], found[False]))
        return without, after
