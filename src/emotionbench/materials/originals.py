"""The original EmotionBench's materials, downloaded or taken from a clone: the package ships none of them."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from emotionbench.errors import MaterialError, nearest
from emotionbench.materials.original_files import COMMIT, INSTRUMENT_LICENCES, LICENCE, REPOSITORY
from emotionbench.materials.original_instruments import convert_questionnaires, read_questionnaires
from emotionbench.materials.original_situations import SET_ID, read_situations, situation_files
from emotionbench.materials.writing import to_yaml

__all__ = ["ORIGINALS", "Added", "Original", "OriginalFile", "add", "fetch", "read_questionnaires", "read_situations"]

SITUATIONS, QUESTIONNAIRES = "situations.json", "questionnaires.json"


@dataclass(frozen=True)
class OriginalFile:
    """One file of an original: its name, where it is downloaded from, and the SHA-256 it must have."""

    name: str
    url: str
    sha256: str


@dataclass(frozen=True)
class Original:
    """Materials of an original project at one commit, and what its licence says."""

    name: str
    repository: str
    commit: str
    licence: str
    files: tuple[OriginalFile, ...]


@dataclass(frozen=True)
class Added:
    """What ``add`` has installed: ids of instruments, the set of situations and its size, and the files written."""

    name: str
    instruments: tuple[str, ...]
    situation_set: str
    n_situations: int
    paths: tuple[Path, ...]
    licence: str


_RAW = f"https://raw.githubusercontent.com/CUHK-ARISE/EmotionBench/{COMMIT}"
ORIGINALS: dict[str, Original] = {
    "emotionbench": Original(
        name="emotionbench",
        repository=REPOSITORY,
        commit=COMMIT,
        licence=f"{LICENCE} {INSTRUMENT_LICENCES}",
        files=(
            OriginalFile(
                SITUATIONS,
                f"{_RAW}/{SITUATIONS}",
                "3b4ef2ea1e5452814064bb480ec89feb83228f151a51ff9472134c3d68152b35",
            ),
            OriginalFile(
                QUESTIONNAIRES,
                f"{_RAW}/{QUESTIONNAIRES}",
                "62df9edf007ba5da0c8e80b027113159ac490574a1f536bbb3d4177af5751585",
            ),
        ),
    )
}


def fetch(name: str, folder: Path) -> tuple[Path, ...]:
    """Download the files of an original into ``folder``, SHA-256 checked; files already there and right are kept.

    A MaterialError says what to do without a network.
    """
    # imported here: only a download needs it, and it takes a tenth of a second
    import pooch  # noqa: PLC0415

    pooch.get_logger().setLevel("WARNING")
    paths = []
    for file in _original(name).files:
        fix = f"check the network, or give a clone of {REPOSITORY} with --from PATH"
        try:
            paths.append(Path(pooch.retrieve(file.url, f"sha256:{file.sha256}", fname=file.name, path=folder)))
        # requests' errors, of the network and of HTTP, are OSErrors; pooch tells a wrong hash by a ValueError
        except OSError as problem:
            raise MaterialError(f"cannot be downloaded: {problem}", where=file.url, fix=fix) from None
        except ValueError as problem:
            raise MaterialError(f"is not the file expected: {problem}", where=file.url, fix=fix) from None
    return tuple(paths)


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
    instruments, n_situations = _convert(clone, staged)
    _check_hashes(clone, original)
    moved = [Path("instruments") / f"{identifier}.yaml" for identifier in instruments] + [Path("situations") / SET_ID]
    _check_ours(home, moved, original)
    _move_in_place(staged, home, moved, working / "old")
    paths = tuple(home / path for path in moved)
    return Added(original.name, instruments, SET_ID, n_situations, paths, original.licence)


def _original(name: str) -> Original:
    if name not in ORIGINALS:
        raise MaterialError(f"unknown original {name!r}", fix=nearest(name, ORIGINALS))
    return ORIGINALS[name]


def _clone_in(source: Path, original: Original) -> Path:
    """The folder that holds the files: ``source`` or one directly within it."""
    if not source.is_dir():
        raise MaterialError("no such folder", where=str(source), fix=f"give a clone of {original.repository}")
    nested = sorted(path for path in source.iterdir() if path.is_dir())
    names = [file.name for file in original.files]
    for folder in (source, *nested):
        if all((folder / name).is_file() for name in names):
            return folder
    best = max((source, *nested), key=lambda folder: sum((folder / name).is_file() for name in names))
    lacking = [name for name in names if not (best / name).is_file()]
    raise MaterialError(
        f"no {' and no '.join(lacking)} here", where=str(best), fix=f"give a clone of {original.repository}"
    )


def _convert(clone: Path, staged: Path) -> tuple[tuple[str, ...], int]:
    """Write the converted materials to ``staged`` in the layout of the catalogue."""
    instruments = convert_questionnaires(clone / QUESTIONNAIRES).values()
    files = situation_files(clone / SITUATIONS)
    for folder in (staged / "instruments", staged / "situations" / SET_ID):
        folder.mkdir(parents=True)
    for instrument in instruments:
        _write(staged / "instruments" / f"{instrument.id}.yaml", to_yaml(instrument))
    for file in files:
        _write(staged / "situations" / SET_ID / f"{file.emotion}.yaml", to_yaml(file))
    n_situations = sum(len(tuple(file.situations())) for file in files)
    return tuple(instrument.id for instrument in instruments), n_situations


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _check_hashes(clone: Path, original: Original) -> None:
    for file in original.files:
        found = hashlib.sha256((clone / file.name).read_bytes()).hexdigest()
        if found != file.sha256:
            raise MaterialError(
                f"SHA-256 is {found}; expected {file.sha256}",
                where=str(clone / file.name),
                fix=f"check out commit {original.commit}",
            )


def _check_ours(home: Path, moved: list[Path], original: Original) -> None:
    """Refuse to replace what this function's caller did not write: its files name the repository they came from."""
    for target in (home / path for path in moved):
        for file in sorted(target.glob("**/*")) if target.is_dir() else [target]:
            if file.is_file() and original.repository.encode() not in file.read_bytes():
                raise MaterialError(
                    "is a file of your own that would be replaced", where=str(file), fix="move or rename it first"
                )


def _move_in_place(staged: Path, home: Path, moved: list[Path], old: Path) -> None:
    """Move every path from ``staged`` to ``home``; where one fails, put everything back as it was."""
    undo: list[tuple[Path, Path]] = []
    try:
        for path in moved:
            for parent in (home / path, old / path):
                parent.parent.mkdir(parents=True, exist_ok=True)
            if (home / path).exists():
                (home / path).replace(old / path)
                undo.append((old / path, home / path))
            (staged / path).replace(home / path)
            undo.append((home / path, staged / path))
    except OSError:
        for source, target in reversed(undo):
            source.replace(target)
        raise
