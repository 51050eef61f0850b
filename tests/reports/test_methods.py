from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from emotionbench.reports.citations import CITATIONS
from emotionbench.reports.methods import Methods, methods
from emotionbench.statistics.runs import RunEffect
from report_helpers import make_store, report_of


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Methods:
    folder = tmp_path_factory.mktemp("methods")
    return methods(report_of(make_store(folder / "store.db", name="A study", seed=7)))


def text(found: Methods) -> str:
    return " ".join(words for _, words in found.paragraphs)


def test_names_what_was_asked(written: Methods) -> None:
    said = text(written)
    assert "PANAS (SHA-256 " in said
    assert "12 situations of the set everyday, in 4 factors" in said
    assert "human-norm (norm emotionbench-people, norm_hash " in said
    assert "lexicon, synthetic: 44 administrations in 44 attempts" in said
    assert "(Welch, 1947)" in said
    assert "Study “A study”" in said
    assert "repeats 2, seed 7" in said
    assert "None" not in said


def test_names_the_families_with_their_sizes(written: Methods) -> None:
    assert "factor rows × subscales (8 tests)" in text(written)


def test_cites_what_was_used_and_nothing_else(written: Methods) -> None:
    for key in ("panas", "welch", "holm", "bh", "hedges", "lin", "schuirmann", "fieller", "vader"):
        assert CITATIONS[key][1] in written.references
    assert all(any(one == full for _, full in CITATIONS.values()) for one in written.references)


def test_the_published_rule_cites_no_adjustment(tmp_path: Path) -> None:
    store = make_store(tmp_path / "store.db", respondents=["constant"], instruments=["ECL-8"])
    found = methods(report_of(store, protocol="emotionbench-2024"))
    said = text(found)
    assert "every administration counts" in said
    assert CITATIONS["holm"][1] not in found.references
    assert CITATIONS["panas"][1] not in found.references
    assert "ECL-8 has not been validated" in said


def test_recorded_answers_are_of_a_file_and_not_asked_here(tmp_path: Path) -> None:
    report = report_of(make_store(tmp_path / "store.db"))
    usages = tuple(replace(u, settings={"recorded": "emotionbench", "sha256": "ab" * 32}) for u in report.facts.usages)
    said = text(methods(replace(report, facts=replace(report.facts, usages=usages))))
    assert "conversation of its own" not in said
    assert "the recorded answers of a file with SHA-256 abababababab…, not asked here" in said
    mixed = (usages[0], *report.facts.usages[1:])
    said = text(methods(replace(report, facts=replace(report.facts, usages=mixed))))
    assert "Independent design of those asked here: every administration is a conversation" in said


def test_runs_that_differ_are_named(tmp_path: Path) -> None:
    report = report_of(make_store(tmp_path / "store.db"))
    block = replace(report.findings.changes[0], run_effects={"negative": RunEffect(1.25, 0.0001, 10, 12)})
    said = text(methods(replace(report, findings=replace(report.findings, changes=(block,)))))
    name = block.respondent
    assert f"of {name} (negative affect: SD 1.25 between 10 runs, p < .001)." in said
    assert "their variance is part of the intervals" in said
