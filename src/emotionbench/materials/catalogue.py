"""Where materials are found by name: shipped with the package, added by the user, or a file of the user's own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeVar

import platformdirs

from emotionbench.documents import Document, read_document
from emotionbench.errors import MaterialError, nearest
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.norms import Norm
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.situations import SituationFile, SituationSet

SHIPPED = Path(__file__).parent / "data"
SUFFIXES = (".yaml", ".yml", ".json")
HOME_VARIABLE = "EMOTIONBENCH_HOME"

DocumentT = TypeVar("DocumentT", bound=Document)


def home() -> Path:
    """The folder of added materials: ``EMOTIONBENCH_HOME``, else the platform's place for user data."""
    return Path(os.environ.get(HOME_VARIABLE) or platformdirs.user_data_path("emotionbench"))


def instrument(name: str) -> Instrument:
    """Find an instrument by id (any letter case), or read the ``.yaml`` file that ``name`` is the path of."""
    return _named("instruments", name, Instrument)


def protocol(name: str) -> Protocol:
    """Find a protocol by id, or read the ``.yaml`` file that ``name`` is the path of."""
    return _named("protocols", name, Protocol)


def norm(name: str) -> Norm:
    """Find a human norm by id, or read the ``.yaml`` file that ``name`` is the path of."""
    return _named("norms", name, Norm)


def situation_set(name: str) -> SituationSet:
    """Find a set of situations by id, or read a ``.yaml`` file or a folder of them."""
    folders = {path.name.casefold(): path for path in _folders("situations")}
    found = folders.get(name.casefold())
    if found is None and (_is_path(name) or Path(name).is_dir()):
        path = Path(name)
        return _read_set(tuple(sorted(path.glob("*.yaml"))) if path.is_dir() else (path,), where=name)
    if found is None:
        raise MaterialError(f"unknown set of situations {name!r}", fix=_missing_fix("situations", name, folders))
    return _read_set(tuple(sorted(found.glob("*.yaml"))), where=found.name)


def instruments() -> list[Instrument]:
    """Every instrument that can be named, shipped ones first."""
    return [_read(path, Instrument) for path in _files("instruments")]


def protocols() -> list[Protocol]:
    """Every protocol that can be named."""
    return [_read(path, Protocol) for path in _files("protocols")]


def norms() -> list[Norm]:
    """Every human norm that can be named."""
    return [_read(path, Norm) for path in _files("norms")]


def situation_sets() -> list[SituationSet]:
    """Every set of situations that can be named."""
    return [situation_set(path.name) for path in _folders("situations")]


def _named(kind: str, name: str, model: type[DocumentT]) -> DocumentT:
    if _is_path(name):
        return _read(Path(name), model)
    paths: dict[str, Path] = {}
    for path in _files(kind):
        paths.setdefault(path.stem.casefold(), path)
    found = paths.get(name.casefold())
    if found is None:
        known = [path.stem for path in paths.values()]
        raise MaterialError(f"unknown {kind[:-1]} {name!r}", fix=_missing_fix(kind, name, known))
    return _read(found, model)


def _is_path(name: str) -> bool:
    return name.endswith(SUFFIXES) or os.sep in name


def _missing_fix(kind: str, name: str, known: Iterable[str]) -> str:
    hint = nearest(name, known)
    if kind in ("instruments", "situations"):
        hint += "; the original's come with: emotionbench materials add emotionbench"
    return hint


def _files(kind: str) -> list[Path]:
    return [
        path
        for root in (SHIPPED, home())
        for path in sorted((root / kind).glob("*"))
        if path.suffix in SUFFIXES and path.is_file()
    ]


def _folders(kind: str) -> list[Path]:
    return [path for root in (SHIPPED, home()) for path in sorted((root / kind).glob("*")) if path.is_dir()]


def _read(path: Path, model: type[DocumentT]) -> DocumentT:
    if not path.is_file():
        raise MaterialError("no such file", where=str(path), fix="check the path")
    document: DocumentT = _read_unchanged(path, path.stat().st_mtime_ns, model)
    return document


@cache
def _read_unchanged(path: Path, _modified: int, model: type[DocumentT]) -> DocumentT:
    return read_document(path, model, MaterialError)


def _read_set(paths: tuple[Path, ...], *, where: str) -> SituationSet:
    if not paths:
        raise MaterialError("no .yaml file in this folder", where=where, fix="one file per emotion is expected")
    return _set_of(tuple(_read(path, SituationFile) for path in paths), where)


@lru_cache(maxsize=16)
def _set_of(files: tuple[SituationFile, ...], where: str) -> SituationSet:
    names = {file.set for file in files}
    if len(names) > 1:
        raise MaterialError(f"files of different sets: {', '.join(sorted(names))}", where=where, fix="one set a folder")
    situations = tuple(situation for file in files for situation in file.situations())
    ids = [situation.id for situation in situations]
    if len(set(ids)) < len(ids):
        twice = next(identifier for identifier in ids if ids.count(identifier) > 1)
        raise MaterialError(f"situation {twice!r} stands in two files", where=where, fix="ids are unique in a set")
    return SituationSet(files[0].set, files[0].source, files[0].licence, situations)
