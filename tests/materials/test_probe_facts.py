from __future__ import annotations

from pathlib import Path

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.probe_facts import probe_facts


def test_every_direction_is_of_a_subscale_that_there_is() -> None:
    facts = probe_facts()
    for own in (catalogue.instrument("PANAS"), catalogue.instrument("ECL-8")):
        assert set(facts.directions[own.id.casefold()]) == set(own.subscales)
    assert (facts.direction("panas", "positive"), facts.direction("PANAS", "negative")) == (1, -1)
    assert facts.direction("PANAS", "neither") == 0
    assert facts.direction("nothing", "positive") == 0


def test_controls_are_what_is_written_for_emotionbench() -> None:
    facts = probe_facts()
    for name in facts.control_instruments:
        assert catalogue.instrument(name).source.startswith("Written for emotionbench")
    for name in facts.control_sets:
        assert catalogue.situation_set(name).source == "written for emotionbench"


def test_files_of_ones_own_add_to_those_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTIONBENCH_HOME", str(tmp_path))
    (tmp_path / "desirability.yaml").write_text("source: mine\ninstruments:\n  MINE: {joy: high}\n", encoding="utf-8")
    (tmp_path / "controls.yaml").write_text("source: mine\ninstruments: [MINE]\n", encoding="utf-8")
    facts = probe_facts()
    assert facts.direction("MINE", "joy") == 1
    assert facts.control_instruments == {"ecl-8", "mine"}


def test_a_slip_in_such_a_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTIONBENCH_HOME", str(tmp_path))
    (tmp_path / "desirability.yaml").write_text("source: mine\ninstruments:\n  MINE: {joy: up}\n", encoding="utf-8")
    with pytest.raises(MaterialError, match=r"desirability\.yaml:3"):
        probe_facts()
