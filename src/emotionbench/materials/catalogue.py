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
from emotionbench.materials.instruments import Instrument, unlike
from emotionbench.materials.norms import Norm
from emotionbench.materials.pages import Pages
from emotionbench.materials.personas import Persona
from emotionbench.materials.presets import Preset
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.score_norms import ScoreNorm
from emotionbench.materials.situations import SituationFile, SituationSet

SHIPPED = Path(__file__).parent / "data"
SUFFIXES = (".yaml", ".yml", ".json")
HOME_VARIABLE = "EMOTIONBENCH_HOME"
ORIGINAL = "original"
"""The name of an instrument's own wording among its paraphrases."""

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


def edition(family: str, language: str | None = None, paraphrase: str | None = None) -> Instrument:
    """Find an instrument of a family (or the path of its ``.yaml`` file) in a language and wording.

    None stands for the language and the wording of the family's own instrument. Editions are found by file name:
    ``PANAS-de``, ``BFI-44-v2``, ``BFI-44-de-v2``.
    """
    own = instrument(family)
    language, wording = language or own.language, None if paraphrase == ORIGINAL else paraphrase
    if own.family and (language, wording) != (own.language, own.paraphrase) and not _is_path(family):
        own = instrument(own.family)
    if (language, wording) == (own.language, own.paraphrase):
        return own
    parts = [family.removesuffix(Path(family).suffix) if _is_path(family) else own.base]
    parts += [language] if language != own.language else []
    parts += [wording] if wording else []
    found = _edition_named("instruments", "-".join(parts), Instrument, Path(family).suffix if _is_path(family) else "")
    if found is None or (found.base, found.language, found.paraphrase) != (own.base, language, wording):
        what = f"in language {language!r}" + (f" and paraphrase {wording!r}" if wording else "")
        known = ", ".join(sorted(_editions(own))) or "none but its own"
        raise MaterialError(f"instrument {own.base!r} has no edition {what}", fix=f"its editions: {known}")
    for place, what in unlike(found, own):
        raise MaterialError(f"{place}: {what}", where=found.id, fix="see: emotionbench instruments lint FILE")
    return found


def template(name: str, language: str) -> Protocol:
    """Find the protocol that puts the words of a template in a language: the file ``NAME-LANGUAGE``."""
    found = _edition_named("protocols", f"{name}-{language}", Protocol)
    if found is None or (found.template, found.language) != (name, language):
        languages = [p.stem.removeprefix(f"{name}-") for p in _files("protocols") if p.stem.startswith(f"{name}-")]
        if languages:
            raise MaterialError(
                f"template {name!r} has no words in language {language!r}", fix=f"it has: {', '.join(languages)}"
            )
        raise MaterialError(f"unknown template {name!r}", fix=nearest(name, templates()))
    return found


def templates() -> list[str]:
    """The name of every template, in order."""
    stems = [path.stem.rpartition("-")[0] for path in _files("protocols")]
    return sorted({stem for stem in stems if (f"{stem}-en" in {path.stem for path in _files("protocols")})})


def persona(name: str) -> Persona:
    """Find a persona by id, or read the ``.yaml`` file that ``name`` is the path of."""
    return _named("personas", name, Persona)


def pages(language: str) -> Pages:
    """Find the words of the survey's pages in a language: the file ``pages/LANGUAGE.yaml``."""
    path = _nameable("pages").get(language.casefold())
    if path is None:
        raise MaterialError(
            f"the pages of the survey have no words in {language!r}",
            fix=f"they have: {', '.join(page_languages())}; or add pages/{language}.yaml to {home()}",
        )
    found = _read(path, Pages)
    if found.language != language:
        raise MaterialError(f"language: is {found.language!r}", where=path.name, fix="name the file after its language")
    return found


def page_languages() -> list[str]:
    """The languages that the survey's pages have words in."""
    return sorted(_nameable("pages"))


def situation_set(name: str, language: str | None = None) -> SituationSet:
    """Find a set of situations by id, or read a ``.yaml`` file or a folder of them; in its own language, or another.

    Another language of a set stands in a folder of that name within the set's own.
    """
    folders = {path.name.casefold(): path for path in _folders("situations")}
    found = folders.get(name.casefold())
    if found is None and (_is_path(name) or Path(name).is_dir()):
        found = Path(name)
    if found is None:
        raise MaterialError(f"unknown set of situations {name!r}", fix=_missing_fix("situations", name, folders))
    own = _read_set(tuple(sorted(found.glob("*.yaml"))) if found.is_dir() else (found,), where=found.name)
    if language in (None, own.situations[0].language):
        return own
    folder = found / str(language)
    if not folder.is_dir():
        known = sorted(path.name for path in found.glob("*") if path.is_dir()) if found.is_dir() else []
        raise MaterialError(
            f"situations {name!r} have no texts in language {language!r}",
            fix=f"they have: {', '.join([own.situations[0].language, *known])}",
        )
    return _read_set(tuple(sorted(folder.glob("*.yaml"))), where=f"{found.name}/{language}")


def situation_languages(name: str) -> tuple[str, ...]:
    """The languages that a set of situations can be named in, its own first."""
    own = situation_set(name).situations[0].language
    folder = next((path for path in _folders("situations") if path.name.casefold() == name.casefold()), None)
    return (own, *sorted(path.name for path in folder.glob("*") if path.is_dir())) if folder else (own,)


def instruments() -> list[Instrument]:
    """Every instrument that can be named, shipped ones first."""
    return [_read(path, Instrument) for path in _nameable("instruments").values()]


def protocols() -> list[Protocol]:
    """Every protocol that can be named."""
    return [_read(path, Protocol) for path in _nameable("protocols").values()]


def norms() -> list[Norm]:
    """Every human norm that can be named."""
    return [_read(path, Norm) for path in _nameable("norms").values()]


def preset(name: object) -> Preset | None:
    """The preset with this id (any letter case); None where there is none."""
    found = {path.stem.casefold(): path for path in _files("presets")}
    path = found.get(name.casefold()) if isinstance(name, str) else None
    return _read(path, Preset) if path else None


def presets() -> list[Preset]:
    """Every preset that can be named as a protocol."""
    return [_read(path, Preset) for path in _nameable("presets").values()]


def personas() -> list[Persona]:
    """Every persona that can be named."""
    return [_read(path, Persona) for path in _nameable("personas").values()]


def score_norms() -> list[ScoreNorm]:
    """Every norm of scores that can be named."""
    return [_read(path, ScoreNorm) for path in _nameable("score_norms").values()]


def situation_sets() -> list[SituationSet]:
    """Every set of situations that can be named."""
    return [situation_set(path.name) for path in _folders("situations")]


def _named(kind: str, name: str, model: type[DocumentT]) -> DocumentT:
    if _is_path(name):
        return _read(Path(name), model)
    paths = _nameable(kind)
    found = paths.get(name.casefold())
    if found is None:
        known = [path.stem for path in [*paths.values(), *(_files("presets") if kind == "protocols" else ())]]
        raise MaterialError(f"unknown {kind[:-1]} {name!r}", fix=_missing_fix(kind, name, known))
    return _read(found, model)


def _edition_named(kind: str, stem: str, model: type[DocumentT], suffix: str = "") -> DocumentT | None:
    """The document whose file is called so; beside the file of a user's own where ``suffix`` is given."""
    if suffix:
        return _read(Path(stem + suffix), model) if Path(stem + suffix).is_file() else None
    path = _nameable(kind).get(stem.casefold())
    return _read(path, model) if path else None


def _editions(own: Instrument) -> list[str]:
    return [path.stem for path in _files("instruments") if path.stem.startswith(f"{own.base}-")]


def _is_path(name: str) -> bool:
    return name.endswith(SUFFIXES) or os.sep in name


def _missing_fix(kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    # languages and paraphrases of one thing are not listed one by one
    hint = nearest(name, [own for own in names if not any(own.startswith(f"{other}-") for other in names)])
    if kind in ("instruments", "situations"):
        hint += "; the originals' come with: emotionbench materials add emotionbench (or psychobench, llmpersonality)"
    return hint


def _nameable(kind: str) -> dict[str, Path]:
    """Name in small letters → file, shipped ones first; what a user adds under a shipped name takes its place."""
    return {path.stem.casefold(): path for path in _files(kind)}


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
