"""Batches of questions put to a model in process, in the one thread that may touch it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from emotionbench.errors import RespondentError
from emotionbench.materials.forms import MARK
from emotionbench.respondents.base import THINKING_TOKENS, AskFailure, Question, Reply
from emotionbench.respondents.embedded import seeded
from emotionbench.respondents.local import loading
from emotionbench.respondents.local.drawing import Draw, draw
from emotionbench.respondents.local.forward import ELSEWHERE, Forward
from emotionbench.respondents.local.prefix import Tokens
from emotionbench.respondents.local.prompts import Prompts
from emotionbench.respondents.local.reading import Reader, Reading
from emotionbench.respondents.local.spellings import Answers, spellings, token_texts

MOST_KEPT = 8192
"""Readings that are kept, since baselines and repeats put the same words again."""
SHARE_OF_MEMORY, COPIES = 0.5, 3
"""How much of the free memory keys and values may take, and how often they are there while they are handed on."""
MOST_DISAGREEMENT, IN_FLOAT32 = 0.1, 1e-3
"""So far may probabilities lie apart (total variation) with shared beginnings and without; rounding is far less."""
ROOM_TO_ANSWER = 8
"""Tokens that must be left for an answer: the most that one of two full-width digits takes, and one behind."""
Outcome = Reply | AskFailure


@dataclass(frozen=True)
class Manner:
    """How replies are drawn and what is said of the model: temperature, most tokens, rows at once, version."""

    temperature: float
    max_tokens: int
    batch_size: int
    version: str


@dataclass(frozen=True)
class Put:
    """A question with its tokens."""

    question: Question
    tokens: Tokens
    request: str

    @property
    def key(self) -> bytes:
        """Equal for equal tokens."""
        return self.tokens.tobytes()


class Batches:
    """Answers lists of questions. Memory that runs out halves the rows at once for good; at one it is a failure."""

    def __init__(self, model: Any, prompts: Prompts, manner: Manner, go_on: Callable[[], bool]) -> None:
        self.forward, self.prompts, self.manner, self.go_on = Forward(model), prompts, manner, go_on
        self.rows = manner.batch_size
        self.config = model.config.get_text_config() if hasattr(model.config, "get_text_config") else model.config
        self.context: int | None = getattr(self.config, "max_position_embeddings", None) or None
        self.ends = _end_tokens(model, prompts.tokenizer)
        self._texts: list[str] = []
        self._checked_to = 0
        self._readers: dict[Answers, Reader] = {}
        self._kept: dict[tuple[Answers, bytes], tuple[float, ...]] = {}

    def answer(self, questions: Sequence[Question]) -> list[Outcome]:
        """A reply or failure for each question, in their order."""
        tokens = self.prompts.tokens([question.messages for question in questions])
        puts = [Put(question, ids, self._request(question)) for question, ids in zip(questions, tokens, strict=True)]
        self._check_sharing(puts)
        found: dict[int, Outcome] = {}
        drawn: list[Put] = []
        read: dict[Answers, list[Put]] = {}
        for put in puts:
            room = self._room_for(put)
            if isinstance(room, AskFailure):
                found[id(put)] = room
            elif put.question.form is not None and put.question.form.reads_probabilities:
                scale = put.question.instrument.response_scale
                read.setdefault(Answers.of(scale, put.question.form), []).append(put)
            else:
                drawn.append(put)
        for answers, some in read.items():
            found.update(zip(map(id, some), self._read(answers, some), strict=True))
        found.update(zip(map(id, drawn), self._in_parts(drawn, self._draw), strict=True))
        return [found[id(put)] for put in puts]

    def _check_sharing(self, puts: Sequence[Put]) -> None:
        """A RespondentError where the model's passes cannot go on from one another as those of most do.

        It is looked at with the first questions, and again where some are twice as long or outgrow a window.
        """
        longest = max((put.tokens for put in puts if self._room_for(put) is None), key=len, default=None)
        if longest is None or not self._is_to_be_checked(len(longest)):
            return
        most = IN_FLOAT32 if self.forward.model.dtype == torch.float32 else MOST_DISAGREEMENT
        if not self.forward.disagreement(longest) <= most:
            raise RespondentError(
                "the model answers otherwise when the beginning of a prompt is computed once for several questions",
                where=self.prompts.where,
                fix=ELSEWHERE,
            )
        self._checked_to = len(longest)

    def _is_to_be_checked(self, n: int) -> bool:
        outgrows = self.forward.windows is not None and self._checked_to <= self.forward.windows.least < n
        return n > 2 and (n >= 2 * self._checked_to or outgrows)

    def _read(self, answers: Answers, puts: Sequence[Put]) -> list[Outcome]:
        """Readings of what has not been read yet, then the replies of all."""
        fresh = {put.key: put for put in puts if (answers, put.key) not in self._kept}
        outcomes = self._in_parts(list(fresh.values()), lambda some: self._readings(answers, some))
        failed = {}
        n_shared = {}
        for key, outcome in zip(fresh, outcomes, strict=True):
            if isinstance(outcome, AskFailure):
                failed[key] = outcome
            else:
                self._kept[answers, key], n_shared[key] = outcome.probabilities, outcome.n_shared
        replies: list[Outcome] = [
            failed[put.key]
            if put.key in failed
            else self._reading_reply(answers, put, n_shared.pop(put.key, len(put.tokens)))
            for put in puts
        ]
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return replies

    def _readings(self, answers: Answers, puts: Sequence[Put]) -> list[Reading]:
        if answers not in self._readers:
            self._texts = self._texts or token_texts(self.prompts.tokenizer)
            root = spellings(self.prompts.tokenizer, self._texts, answers)
            self._readers[answers] = Reader(self.forward, root, len(answers.shown))
        return self._readers[answers].read([put.tokens for put in puts])

    def _reading_reply(self, answers: Answers, put: Put, n_shared: int) -> Reply:
        """The reading as a reply; its text is the answer that the question's seed draws."""
        found = self._kept[answers, put.key]
        reading = {
            "item": put.question.shown[0],
            "source": "vocabulary",
            "probabilities": dict(zip(answers.shown, found, strict=True)),
            "mass": min(sum(found), 1.0),
        }
        text = json.dumps(reading, ensure_ascii=False)
        place = drawn_answer(found, self._temperature(put.question), _seed(put.question) * 2.0**-53)
        reply = answers.shown[place] + (MARK if answers.are_signs else "")
        return self._reply(put, text, reply, finish="stop", logprobs=text, output_tokens=0, cached_tokens=n_shared)

    def _draw(self, puts: Sequence[Put]) -> list[Outcome]:
        places = {key: place for place, key in enumerate(dict.fromkeys(put.key for put in puts))}
        sequences = list({put.key: put.tokens for put in puts}.values())
        draws = [
            Draw(
                places[put.key],
                self._temperature(put.question),
                _seed(put.question),
                self._room_to_write(put),
            )
            for put in puts
        ]
        draw(self.forward, sequences, draws, self.ends, self.go_on)
        return [self._drawn_reply(put, one) for put, one in zip(puts, draws, strict=True)]

    def _drawn_reply(self, put: Put, one: Draw) -> Outcome:
        if not one.done:
            return AskFailure("stopped", "the run was stopped", request=put.request, may_pass=False)
        text = self.prompts.tokenizer.decode(
            one.tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        ).strip()
        finish = "stop" if one.ended else "length"
        response = json.dumps({"text": text, "finish_reason": finish, "tokens": one.tokens}, ensure_ascii=False)
        n_written = len(one.tokens) + one.ended
        return self._reply(put, response, text, finish=finish, output_tokens=n_written, cached_tokens=one.n_shared)

    def _reply(self, put: Put, response: str, text: str, *, finish: str, **known: Any) -> Reply:
        version = self.manner.version
        n_tokens = len(put.tokens)
        return Reply(put.request, response, text, n_tokens, model_version=version, finish_reason=finish, **known)

    def _in_parts(self, puts: Sequence[Put], work: Callable[[Sequence[Put]], Sequence[Any]]) -> list[Any]:
        """The work's outcomes, done for so many at once as there is memory for; a failure where one is too many."""
        done: list[Any] = []
        while len(done) < len(puts):
            some = puts[len(done) :][: self._rows_for(puts[len(done) :])]
            try:
                done.extend(work(some))
            except (torch.OutOfMemoryError, MemoryError):
                done.extend(self._make_room(some))
        return done

    def _make_room(self, some: Sequence[Put]) -> list[AskFailure]:
        """Take fewer rows at once from now on; a failure for a question that has no room alone."""
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self.rows = max(len(some) // 2, 1)
        if len(some) > 1:
            return []
        message = f"not enough memory on {self.forward.device.type} for one question"
        return [AskFailure("memory", message, request=some[0].request, may_pass=False)]

    def _rows_for(self, puts: Sequence[Put]) -> int:
        """How many rows may be computed at once; on a CPU, memory that runs out ends the process, so it is counted."""
        free = loading.free_memory() if self.forward.device.type == "cpu" else None
        if free is None:
            return self.rows
        longest = max(len(put.tokens) for put in puts[: self.rows])
        if puts[0].question.form is None or not puts[0].question.form.reads_probabilities:
            longest += self._most_tokens(puts[0].question)
        each = COPIES * longest * _bytes_a_token(self.config)
        return max(min(self.rows, int(SHARE_OF_MEMORY * free / each)), 1)

    def _room_for(self, put: Put) -> AskFailure | None:
        """A failure where the question does not fit into what the model can read at once."""
        if self.context is None or len(put.tokens) + ROOM_TO_ANSWER <= self.context:
            return None
        message = f"the question has {len(put.tokens)} tokens, and the model reads {self.context} with its answer"
        return AskFailure("too_long", message, request=put.request, may_pass=False)

    def _request(self, question: Question) -> str:
        how = {"temperature": self._temperature(question), "max_tokens": self._most_tokens(question)}
        return json.dumps({"messages": question.messages, **how}, ensure_ascii=False)

    def _temperature(self, question: Question) -> float:
        form = question.form
        return self.manner.temperature if form is None or form.temperature is None else form.temperature

    def _most_tokens(self, question: Question) -> int:
        thinks = question.form is not None and question.form.chain_of_thought
        return self.manner.max_tokens + (THINKING_TOKENS if thinks else 0)

    def _room_to_write(self, put: Put) -> int:
        """The most tokens of a reply: what is set, as far as the model can read its own."""
        most = self._most_tokens(put.question)
        return most if self.context is None else min(most, self.context - len(put.tokens))


def _seed(question: Question) -> int:
    """What draws the reply, from 0 to 2⁵³ − 1: another for every administration, attempt and message."""
    number = seeded(f"{question.administration.id}|{question.attempt}|{question.part}|tokens", 1)[0]
    return int(number * 2.0**53)


def drawn_answer(probabilities: Sequence[float], temperature: float, number: float) -> int:
    """The answer that a uniform number draws from probabilities; at temperature 0 the first of the likeliest."""
    highest = max(probabilities)
    if temperature == 0 or highest == 0:
        return list(probabilities).index(highest)
    weights = [(each / highest) ** (1 / temperature) for each in probabilities]
    left = number * sum(weights)
    for place, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return place
    return len(weights) - 1


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    named = getattr(model.generation_config, "eos_token_id", None)
    several = named if isinstance(named, list) else [named]
    return frozenset(token for token in (*several, tokenizer.eos_token_id) if token is not None)


def _bytes_a_token(config: Any) -> int:
    """What a token's keys and values take, in float32; of models that keep less it is more than they need."""
    n_heads = getattr(config, "num_attention_heads", 1)
    size = getattr(config, "head_dim", None) or config.hidden_size // n_heads
    n_kept = getattr(config, "num_key_value_heads", None) or n_heads
    return int(2 * config.num_hidden_layers * n_kept * size * 4)
