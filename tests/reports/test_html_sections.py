"""The sections that only some stores have something for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from emotionbench.materials.score_norm_files import add_score_norm
from emotionbench.reports.drilldown import ITEM_SIGNS, MOST_OF_A_CELL, VALUE_SIGNS, drilldown
from emotionbench.reports.methods import methods
from emotionbench.store import Store, reading
from form_helpers import make_calm, make_forms, make_traits
from norm_helpers import NORM
from report_helpers import make_store, page_of, report_of
from small_materials import INSTRUMENT

NEW = ("norms", "indirect", "calm", "ways", "probes")


def sections(page: str) -> list[str]:
    return re.findall(r'<section id="([a-z]+)"', page)


def contents(page: str) -> list[str]:
    return re.findall(r'<li><a href="#([a-z]+)">', page)


def embedded_in(path: Path) -> dict[str, Any]:
    report = report_of(path)
    with Store(path, writable=False) as opened:
        found = drilldown(report, reading.materials(opened).situations)
    return json.loads(json.dumps(found.payload))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_forms(tmp_path_factory.mktemp("forms") / "store.db")


def test_a_plain_store_has_none_of_them(tmp_path: Path) -> None:
    page = page_of(make_store(tmp_path / "s.db"))
    assert not set(sections(page)) & set(NEW)
    assert sections(page) == contents(page)


def test_forms_are_a_section_with_verdicts_tables_and_figures(forms: Path) -> None:
    page = page_of(forms)
    assert "ways" in sections(page)
    assert sections(page) == contents(page)
    part = page[page.index('<section id="ways"') : page.index('<section id="style"')]
    assert part.count("<figure") == 4
    assert part.count('<p class="overall">') == 2
    for title in ("What each way moves", "Where the variance lies", "Answers that flip", "What one form is worth"):
        assert title in part
    assert 'href="#ways"' in page[: page.index('class="meta"')]


def test_methods_tell_how_and_cite_it(forms: Path) -> None:
    found = methods(report_of(forms))
    words = dict(found.paragraphs)["Ways of asking"]
    assert "type II (Langsrud, 2003)" in words
    assert any(one.startswith("Ester") for one in found.references)
    assert "{" not in "".join(words for _, words in found.paragraphs)


def test_answers_say_their_form_in_the_items_of_its_edition(forms: Path) -> None:
    payload = embedded_in(forms)
    report = report_of(forms)
    entries = payload["blocks"][0]["baseline"]
    assert {payload["forms"][entry[5]][0] for entry in entries} == set(report.analysis.forms)
    answers = report.analysis.answers
    for identifier, _, order, signs, _, _ in entries:
        rows = answers.filter(answers["administration"].str.starts_with(identifier)).sort("position")
        assert [payload["items"].index(sign) + 1 for sign in payload["orders"][order]] == rows["item"].to_list()
        assert [payload["values"].index(sign) + 1 for sign in signs] == rows["value"].to_list()


def test_languages_have_their_own_items(tmp_path: Path) -> None:
    path = make_forms(tmp_path / "s.db", ways={"language": ["en", "de"]})
    payload = embedded_in(path)
    editions = {payload["forms"][entry[5]][1] for block in payload["blocks"] for entry in block["baseline"]}
    assert editions == {"PANAS", "PANAS-de"}
    assert payload["instruments"]["PANAS-de"]["items"] != payload["instruments"]["PANAS"]["items"]


def test_calm_is_a_section_with_recovery_drawn(tmp_path: Path) -> None:
    page = page_of(make_calm(tmp_path / "s.db"))
    part = page[page.index('<section id="calm"') : page.index('<section id="specificity"')]
    for title in ("Manipulation check", "Recovery: what the calming", "The change under a persona"):
        assert title in part
    assert part.count("<figure") == 8
    assert "Negative affect" in part
    assert "Fieller’s (Fieller, 1954)" in page


def test_without_situations_norms_come_first_and_no_board_stands_empty(tmp_path: Path, small_home: Path) -> None:
    (tmp_path / "mine.yaml").write_text(NORM, encoding="utf-8")
    add_score_norm(tmp_path / "mine.yaml")
    page = page_of(make_traits(tmp_path / "s.db"))
    shown = sections(page)
    assert shown == contents(page)
    assert shown[:3] == ["limits", "norms", "changes"]
    assert not set(shown) & {"respondents", "movement", "factors", "heat", "gaps", "precision", "specificity"}
    assert "<h1>How does it answer, beside people?</h1>" in page
    assert re.search(r'class="answer">.*uniform \(synthetic\) differs from people on \d of 2 subscales', page)
    assert "<h2>Scores</h2>" in page
    assert "A profile is not a personality." in page
    assert "Norms of scores" in page


def test_without_situations_and_norms_the_page_says_that_nothing_is_compared(tmp_path: Path, small_home: Path) -> None:
    page = page_of(make_traits(tmp_path / "s.db"))
    assert "How were the questionnaires answered?" in page
    assert "nothing is compared" in page
    assert 'id="leaderboard"' not in page


@pytest.mark.parametrize("n_items", [61, 62, 164])
def test_long_instruments_are_embedded(tmp_path: Path, small_home: Path, n_items: int) -> None:
    long = INSTRUMENT.replace("id: MOOD-6", "id: LONG")
    items = "".join(f"  - Item {number}\n" for number in range(1, n_items + 1))
    long = re.sub(r"items:\n(  - .*\n)+", f"items:\n{items}", long)
    long = re.sub(r"items: \[1, 3, 4, 5\]", f"items: {[n for n in range(1, n_items + 1) if n not in (2, 6)]}", long)
    (small_home / "instruments").mkdir(exist_ok=True)
    (small_home / "instruments" / "LONG.yaml").write_text(long, encoding="utf-8")
    path = make_traits(tmp_path / "s.db", ("LONG",), respondents=["uniform"], baseline_repeats=2)
    payload = embedded_in(path)
    answers = report_of(path).analysis.answers
    _, _, order, signs, note, form = payload["blocks"][0]["baseline"][0]
    identifier = payload["blocks"][0]["baseline"][0][0]
    rows = answers.filter(answers["administration"].str.starts_with(identifier)).sort("position")
    assert [payload["items"].index(sign) + 1 for sign in payload["orders"][order]] == rows["item"].to_list()
    assert len(signs) == n_items
    assert (note, form) == ("", -1)


def test_signs_are_one_character_each_and_no_two_alike() -> None:
    assert len(set(ITEM_SIGNS)) == len(ITEM_SIGNS) > 350
    assert len(set(VALUE_SIGNS)) == len(VALUE_SIGNS) > 101
    assert all(ord(sign) < 0x10000 and sign.isalnum() for sign in ITEM_SIGNS + VALUE_SIGNS)


def test_of_very_many_repeats_a_part_is_embedded(tmp_path: Path, small_home: Path) -> None:
    path = make_traits(tmp_path / "s.db", respondents=["constant"], baseline_repeats=MOST_OF_A_CELL + 40)
    block = embedded_in(path)["blocks"][0]
    assert len(block["baseline"]) == MOST_OF_A_CELL
    assert block["n_baseline"] == MOST_OF_A_CELL + 40
    assert f"The raw answers of {MOST_OF_A_CELL} of {MOST_OF_A_CELL + 40} administrations" in page_of(path)
