"""Logs of our tasks in Inspect AI (``.eval`` or ``.json``) as our records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotionbench.errors import RecordingError, RespondentError
from emotionbench.imports.inspect_metadata import LoggedMaterials, read_materials, read_session, read_study_note
from emotionbench.imports.secrets import fields_without_keys, without_keys
from emotionbench.parsing import parse
from emotionbench.records import Administration, Attempt, Putting, Respondent, identify
from emotionbench.respondents.base import AskFailure
from emotionbench.respondents.inspect.asking import record_of, settings_of_config
from emotionbench.respondents.inspect.model import credentials_of_environment
from emotionbench.respondents.inspect.replies import reading_of, reply_of, request_json, response_json, status_in
from emotionbench.respondents.openai.replies import excerpt
from emotionbench.store import Store, reading, writing

if TYPE_CHECKING:
    from inspect_ai.event import ModelEvent
    from inspect_ai.log import EvalLog, EvalSample

ROWS_AT_ONCE = 500
Turn = tuple[Administration, int]
"""An administration, and which of its messages."""


@dataclass(frozen=True)
class Logged:
    """The answers of one log: whose they are, the materials, and for every administration its attempts, in order.

    ``n_missing`` counts the samples of the task that the log does not hold.
    """

    respondent: Respondent
    materials: LoggedMaterials
    administrations: tuple[tuple[Administration, tuple[Attempt, ...]], ...]
    n_missing: int

    @property
    def statuses(self) -> Counter[str]:
        """How many answers have which status; those read as probabilities count as ``read``."""
        found: Counter[str] = Counter()
        for administration, attempts in self.administrations:
            instrument = self.materials.instruments[administration.instrument]
            form = self.materials.forms[administration.form] if administration.form else None
            for attempt in attempts:
                if attempt.logprobs is not None:
                    found["read"] += 1
                elif attempt.reply is not None:
                    shown = administration.shown(attempt.part)
                    found.update(answer.status.value for answer in parse(attempt.reply, instrument, shown, form))
        return found

    @property
    def n_unanswered(self) -> int:
        """Administrations that lack a reply to one of their messages."""
        return sum(
            len({attempt.part for attempt in attempts if attempt.reply is not None}) < administration.n_messages
            for administration, attempts in self.administrations
        )


def read_log(path: Path) -> Logged:
    """Read one log; a RecordingError says why it cannot be, or that it is of another task.

    The ids are those that ``emotionbench run`` gives the respondent ``inspect/PROVIDER/MODEL`` with the settings that
    the model was asked with. A retry within Inspect is an attempt of its own, as far as the log holds it. What the
    server refused is an attempt that failed, as is what continued the conversation after it. Keys are masked.
    """
    log = _read(path)
    note = read_study_note(log.eval.metadata, path.name)
    materials = read_materials(note, path.name)
    if not log.samples:
        raise RecordingError("holds no samples", where=path.name, fix="run it without --no-log-samples")
    if any(sample.epoch > 1 for sample in log.samples):
        raise RecordingError("holds several epochs", where=path.name, fix="ask for repeats instead: -T repeats=3")
    reader = _Reader(path.name, _respondent(log), materials)
    found = [pair for sample in log.samples for pair in reader.sample(sample)]
    planned = log.eval.dataset.samples or len(log.samples)
    return Logged(reader.respondent, materials, tuple(found), max(planned - len(log.samples), 0))


def save_log(logged: Logged, store: Store) -> int:
    """Keep what a log holds; return how many attempts are new. Saving it again changes nothing.

    Attempts that the store has already, of whatever origin, stay; others are numbered after them.
    """
    writing.save_materials(store, logged.materials.documents)
    writing.save_respondents(store, [logged.respondent])
    n_new = 0
    for start in range(0, len(logged.administrations), ROWS_AT_ONCE):
        part = logged.administrations[start : start + ROWS_AT_ONCE]
        writing.save_administrations(store, [administration for administration, _ in part])
        new = [one for administration, attempts in part for one in _new(store, administration.id, attempts)]
        writing.append_attempts(store, new)
        n_new += len(new)
    return n_new


def _new(store: Store, administration: str, attempts: Sequence[Attempt]) -> Iterator[Attempt]:
    earlier = reading.attempts(store, administration)
    known = {_what(attempt) for attempt in earlier}
    number = len(earlier)
    for attempt in attempts:
        if _what(attempt) not in known:
            number += 1
            yield replace(attempt, number=number)


def _what(attempt: Attempt) -> tuple[object, ...]:
    """What tells an attempt from others of its administration."""
    return attempt.part, attempt.started_at, attempt.response, attempt.error


def _read(path: Path) -> EvalLog:
    try:
        from inspect_ai.log import read_eval_log  # noqa: PLC0415
    except ImportError:
        raise RespondentError(
            "Inspect AI is not installed", where=str(path), fix="pip install 'emotionbench[inspect]'"
        ) from None
    if not path.is_file():
        raise RecordingError("there is no such file", where=str(path), fix="check the path")
    try:
        log: EvalLog = read_eval_log(path, resolve_attachments=True)
    except Exception as problem:  # noqa: BLE001  (whatever a damaged file makes of its reader)
        said = " ".join(str(problem).split())[:200] or type(problem).__name__
        raise RecordingError(
            f"cannot be read as a log of Inspect AI: {said}", where=path.name, fix="it is cut off, or another file"
        ) from None
    return log


def _respondent(log: EvalLog) -> Respondent:
    """The model of a log with the settings that it was asked with."""
    config = log.eval.model_generate_config.merge(log.plan.config)
    fields = fields_without_keys(config.model_dump(mode="json", exclude_none=True))
    settings = settings_of_config(fields, fields_without_keys(log.eval.model_args))
    return record_of(log.eval.model, settings)


class _Reader:
    """One log, sample by sample."""

    def __init__(self, file: str, respondent: Respondent, materials: LoggedMaterials) -> None:
        self.file, self.respondent, self.materials = file, respondent, materials
        self._of_environment = credentials_of_environment()

    def _redact(self, text: str) -> str:
        """Without keys: those of this environment, and what looks like one, as the log may be of another machine."""
        return without_keys(self._of_environment.redact(text))

    def sample(self, sample: EvalSample) -> Iterator[tuple[Administration, tuple[Attempt, ...]]]:
        """The administrations of a sample, each with its attempts."""
        where = f"{self.file}: sample {sample.id}"
        session = [self._checked(one, where) for one in read_session(sample.metadata, where)]
        session = [self._of_respondent(one) for one in self._same_session(session)]
        turns = [(one, part) for one in session for part in range(1, one.n_messages + 1)]
        attempts: dict[str, list[Attempt]] = {one.id: [] for one in session}
        for attempt in self._attempts(sample, turns, where):
            own = attempts[attempt.administration]
            own.append(replace(attempt, number=len(own) + 1))
        for one in session:
            yield one, tuple(attempts[one.id])

    def _checked(self, administration: Administration, where: str) -> Administration:
        kinds = (
            (administration.instrument, self.materials.instruments),
            (administration.protocol, self.materials.protocols),
            (administration.form, self.materials.forms),
            (administration.situation, self.materials.situations),
        )
        missing = next((key for key, known in kinds if key is not None and key not in known), None)
        if missing is not None:
            raise RecordingError(f"names a material {missing[:8]} that the log does not hold", where=where)
        return administration

    def _same_session(self, session: list[Administration]) -> list[Administration]:
        """The session of the respondent that the log is of; its id follows from the respondent's."""
        last = session[-1]
        if last.session is None or last.respondent == self.respondent.id:
            return session
        own = session_id(replace(last, respondent=self.respondent.id))
        return [replace(one, session=own) for one in session]

    def _of_respondent(self, one: Administration) -> Administration:
        """The administration as the model of the log was asked it: the task may not have known the model."""
        putting = Putting(
            self.respondent.id, one.instrument, one.protocol, one.design, one.seed, one.form, one.n_messages
        )
        return putting.administration(one.condition, one.situation, one.repeat, one.session, one.order)

    def _attempts(self, sample: EvalSample, turns: Sequence[Turn], where: str) -> Iterator[Attempt]:
        """Every request of a sample, in the order made; what failed belongs to the message that was asked next."""
        for retried in sample.error_retries or ():
            for event in (
                one for one in retried.events or () if one.event == "model" and (one.error or _is_refused(one))
            ):
                n_said = sum(message.role == "assistant" for message in event.input)
                yield self._attempt(event, turns[min(n_said, len(turns) - 1)], frozenset())
        events = [event for event in sample.events if event.event == "model" and not event.pending]
        if not events and sample.output.choices:
            raise RecordingError("holds no events", where=where, fix="keep the whole log: it was written without them")
        place, told, refused = 0, False, set[str]()
        for event in events:
            if place == len(turns):
                raise RecordingError("holds more replies than questions", where=where, fix="it was changed")
            attempt = self._attempt(event, turns[place], refused)
            yield attempt
            told = attempt.error is not None
            if _is_refused(event):
                refused.add(event.output.completion)
            place += event.error is None and bool(event.output.choices)  # a refusal, too, was an answer to the task
        if sample.error is not None and place < len(turns) and not told:
            yield self._error_of_sample(sample, turns[place])

    def _attempt(self, event: ModelEvent, turn: Turn, refused: Collection[str]) -> Attempt:
        """What an event says of a message; ``refused``: what stands for answers that the server refused."""
        administration, part = turn
        sent = [{"role": message.role, "content": message.text} for message in event.input]
        config = event.config.model_dump(mode="json", exclude_none=True)
        request = self._redact(request_json(event.model, sent, config, event.call))
        error, kind = self._failure(event, refused)
        base = Attempt(
            administration=administration.id,
            number=1,
            request=request,
            response=None,
            reply=None,
            error=error,
            error_kind=kind,
            started_at=_moment(event.timestamp),
            seconds=_seconds(event),
            part=part,
        )
        return base if error is not None else self._replied(base, event, administration)

    def _failure(self, event: ModelEvent, refused: Collection[str]) -> tuple[str, str] | tuple[None, None]:
        """Why an event brought no answer, and the kind of that."""
        if event.error is not None:
            return self._redact(_line(event.error)), _kind(event.error)
        if _is_refused(event):
            # as of a run of our own: what the server refused is made to look like what the model said
            return f"refused: {excerpt(event.output.completion, self._redact)}", "rejected"
        if any(message.role == "assistant" and message.text in refused for message in event.input):
            return "asked after a message that the server refused, as if it had been answered", "rejected"
        return None, None

    def _replied(self, base: Attempt, event: ModelEvent, administration: Administration) -> Attempt:
        """The attempt with the reply of an event, or with why it holds none."""
        try:
            reply = reply_of(event.output, base.request, response_json(event.output, event.call), self._redact)
        except AskFailure as failure:
            return replace(base, error=failure.message, error_kind=failure.kind)
        form = self.materials.forms[administration.form] if administration.form else None
        reads = form is not None and form.reads_probabilities
        return replace(
            base,
            response=reply.response,
            reply=reply.text,
            input_tokens=reply.input_tokens,
            output_tokens=reply.output_tokens,
            model_version=reply.model_version,
            finish_reason=reply.finish_reason,
            cached_tokens=reply.cached_tokens,
            reasoning_tokens=reply.reasoning_tokens,
            logprobs=self._reading(event, administration.shown(base.part)[0]) if reads else None,
        )

    def _reading(self, event: ModelEvent, item: int) -> str | None:
        reading = reading_of(event.output, item)
        return None if reading is None else self._redact(reading)

    def _error_of_sample(self, sample: EvalSample, turn: Turn) -> Attempt:
        message = sample.error.message if sample.error else ""
        return Attempt(
            administration=turn[0].id,
            number=1,
            request=request_json(self.respondent.settings["model"], [], {}, None),
            response=None,
            reply=None,
            error=self._redact(_line(message)),
            error_kind=_kind(message),
            started_at=_moment(datetime.fromisoformat(sample.started_at)) if sample.started_at else "recorded",
            seconds=sample.total_time or 0.0,
            part=turn[1],
        )


def session_id(last: Administration) -> str:
    """The id of a conversation by what its last administration is of, as ``plan`` makes it."""
    parts: dict[str, Any] = {
        "respondent": last.respondent,
        "instrument": last.instrument,
        "protocol": last.protocol,
        "situation": last.situation,
        "repeat": last.repeat,
        "seed": last.seed,
    }
    return identify({**parts, **({"form": last.form} if last.form else {})})


def _is_refused(event: ModelEvent) -> bool:
    """Whether the server refused the request, and Inspect wrote down what it said as an answer."""
    return event.error is None and event.call is not None and bool(event.call.error)


def _kind(error: str | None) -> str:
    """The kind of an error of which the log holds the words alone."""
    words = (error or "").casefold()
    status = status_in(words)
    if status == 429 or "rate limit" in words:
        return "rate_limited"
    if "timeout" in words or "timed out" in words:
        return "timeout"
    if status is not None and status >= 500:
        return "server"
    return "connection" if "connection" in words else "rejected"


def _line(error: str | None) -> str:
    return " ".join((error or "no reason given").split())[:1000] or "no reason given"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _seconds(event: ModelEvent) -> float:
    if event.working_time is not None:
        return float(event.working_time)
    return max((event.completed - event.timestamp).total_seconds(), 0.0) if event.completed else 0.0
