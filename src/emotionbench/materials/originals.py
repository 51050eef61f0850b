"""The original projects' materials, downloaded or taken from a clone: the package ships none of them.

What belongs to one project stands in its own module: its repository, commit, licence and files, and a ``convert`` that
writes them as our materials. Checking, downloading and putting in place are the same for all.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from emotionbench.errors import MaterialError, nearest
from emotionbench.materials import original_emotionbench, original_llmpersonality, original_psychobench
from emotionbench.materials.catalogue import SUFFIXES
from emotionbench.materials.original_files import Converted
from emotionbench.materials.original_instruments import read_questionnaires
from emotionbench.materials.original_situations import read_situations

__all__ = ["ORIGINALS", "Added", "Original", "OriginalFile", "add", "fetch", "read_questionnaires", "read_situations"]

KINDS = ("instruments", "protocols", "personas", "score_norms", "situations")
DOWNLOADS_AT_ONCE = 8


@dataclass(frozen=True)
class OriginalFile:
    """One file of an original: its path in the repository, where it is downloaded from, the SHA-256 it must have."""

    name: str
    url: str
    sha256: str


@dataclass(frozen=True)
class Original:
    """Materials of an original project at one commit, what its licence says, and how they are made ours.

    ``convert`` takes the folder with the files and an empty one. In that it writes materials in the layout of the
    catalogue (``instruments/ID.yaml`` or ``.json``, ``protocols``, ``personas``, ``score_norms``, and
    ``situations/SET/*.yaml``), every file with the repository's address in it. It raises a MaterialError that names
    file, entry and misfit.
    """

    name: str
    repository: str
    commit: str
    licence: str
    files: tuple[OriginalFile, ...]
    convert: Callable[[Path, Path], Converted]


@dataclass(frozen=True)
class Added:
    """What ``add`` has installed, and the files and folders written."""

    name: str
    converted: Converted
    paths: tuple[Path, ...]
    licence: str


def files_of(
    repository: str, commit: str, files: Iterable[tuple[str, str]], others: Mapping[str, str]
) -> tuple[OriginalFile, ...]:
    """The files of a repository on GitHub, of their paths and SHA-256: at one commit, or at that in ``others``."""
    raw = repository.replace("https://github.com/", "https://raw.githubusercontent.com/")
    return tuple(OriginalFile(path, f"{raw}/{others.get(path, commit)}/{path}", sha256) for path, sha256 in files)


ORIGINALS: dict[str, Original] = {
    name: Original(
        name=name,
        repository=module.REPOSITORY,
        commit=module.COMMIT,
        licence=module.LICENCE,
        files=files_of(module.REPOSITORY, module.COMMIT, module.FILES, getattr(module, "COMMITS", {})),
        convert=module.convert,
    )
    for name, module in (
        ("emotionbench", original_emotionbench),
        ("psychobench", original_psychobench),
        ("llmpersonality", original_llmpersonality),
    )
}


def fetch(name: str, folder: Path) -> tuple[Path, ...]:
    """Download the files of an original into ``folder``, SHA-256 checked; files already there and right are kept.

    A MaterialError says what to do without a network.
    """
    original = _original(name)
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as workers:
        waiting = [workers.submit(_fetch, file, folder, original.repository) for file in original.files]
        return tuple(one.result() for one in waiting)


def _fetch(file: OriginalFile, folder: Path, repository: str) -> Path:
    # imported here: only a download needs it, and it takes a tenth of a second
    import pooch  # noqa: PLC0415

    pooch.get_logger().setLevel("WARNING")
    path = folder / file.name
    try:
        return Path(pooch.retrieve(file.url, f"sha256:{file.sha256}", fname=path.name, path=path.parent))
    # requests' errors, of the network and of HTTP, are OSErrors; pooch tells a wrong hash by a ValueError
    except OSError as problem:
        what = f"cannot be downloaded: {problem}"
    except ValueError as problem:
        what = f"is not the file expected: {problem}"
    # raised out here, so that the error, which goes from thread to thread, does not hold the connection open
    raise MaterialError(
        what, where=file.url, fix=f"check the network, or give a clone of {repository} with --from PATH"
    )


def add(name: str, *, source: Path | None, home: Path) -> Added:
    """Install the original's materials in ``home``, from a local clone (``source``) or else by download.

    Everything is converted first and then moved in place together: an error leaves ``home`` as it was. Materials that
    were added before are replaced; files of the user's own with the same names are an error.
    """
    original = _original(name)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home, prefix=".adding-") as folder:
            working = Path(folder)
            return _add(original, source, home, working)
    except OSError as problem:
        raise MaterialError(f"cannot be written: {problem}", where=str(home), fix="check its permissions") from None


def _add(original: Original, source: Path | None, home: Path, working: Path) -> Added:
    if source is None:
        clone = working / "download"
        fetch(original.name, clone)
    else:
        clone = _clone_in(source, original)
    staged = working / "new"
    staged.mkdir()
    converted = _convert(original, clone, staged)
    moved = [path.relative_to(staged) for kind in KINDS for path in sorted((staged / kind).glob("*"))]
    replaced = [*moved, *_of_the_same_names(moved, home)]
    _check_ours(home, replaced, original)
    _move_in_place(staged, home, (moved, replaced), working / "old")
    return Added(original.name, converted, tuple(home / path for path in moved), original.licence)


def _original(name: str) -> Original:
    if name not in ORIGINALS:
        raise MaterialError(f"unknown original {name!r}", fix=nearest(name, ORIGINALS))
    return ORIGINALS[name]


def _clone_in(source: Path, original: Original) -> Path:
    """The folder that holds the files: ``source`` or one directly within it, best with the very files expected."""
    if not source.is_dir():
        raise MaterialError("no such folder", where=str(source), fix=f"give a clone of {original.repository}")
    folders = (source, *sorted(path for path in source.iterdir() if path.is_dir()))
    names = [file.name for file in original.files]
    whole = [folder for folder in folders if all((folder / name).is_file() for name in names)]
    if whole:
        return next((folder for folder in whole if next(_unexpected(folder, original), None) is None), whole[0])
    best = max(folders, key=lambda folder: sum((folder / name).is_file() for name in names))
    lacking = [name for name in names if not (best / name).is_file()]
    listed = " and no ".join(lacking[:2]) + (f" (and {len(lacking) - 2} more)" if len(lacking) > 2 else "")
    raise MaterialError(f"no {listed} here", where=str(best), fix=f"give a clone of {original.repository}")


def _convert(original: Original, clone: Path, staged: Path) -> Converted:
    """Convert, then check the hashes: what is malformed is told by file and entry rather than by a hash."""
    try:
        converted = original.convert(clone, staged)
    except MaterialError:
        raise
    except Exception:
        # another version's files need not have the form that the converter reads
        _check_hashes(clone, original)
        raise
    _check_hashes(clone, original)
    return converted


def _check_hashes(clone: Path, original: Original) -> None:
    for file, found in _unexpected(clone, original):
        raise MaterialError(
            f"SHA-256 is {found}; expected {file.sha256}",
            where=str(clone / file.name),
            fix=f"check out commit {original.commit}",
        )


def _unexpected(folder: Path, original: Original) -> Iterator[tuple[OriginalFile, str]]:
    """The files that are not as expected, with the SHA-256 that they have."""
    for file in original.files:
        found = hashlib.sha256((folder / file.name).read_bytes()).hexdigest()
        if found != file.sha256:
            yield file, found


def _of_the_same_names(moved: list[Path], home: Path) -> list[Path]:
    """What the catalogue would find under the names of ``moved``: other letter case, JSON instead of YAML."""
    names = {(path.parent, path.stem.casefold()) for path in moved if path.suffix in SUFFIXES}
    present = [
        path.relative_to(home) for folder in {path.parent for path in moved} for path in (home / folder).glob("*")
    ]
    return sorted(
        path
        for path in present
        if path.suffix in SUFFIXES and (path.parent, path.stem.casefold()) in names and path not in moved
    )


def _check_ours(home: Path, replaced: list[Path], original: Original) -> None:
    """Refuse to replace what this function's caller did not write: its files name the repository they came from."""
    for target in (home / path for path in replaced):
        for file in sorted(target.glob("**/*")) if target.is_dir() else [target]:
            if file.is_file() and original.repository.encode() not in file.read_bytes():
                raise MaterialError(
                    "is a file of your own that would be replaced", where=str(file), fix="move or rename it first"
                )


def _move_in_place(staged: Path, home: Path, paths: tuple[list[Path], list[Path]], old: Path) -> None:
    """Take what is replaced away and move what is new in; where one step fails, put everything back as it was."""
    moved, replaced = paths
    undo: list[tuple[Path, Path]] = []
    steps = [(home / path, old / path) for path in replaced] + [(staged / path, home / path) for path in moved]
    try:
        for source, target in steps:
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
                undo.append((target, source))
    except OSError:
        for source, target in reversed(undo):
            source.replace(target)
        raise
