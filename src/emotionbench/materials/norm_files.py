"""Human norms of change: in the order in which they are tried, and norms of the user's own checked and kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotionbench.documents import content_hash, loaded, read_document
from emotionbench.errors import MaterialError, nearest
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.norms import Norm
from emotionbench.materials.score_norm_files import FILE_NAME, ROUNDED, Outcome
from emotionbench.materials.score_ranges import score_range

FOLDER = "norms"


@dataclass(frozen=True)
class AddedNorm:
    """A norm of change that can be used from now on, the file that holds it, and what became of it."""

    norm: Norm
    file: Path
    outcome: Outcome


def norms() -> list[Norm]:
    """Every human norm of change that can be named: a user's own first, then the shipped ones."""
    stems = {path.stem.casefold(): path.stem for root in (catalogue.home(), catalogue.SHIPPED) for path in _files(root)}
    return [catalogue.norm(stem) for stem in stems.values()]


def is_of_change(path: Path) -> bool:
    """Whether a file is a norm of change, and not one of scores; a file that cannot be read is neither."""
    content: Any = None
    with suppress(OSError, ValueError):
        content = loaded(path.read_text(encoding="utf-8"))
    return isinstance(content, dict) and "rows" in content and "groups" not in content


def read_norm(path: Path) -> Norm:
    """Read and check a norm; a MaterialError names file, line where it can, and what to mend.

    Where its instrument can be named, it must have the subscales of the rows, and their means must be such as scores
    can have.
    """
    if path.suffix not in catalogue.SUFFIXES:
        raise MaterialError(f"is no {', '.join(catalogue.SUFFIXES)} file", where=str(path), fix="name the norm's file")
    norm = read_document(path, Norm, MaterialError)
    if not FILE_NAME.fullmatch(norm.id):
        fix = "use letters, digits, dots, dashes and blanks"
        raise MaterialError(f"id {norm.id!r} can be no file name", where=path.name, fix=fix)
    problem = next(_misfits(norm), None)
    if problem:
        raise MaterialError(problem, where=path.name, fix="give every figure in the units of the instrument's scores")
    return norm


def add_norm(path: Path, *, replace: bool = False) -> AddedNorm:
    """Copy a checked norm to the added materials; a MaterialError where another stands under its id.

    ``replace`` allows another's place to be taken, but not that of a norm that the package ships.
    """
    norm = read_norm(path)
    earlier = _earlier(norm.id)
    file = catalogue.home() / FOLDER / f"{norm.id}{path.suffix}"
    if earlier is not None:
        if content_hash(read_document(earlier, Norm, MaterialError)) == content_hash(norm):
            return AddedNorm(norm, earlier, "unchanged")
        is_shipped = earlier.parent.parent == catalogue.SHIPPED
        if is_shipped or not replace:
            ways = "give yours another id" + ("" if is_shipped else ", or pass --replace")
            raise MaterialError(f"another norm {norm.id!r} is there already, in {earlier}", where=path.name, fix=ways)
    _write(path, file)
    if earlier is not None and earlier != file:
        earlier.unlink()
    return AddedNorm(norm, file, "replaced" if earlier is not None else "added")


def _files(root: Path) -> list[Path]:
    return [path for path in sorted((root / FOLDER).glob("*")) if path.suffix in catalogue.SUFFIXES and path.is_file()]


def _earlier(identifier: str) -> Path | None:
    """The file, shipped or added, of the norm with this id in any letter case."""
    for path in (*_files(catalogue.SHIPPED), *_files(catalogue.home())):
        if identifier.casefold() in (path.stem.casefold(), read_document(path, Norm, MaterialError).id.casefold()):
            return path
    return None


def _misfits(norm: Norm) -> Iterator[str]:
    """What of a norm cannot be of its instrument; nothing where the instrument is not known here."""
    instrument = _instrument(norm.instrument)
    if instrument is None:
        return
    for row in norm.rows:
        place = row.factor or row.emotion or "everyone"
        for key, movement in row.subscales.items():
            if key not in instrument.subscales:
                known = nearest(key, instrument.subscales)
                yield f"{place}: {instrument.id} has no subscale {key!r}; {known}"
                continue
            lowest, highest = score_range(instrument, key)
            for moment, found in (("baseline", movement.baseline), ("evoked", movement.evoked)):
                if not lowest - ROUNDED <= found.mean <= highest + ROUNDED:
                    yield f"{place}, {key}: {moment} mean {found.mean:g} is outside {lowest:g} to {highest:g}"


def _instrument(name: str) -> Instrument | None:
    folded = name.casefold()
    known = catalogue.instruments()
    found = [one for one in known if one.id.casefold() == folded] + [
        one for one in known if one.base.casefold() == folded
    ]
    return found[0] if found else None


def _write(source: Path, file: Path) -> None:
    """Copy a file, whole or not at all."""
    try:
        content = source.read_bytes()
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".emotionbench-")
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
        Path(draft).chmod(0o644)
        Path(draft).replace(file)
    except OSError as problem:
        what = f"cannot be written: {problem.strerror or problem}"
        raise MaterialError(what, where=str(file), fix="check its folder and free space") from None
