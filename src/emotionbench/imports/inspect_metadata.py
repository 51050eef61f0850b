"""What a log of Inspect AI says about the study that it holds, so that the study can be brought back from it.

Written into the log by ``emotionbench.inspect_task``, read by ``emotionbench.imports.inspect_log``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, ValidationError

from emotionbench.documents import Document, content_hash, explain
from emotionbench.errors import RecordingError
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.situations import Situation
from emotionbench.records import Administration, Condition, Design, Respondent, identify

KEY = "emotionbench"
"""Under which the metadata of a log and of its samples hold what is ours."""
FORMAT: Literal[1] = 1
_KINDS: dict[str, type[Document]] = {
    "instrument": Instrument,
    "protocol": Protocol,
    "form": Form,
    "situation": Situation,
}


class StudyNote(Document):
    """What the metadata of a log say: who wrote it, the study asked, and every material in full, by content hash."""

    format: Literal[1]
    version: str
    respondent: str
    study: dict[str, Any]
    materials: dict[str, dict[str, Any]]
    """Kind → content hash → content."""


class AdministrationNote(Document):
    """One administration, with every column that makes its id."""

    id: str
    respondent: str
    instrument: str
    protocol: str
    design: str
    condition: str
    situation: str | None
    repeat: int
    seed: int
    session: str | None
    order: tuple[int, ...] = Field(strict=False)
    form: str | None = None
    n_messages: int = Field(default=1, ge=1)

    def administration(self, where: str) -> Administration:
        """The administration; a RecordingError where it is not what its id says."""
        try:
            found = Administration(
                **{
                    **self.model_dump(),
                    "design": Design(self.design),
                    "condition": Condition(self.condition),
                    "order": tuple(self.order),
                }
            )
        except ValueError as problem:
            raise RecordingError(f"cannot be read: {problem}", where=where) from None
        if identify(found.key()) != found.id:
            raise RecordingError("its columns do not make its id", where=where, fix="the log was changed")
        return found


@dataclass(frozen=True)
class LoggedMaterials:
    """The materials of a log by content hash."""

    instruments: dict[str, Instrument]
    protocols: dict[str, Protocol]
    forms: dict[str, Form]
    situations: dict[str, Situation]

    @property
    def documents(self) -> tuple[Document, ...]:
        """All of them."""
        kinds: tuple[Mapping[str, Document], ...] = (self.instruments, self.protocols, self.forms, self.situations)
        return tuple(document for kind in kinds for document in kind.values())


def study_note(
    version: str, respondent: Respondent, study: dict[str, Any], documents: Iterable[Document]
) -> dict[str, Any]:
    """The metadata of a log."""
    names = {model: kind for kind, model in _KINDS.items()}
    materials: dict[str, dict[str, Any]] = {kind: {} for kind in _KINDS}
    for document in documents:
        materials[names[type(document)]][content_hash(document)] = document.model_dump(mode="json")
    note = StudyNote(format=FORMAT, version=version, respondent=respondent.id, study=study, materials=materials)
    return {KEY: note.model_dump(mode="json")}


def administration_notes(session: Sequence[Administration]) -> dict[str, Any]:
    """The metadata of a sample: its administrations, in the order in which they are asked."""
    names = tuple(AdministrationNote.model_fields)
    notes = (AdministrationNote(**{name: getattr(one, name) for name in names}) for one in session)
    return {KEY: [note.model_dump(mode="json") for note in notes]}


def read_study_note(metadata: Mapping[str, Any] | None, where: str) -> StudyNote:
    """What the metadata of a log say; a RecordingError where they are not of a task of ours, or not understood."""
    found = (metadata or {}).get(KEY)
    if not isinstance(found, dict):
        raise RecordingError(
            "is a log of another task", where=where, fix="logs of emotionbench/panas and emotionbench/study can be read"
        )
    if found.get("format") != FORMAT:
        written = f"emotionbench {found.get('version')}"
        raise RecordingError(
            f"was written by {written} in format {found.get('format')!r}; this one reads format {FORMAT}",
            where=where,
            fix="import it with the version that wrote it, or a newer one",
        )
    note: StudyNote = _validated(StudyNote, found, where)
    return note


def read_materials(note: StudyNote, where: str) -> LoggedMaterials:
    """The materials of a log; a RecordingError where one is unknown here, or not what its hash says."""
    found: dict[str, dict[str, Any]] = {kind: {} for kind in _KINDS}
    for kind, contents in note.materials.items():
        if kind not in _KINDS:
            raise RecordingError(f"holds materials of an unknown kind {kind!r}", where=where, fix="update emotionbench")
        for key, content in contents.items():
            document = _validated(_KINDS[kind], content, f"{where}: {kind} {content.get('id', key)}", strict=False)
            if content_hash(document) != key:
                raise RecordingError(f"{kind} {key[:8]} is not what its hash says", where=where, fix="it was changed")
            found[kind][key] = document
    return LoggedMaterials(found["instrument"], found["protocol"], found["form"], found["situation"])


def read_session(metadata: Mapping[str, Any], where: str) -> tuple[Administration, ...]:
    """The administrations of a sample, in the order asked."""
    notes = metadata.get(KEY)
    if not isinstance(notes, list) or not notes:
        raise RecordingError("a sample does not say which administration it is", where=where, fix="it was changed")
    return tuple(_validated(AdministrationNote, note, where).administration(where) for note in notes)


def _validated(model: type[Any], content: Any, where: str, *, strict: bool = True) -> Any:
    try:
        # the stored form of a material is JSON, in which lists stand for tuples and keys are text
        if not strict:
            return model.model_validate_json(json.dumps(content))
        return model.model_validate(content)
    except ValidationError as problem:
        raise RecordingError(
            f"cannot be understood: {explain(problem.errors()[0], model)}",
            where=where,
            fix="import it with the version of emotionbench that wrote it",
        ) from None
