"""The original LLMPersonality's recorded administrations (``save/save.json``) as our records."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from emotionbench.documents import canonical_json, content_hash
from emotionbench.errors import MaterialError, RecordingError, nearest
from emotionbench.imports.recording import RECORDED, SEED, Recording, Source, numbered
from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form, OptionLabels, OptionOrder, option_values, sign
from emotionbench.materials.instruments import Instrument, ResponseScale
from emotionbench.materials.llmpersonality_bfi import ENTRY, WORDINGS, Language, read_languages
from emotionbench.materials.llmpersonality_templates import FOLDER, NAMES, read_template, template_name
from emotionbench.materials.original_files import Raw, read_json, validated
from emotionbench.materials.protocols import Protocol
from emotionbench.parsing import parse
from emotionbench.records import Administration, Attempt, Condition, Design, Putting, Respondent, RespondentKind
from emotionbench.scoring import score

NAME = "llmpersonality"
OPTION_LABELS: dict[str, OptionLabels] = {"n": "none", "al": "a", "au": "A", "rl": "i", "ru": "I"}
OPTION_ORDERS: dict[str, OptionOrder] = {"f": "ascending", "r": "descending"}
VALUES = (
    "The file holds numbers, already on the response scale in ascending order; they stand in the reply as this form "
    "shows them. The items were put in two messages, the first of 18 to 28 items, which are not told apart in the file."
)
MANIPULATED = ("append_label", "case")
FIX = "give the save/save.json of LLMPersonality"
TOLERANCE = 1e-9

LevelT = TypeVar("LevelT")


class _Info(Raw):
    template: str
    language: str
    version: str
    label: str
    order: str


class _Entry(Raw):
    info: _Info
    raw: dict[str, int | None]
    data: dict[str, float]


class _Meta(Raw):
    name_exp: str
    questionnaire_name: str


class _Save(Raw):
    meta: _Meta
    data: list[_Entry]


@dataclass(frozen=True)
class Disagreement:
    """A mean that the file states and that is not what its answers score to; ``ours`` is null where none can be."""

    entry: int
    subscale: str
    stated: float
    ours: float | None


@dataclass(frozen=True)
class Account:
    """How many answers have which status, how many means the file states, and which of these are not ours."""

    statuses: Counter[str]
    n_stated: int
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True)
class _Put:
    """What one entry was put with."""

    instrument: Instrument
    protocol: Protocol
    form: Form
    put_labels: dict[int, str]


def read_save(path: Path, questionnaires: Path, *, respondent: str | None = None) -> Recording:
    """Read one file of recorded administrations of the BFI-44: each an administration in a form, before any situation.

    Instruments are the editions of ``questionnaires`` (the original's ``dataset/questionnaires.json``); protocols are
    the templates beside it, or else those that ``materials add llmpersonality`` has added. All entries are of one
    respondent, called ``respondent`` or after the file's own name of the experiment: the file names no model.

    A reply has a line ``3: b`` for every item in the order shown: its position, and the option in the sign or number
    that the form shows it under. (In the original's descending forms without signs, numbers changed their meaning; the
    file undoes that, and so does the reply.) Items without an answer, and values out of range, are kept as such.
    An entry that repeats the form of an earlier one becomes a further repeat, counted in ``n_renumbered``.

    A RecordingError says where the file is not of this format, a MaterialError where the materials are not.
    """
    source = Source.of(path)
    save = _read(path)
    who = Respondent.of(
        RespondentKind.LLM,
        respondent or f"{NAME}-{save.meta.name_exp}",
        {RECORDED: NAME, "sha256": source.sha256},
    )
    return _Reader(source, who, read_languages(questionnaires), questionnaires.parent.parent).recording(save)


def account(recording: Recording) -> Account:
    """What the answers of a recording of ``read_save`` say, each read once; means are compared to 1e-9."""
    materials = {content_hash(material): material for material in recording.materials}
    instruments = {key: material for key, material in materials.items() if isinstance(material, Instrument)}
    forms = {key: material for key, material in materials.items() if isinstance(material, Form)}
    statuses: Counter[str] = Counter()
    n_stated, found = 0, []
    for administration, attempt in recording.administrations:
        instrument, form = instruments[administration.instrument], forms[str(administration.form)]
        answers = parse(str(attempt.reply), instrument, administration.order, form)
        statuses.update(answer.status.value for answer in answers)
        scores = {one.subscale: one.value for one in score(answers, instrument)}
        request = json.loads(attempt.request)
        n_stated += len(request["stated"])
        for name, stated in request["stated"].items():
            ours = scores.get(name.casefold())
            if ours is None or abs(ours - stated) > TOLERANCE:
                found.append(Disagreement(request["entry"], name.casefold(), stated, ours))
    return Account(statuses, n_stated, tuple(found))


class _Reader:
    """One file's entries, put together with the materials that they name."""

    def __init__(self, source: Source, respondent: Respondent, languages: dict[str, Language], clone: Path) -> None:
        self.source, self.respondent, self.languages, self.clone = source, respondent, languages, clone
        self.known: dict[tuple[str, ...], _Put] = {}
        self.protocols: dict[tuple[str, str], Protocol] = {}

    def recording(self, save: _Save) -> Recording:
        put = [self.put(entry.info, f"{self.source.name}: entry {n}") for n, entry in enumerate(save.data, 1)]
        distinct = {id(material): material for one in put for material in _materials(one)}
        hashes = {key: content_hash(material) for key, material in distinct.items()}
        keys = [tuple(hashes[id(material)] for material in _materials(one)) for one in put]
        repeats, n_renumbered = numbered([(key, 0) for key in keys])
        administrations = []
        for number, (entry, one, key, repeat) in enumerate(zip(save.data, put, keys, repeats, strict=True), 1):
            order = self.order(entry, one.instrument, number)
            putting = Putting(self.respondent.id, key[0], key[1], Design.INDEPENDENT, SEED, key[2])
            administration = putting.administration(Condition.BASELINE, None, repeat, None, order)
            administrations.append((administration, self.attempt(administration, entry, one, number)))
        return Recording(self.respondent, tuple(distinct.values()), tuple(administrations), n_renumbered)

    def put(self, info: _Info, where: str) -> _Put:
        """The materials that an entry names; those of equal entries are the same objects."""
        levels = (info.template, info.language, info.version, info.label, info.order)
        if levels not in self.known:
            self.known[levels] = self._put(info, where)
        return self.known[levels]

    def _put(self, info: _Info, where: str) -> _Put:
        language = _level("language", info.language.casefold(), self.languages, where)
        wording = _level("version", info.version, WORDINGS, where)
        template = _level("template", info.template, dict(zip(NAMES, NAMES, strict=True)), where)
        form = Form(
            template=template_name(template),
            paraphrase=wording,
            language=language.code,
            option_labels=_level("label", info.label, OPTION_LABELS, where),
            option_order=_level("order", info.order, OPTION_ORDERS, where),
        )
        instrument = language.instruments[wording]
        return _Put(instrument, self.protocol(template, language), form, language.put_labels)

    def protocol(self, template: str, language: Language) -> Protocol:
        key = template, language.code
        if key not in self.protocols:
            if (self.clone / FOLDER).is_dir():
                self.protocols[key] = read_template(self.clone, template, language)
            else:
                self.protocols[key] = _added(template, language.code)
        return self.protocols[key]

    def order(self, entry: _Entry, instrument: Instrument, number: int) -> tuple[int, ...]:
        """The item numbers in the order in which the file lists them; those that it lacks at the end."""
        items = {str(item): item for item in range(1, instrument.n_items + 1)}
        unknown = next((key for key in entry.raw if key not in items), None)
        if unknown is not None:
            raise RecordingError(
                f"'raw' answers item {unknown!r}; {instrument.id} has items 1 to {instrument.n_items}",
                where=f"{self.source.name}: entry {number}",
                fix="give the questionnaires.json that the file was made with",
            )
        shown = [items[key] for key in entry.raw]
        return (*shown, *(item for item in items.values() if str(item) not in entry.raw))

    def attempt(self, administration: Administration, entry: _Entry, put: _Put, number: int) -> Attempt:
        request: dict[str, Any] = {
            "source": self.source.name,
            "sha256": self.source.sha256,
            "entry": number,
            "info": entry.info.model_dump(),
            "values": VALUES,
            "stated": entry.data,
        }
        if put.put_labels:
            request["labels"] = {str(value): label for value, label in put.put_labels.items()}
        reply = _reply([entry.raw.get(str(item)) for item in administration.order], put)
        return Attempt(
            administration=administration.id,
            number=1,
            request=canonical_json(request),
            response=reply,
            reply=reply,
            error=None,
            error_kind=None,
            started_at=RECORDED,
            seconds=0.0,
        )


def _materials(put: _Put) -> tuple[Instrument, Protocol, Form]:
    return put.instrument, put.protocol, put.form


def _reply(values: list[int | None], put: _Put) -> str:
    """A line for every item in the order shown; nothing where nothing was answered."""
    if all(value is None for value in values):
        return ""
    scale = put.instrument.response_scale
    return "\n".join(f"{position}: {_written(value, scale, put.form)}" for position, value in enumerate(values, 1))


def _written(value: int | None, scale: ResponseScale, form: Form) -> str:
    """A value in the sign under which the form lists it, or as a number where it lists none."""
    if value is None:
        return ""
    first, step = option_values(scale, form)[0], -1 if form.option_order == "descending" else 1
    place = (value - first) * step
    # far outside the scale nobody could have shown a sign, and a number there is no answer
    is_sign = form.has_signs and 0 <= place <= scale.highest - scale.lowest + 1
    return sign(str(form.option_labels), place) if is_sign else str(value)


def _level(name: str, level: str, known: Mapping[str, LevelT], where: str) -> LevelT:
    if level not in known:
        raise RecordingError(f"'info' has the unknown {name} {level!r}", where=where, fix=nearest(level, known))
    return known[level]


def _added(template: str, language: str) -> Protocol:
    try:
        return catalogue.template(template_name(template), language)
    except MaterialError:
        raise MaterialError(
            f"the original's template {template} in language {language!r} is not here",
            fix="give the questionnaires.json within a clone, or first: emotionbench materials add llmpersonality",
        ) from None


def _read(path: Path) -> _Save:
    try:
        content = read_json(path)
        if not isinstance(content, dict) or not {"meta", "data"} <= set(content):
            raise MaterialError("has no 'meta' and 'data'", where=path.name, fix=FIX)
        _check_plain(content["data"], path.name)
        save = validated(content, _Save, path.name)
    except MaterialError as problem:
        raise RecordingError(problem.what, where=problem.where, fix=problem.fix or FIX) from None
    if save.meta.questionnaire_name != ENTRY:
        raise RecordingError(
            f"is of the questionnaire {save.meta.questionnaire_name!r}", where=path.name, fix=f"only {ENTRY} is read"
        )
    if not save.data:
        raise RecordingError("holds no administrations", where=path.name, fix=FIX)
    return save


def _check_plain(entries: Any, where: str) -> None:
    """Refuse answers given under a manipulation: their forms would look like plain ones."""
    for number, entry in enumerate(entries if isinstance(entries, list) else (), 1):
        info = entry.get("info") if isinstance(entry, dict) else None
        found = next((key for key in MANIPULATED if isinstance(info, dict) and key in info), None)
        if found:
            raise MaterialError(
                f"'info' has {found!r}: answers in a role or after a story are not read",
                where=f"{where}: entry {number}",
                fix=FIX,
            )
