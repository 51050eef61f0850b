"""What a model's folder is known by, and on which device and in which numbers it is loaded."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from emotionbench.respondents.local import loading
from emotionbench.respondents.local.loading import Source, dtype_of, identity


@pytest.mark.parametrize("place", [0, 5_000_000, -1])
def test_weights_that_are_not_read_whole_are_told_apart_at_many_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    monkeypatch.setattr(loading, "WHOLE", 2**20)
    content = bytearray(10_000_000)
    source = Source("m", tmp_path, None)

    def known_by() -> str:
        (tmp_path / "model.safetensors").write_bytes(content)
        return identity(source, None)

    before = known_by()
    assert known_by() == before
    # training moves all weights, so that what is read of a stretch shows it
    start = place % len(content)
    content[max(0, start - 20_000) : start + 20_000] = b"\1" * (
        min(start + 20_000, 10_000_000) - max(0, start - 20_000)
    )
    assert known_by() != before


def test_what_describes_a_model_is_part_of_what_it_is_known_by(tmp_path: Path) -> None:
    source = Source("m", tmp_path, None)
    (tmp_path / "config.json").write_text("{}")
    before = identity(source, None)
    (tmp_path / "model.safetensors").write_bytes(b"few")
    assert identity(source, None) != before
    before = identity(source, None)
    (tmp_path / "README.md").write_text("not part of it")
    assert identity(source, None) == before
    (tmp_path / "config.json").write_text('{"a": 1}')
    assert identity(source, None) != before


@pytest.mark.parametrize(("commit", "revision", "known"), [("c0ffee", "main", "c0ffee"), (None, "v1", "v1")])
def test_a_model_on_the_hub_is_known_by_its_commit(commit: str | None, revision: str | None, known: str) -> None:
    assert identity(Source("o/n", None, revision), SimpleNamespace(_commit_hash=commit)) == known
    assert identity(Source("o/n", None, None), SimpleNamespace()) == "main"


@pytest.mark.parametrize(
    ("wanted", "device", "saved", "dtype"),
    [
        ("auto", "cpu", "bfloat16", "float32"),
        ("auto", "cuda", "torch.bfloat16", "bfloat16"),
        ("auto", "cuda", None, "float32"),
        ("float16", "cpu", "bfloat16", "float16"),
    ],
)
def test_numbers_are_as_saved_on_a_gpu_and_wide_on_a_cpu(
    wanted: str, device: str, saved: str | None, dtype: str
) -> None:
    assert dtype_of(wanted, device, SimpleNamespace(dtype=saved)) == dtype


def test_a_folder_is_never_looked_for_on_the_network(tmp_path: Path) -> None:
    assert Source("m", tmp_path, None).asked["local_files_only"] is True
    assert Source("o/n", None, "v1").asked == {"pretrained_model_name_or_path": "o/n", "revision": "v1"}
