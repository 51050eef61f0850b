"""What is known of the original EmotionBench's files; the reading and writing that all converters share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from emotionbench.documents import Document, explain
from emotionbench.errors import MaterialError
from emotionbench.materials.writing import to_yaml

REPOSITORY = "https://github.com/CUHK-ARISE/EmotionBench"
COMMIT = "559f0572c305b9b32cb3f0f33f4e0e806e463499"
PAPER = (
    "Huang et al. (2024), Apathetic or Empathetic? Evaluating LLMs' Emotional Alignments with Humans, NeurIPS 2024, "
    "https://arxiv.org/abs/2308.03656"
)
LICENCE = (
    f"{REPOSITORY} carries the GNU General Public License 3 and a line that allows research use only, no commercial "
    "use. emotionbench does not ship these texts; this copy was made from your own download."
)
INSTRUMENT_LICENCES = (
    "Several of its questionnaires belong to publishers: the BDI belongs to Pearson, and the GASP needs its authors' "
    "permission."
)


@dataclass(frozen=True)
class Converted:
    """What a converter has written, as the names that studies use, by kind.

    ``situation_sets`` are ids of sets, of ``n_situations`` in all. ``left_out`` says in a sentence each what of the
    original was not converted, and why.
    """

    instruments: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()
    score_norms: tuple[str, ...] = ()
    situation_sets: tuple[str, ...] = ()
    n_situations: int = 0
    left_out: tuple[str, ...] = ()


def stage(document: Document, path: Path) -> None:
    """Write a converted material to ``path``, as YAML or, where the name ends so, as JSON, which is read much faster.

    Folders are made. The text must name the repository that it comes from, which is how it is known as not the user's
    own when it is added again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    as_json = path.suffix == ".json"
    text = f"{document.model_dump_json(indent=1, exclude_none=True)}\n" if as_json else to_yaml(document)
    path.write_text(text, encoding="utf-8")


class Raw(BaseModel):
    """A part of an original file: the keys that are used, checked strictly; others are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


ModelT = TypeVar("ModelT", bound=BaseModel)


def read_text(path: Path) -> str:
    """The text of an original file; a MaterialError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise MaterialError(
            f"cannot be read: {problem}", where=str(path), fix=f"give the file of a clone of {REPOSITORY}"
        ) from None


def read_json(path: Path) -> Any:
    """The content of a JSON file; a MaterialError with the line where it is not JSON."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as problem:
        raise MaterialError(
            f"not valid JSON: {problem.msg}", where=f"{path.name}:{problem.lineno}", fix="download the file again"
        ) from None


def validated(content: Any, model: type[ModelT], where: str) -> ModelT:
    """``content`` as ``model``; a MaterialError that names the first misfit."""
    try:
        return model.model_validate(content)
    except ValidationError as problem:
        raise MaterialError(explain(problem.errors()[0], model), where=where) from None
