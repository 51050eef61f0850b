"""Score norms of the user's own: checked against the instruments that they name, and kept with the added materials."""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emotionbench.documents import content_hash, read_document
from emotionbench.errors import MaterialError, nearest
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.norms import Moments
from emotionbench.materials.score_norms import NormGroup, ScoreNorm
from emotionbench.materials.score_ranges import score_range

FOLDER = "score_norms"
FILE_NAME = re.compile(r"[\w][\w.+ -]*")
ROUNDED = 0.005
"""Published figures are rounded to two decimals or more."""

Outcome = Literal["added", "replaced", "unchanged"]


@dataclass(frozen=True)
class Added:
    """A norm that can be used from now on, the file that holds it, and what became of it."""

    norm: ScoreNorm
    file: Path
    outcome: Outcome


def read_score_norm(path: Path) -> ScoreNorm:
    """Read and check a norm; a MaterialError names file, line where it can, and what to mend.

    Every instrument that it names must be there (as an id or a family), and have the subscales that its groups have;
    means and SDs must be such as scores of these can have.
    """
    if path.suffix not in catalogue.SUFFIXES:
        raise MaterialError(
            f"is no {', '.join(catalogue.SUFFIXES)} file", where=str(path), fix="name the norm's YAML file"
        )
    norm = read_document(path, ScoreNorm, MaterialError)
    if not FILE_NAME.fullmatch(norm.id):
        fix = "use letters, digits, dots, dashes and blanks"
        raise MaterialError(f"id {norm.id!r} can be no file name", where=path.name, fix=fix)
    for name in norm.instruments:
        for group in norm.groups:
            _check(group, _instrument(name, path), path.name)
    return norm


def add_score_norm(path: Path, *, replace: bool = False) -> Added:
    """Copy a checked norm to the added materials; a MaterialError where another stands under its id.

    ``replace`` allows another's place to be taken, but not that of a norm that the package ships.
    """
    norm = read_score_norm(path)
    folder = catalogue.home() / FOLDER
    file = folder / f"{norm.id}{path.suffix}"
    earlier = _earlier(norm.id)
    if earlier is not None:
        same = content_hash(read_document(earlier, ScoreNorm, MaterialError)) == content_hash(norm)
        if same:
            return Added(norm, earlier, "unchanged")
        if not replace or earlier.parent.parent == catalogue.SHIPPED:
            ways = "give yours another id" + ("" if earlier.parent != folder else ", or pass --replace")
            raise MaterialError(f"another norm {norm.id!r} is there already, in {earlier}", where=path.name, fix=ways)
    _write(path, file)
    if earlier is not None and earlier != file:
        earlier.unlink()
    return Added(norm, file, "replaced" if earlier is not None else "added")


def _instrument(name: str, path: Path) -> Instrument:
    """The instrument with this id, or that stands for this family."""
    known = catalogue.instruments()
    folded = name.casefold()
    found = [one for one in known if one.id.casefold() == folded] or [
        one for one in known if one.base.casefold() == folded
    ]
    if found:
        return found[0]
    fix = (
        f"{nearest(name, (one.id for one in known))}; the originals' come with: emotionbench materials add"
        " psychobench (or emotionbench)"
    )
    raise MaterialError(f"instruments: unknown instrument {name!r}", where=path.name, fix=fix)


def _check(group: NormGroup, instrument: Instrument, where: str) -> None:
    """Raise a MaterialError for the first figure that cannot be of this instrument."""
    for key, moments in group.subscales.items():
        problem = (
            next(_misfits(key, moments, group.n, instrument), None)
            if key in instrument.subscales
            else f"{instrument.id} has no such subscale; {nearest(key, instrument.subscales)}"
        )
        if problem:
            raise MaterialError(f"group {group.name!r}, subscale {key!r}: {problem}", where=where)


def _misfits(key: str, moments: Moments, n: int, instrument: Instrument) -> Iterator[str]:
    lowest, highest = score_range(instrument, key)
    rule = instrument.score
    units = f"scores of {instrument.id} are {rule.rule}s{f' × {rule.multiply}' if rule.multiply > 1 else ''} of answers"
    if not lowest - ROUNDED <= moments.mean <= highest + ROUNDED:
        yield f"mean {moments.mean:g} is outside {lowest:g} to {highest:g}; {units}: give mean and sd in these units"
    # half of the people at either end vary the most
    most = (highest - lowest) / 2 * math.sqrt(n / (n - 1)) + ROUNDED
    if moments.sd > most:
        yield f"sd {moments.sd:g} is more than scores from {lowest:g} to {highest:g} can have ({most:.2f}); {units}"


def _earlier(identifier: str) -> Path | None:
    """The file, shipped or added, of the norm with this id in any letter case."""
    for root in (catalogue.SHIPPED, catalogue.home()):
        for path in sorted((root / FOLDER).glob("*")):
            if path.suffix in catalogue.SUFFIXES and path.is_file():
                found = read_document(path, ScoreNorm, MaterialError)
                if identifier.casefold() in (found.id.casefold(), path.stem.casefold()):
                    return path
    return None


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
