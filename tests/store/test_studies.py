"""What a store says of its studies."""

from __future__ import annotations

from pathlib import Path

import emotionbench
from emotionbench import Study, run
from emotionbench.store import Store
from emotionbench.store.studies import store_facts
from mock_server import MockServer


def test_facts_of_a_run(tmp_path: Path) -> None:
    study = Study(
        name="One", respondents=["constant"], factors=["anger-1"], situations_per_factor=2, repeats=3, seed=5,
        baseline_repeats=4,
    )  # fmt: skip
    run(study, tmp_path / "store.db")
    with Store(tmp_path / "store.db", writable=False) as store:
        facts = store_facts(store)
    (found,) = facts.studies
    assert (found.name, found.n_administrations, found.spec["seed"]) == ("One", 10, 5)
    assert found.package_version == emotionbench.__version__
    assert [(material.kind, material.name) for material in facts.materials] == [
        ("instrument", "PANAS"),
        ("protocol", "standard"),
    ]
    assert (facts.n_situations, facts.seeds) == (2, (5,))
    (usage,) = facts.usages
    assert (usage.respondent, usage.kind, usage.n_administrations, usage.n_failed) == ("constant", "synthetic", 10, 0)
    assert usage.input_tokens is None
    assert usage.first_at is not None
    assert usage.last_at is not None
    assert usage.first_at <= usage.last_at


def test_tokens_are_those_that_the_server_counted(tmp_path: Path, mock_server: object) -> None:
    server: MockServer = mock_server()  # type: ignore[operator]
    respondent = {"id": "compatible/m", "settings": {"base_url": server.url}}
    study = Study(respondents=[respondent], factors=["anger-1"], situations_per_factor=1, baseline_repeats=2)
    run(study, tmp_path / "store.db")
    with Store(tmp_path / "store.db", writable=False) as store:
        (usage,) = store_facts(store).usages
    assert usage.n_administrations == 3
    assert usage.input_tokens is not None
    assert usage.input_tokens > 0
    assert usage.model_versions
