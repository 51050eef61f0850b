from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from emotionbench.reports.drilldown import ITEM_SIGNS, drilldown
from emotionbench.reports.html import embedded_json, render_page
from emotionbench.reports.phrases import number
from emotionbench.reports.reasons import not_estimated
from emotionbench.reports.tables.leaderboard import entries, one_sentence
from emotionbench.store import Store, reading
from report_helpers import HOSTILE, make_store, page_of, report_of

WHOLE: dict[str, object] = {"factors": None, "situations_per_factor": None, "repeats": 3, "baseline_repeats": 200}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "store.db")


@pytest.fixture(scope="module")
def page(store: Path) -> str:
    return page_of(store)


def embedded(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="answers">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_nothing_is_asked_of_a_network(page: str) -> None:
    assert "default-src 'none'" in page
    assert not re.search(r"<(?:link|img|iframe|object)\b", page)
    assert not re.search(r"""(?:src|href|action)=["'](?!#)""", page)
    assert not re.search(r"url\(|@import|@font-face", page)


def test_no_handler_stands_in_an_attribute(page: str) -> None:
    assert not re.search(r"<[^>]*\son[a-z]+=", re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL))


def test_no_figure_is_nan_or_none(page: str) -> None:
    text = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    assert not re.search(r"\b(?:nan|NaN|None(?! of )|inf|Infinity|undefined)\b", re.sub(r"<[^>]+>", " ", text))
    assert "NaN" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


def test_ids_are_unique_and_every_link_leads_somewhere(page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_the_same_store_gives_the_same_page(store: Path, page: str) -> None:
    assert page_of(store) == page


def test_synthetic_respondents_are_marked(page: str) -> None:
    board = page[page.index('id="leaderboard"') : page.index('id="limits"')]
    assert board.count('class="badge synthetic"') == 2


def test_limits_stand_before_any_change_table(page: str) -> None:
    assert page.index("not a feeling") < page.index('id="changes"')


def test_hostile_texts_stay_text(tmp_path: Path) -> None:
    page = page_of(make_store(tmp_path / "s.db", respondents=[{"id": "lexicon", "name": HOSTILE}], factors=None))
    assert page.count("<script") == 2
    assert page.count("</script>") == 2
    assert "49" not in re.findall(r"&#34;x&#34;.*?alignment", page)[0][:80]
    assert embedded(page)["blocks"][0]["respondent"] == HOSTILE  # type: ignore[index]


def test_embedded_json_cannot_end_its_element() -> None:
    text = embedded_json({"a": "</script><!-- &"})
    assert "<" not in text
    assert json.loads(text) == {"a": "</script><!-- &"}
    with pytest.raises(ValueError, match="JSON"):
        embedded_json(math.nan)


def test_embedded_answers_are_those_of_the_store(store: Path) -> None:
    report = report_of(store)
    with Store(store, writable=False) as opened:
        found = drilldown(report, reading.materials(opened).situations).payload
    block = found["blocks"][0]
    answers = report.analysis.answers
    situation = block["situations"][0]
    identifier, repeat, order, signs, note, form = situation[7][0]
    rows = answers.filter(answers["administration"].str.starts_with(identifier)).sort("position")
    lowest = found["instruments"]["PANAS"]["lowest"]
    assert [ITEM_SIGNS.index(sign) + 1 for sign in found["orders"][order]] == rows["item"].to_list()
    assert [int(sign) + lowest for sign in signs] == rows["value"].to_list()
    assert (repeat, note, form) == (0, "", -1)


def test_beyond_the_limit_a_seeded_selection_is_embedded_and_said(store: Path) -> None:
    report = report_of(store)
    with Store(store, writable=False) as opened:
        situations = reading.materials(opened).situations
    found = drilldown(report, situations, limit=60)
    assert 0 < found.n_embedded <= 60
    assert found.n_all == 88
    assert drilldown(report, situations, limit=60).payload == found.payload
    page = render_page(report, situations, limit=60)
    assert f"The raw answers of {found.n_embedded} of 88 administrations are embedded" in page


def test_the_answer_names_the_highest_in_the_words_of_its_verdict(tmp_path: Path, store: Path) -> None:
    clear = entries(report_of(make_store(tmp_path / "s.db", **WHOLE)))
    said = one_sentence(clear)
    assert said.startswith("Of 2 respondents, human-norm (synthetic) has the highest alignment: ")
    assert said.endswith(clear[0].verdict)
    assert one_sentence(clear[1:]).startswith("lexicon (synthetic): alignment −")
    few = one_sentence(entries(report_of(store)))
    assert few.startswith("Nobody here can be compared with people. Alignment is not estimable: ")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"respondents": ["lexicon"], "baseline_repeats": 0}, "no baseline"),
        ({"factors": ("anger-1",), "situations_per_factor": 1}, "not estimable"),
        ({"respondents": ["lexicon"], "instruments": ["ECL-8"]}, "no human norm for this instrument"),
        ({"respondents": ["constant"]}, "the scores do not vary"),
        ({"design": "paired", "baseline_repeats": None}, "Changes within sessions"),
    ],
    ids=["no-baseline", "one-situation", "no-norm", "constant", "paired"],
)
def test_what_is_missing_says_why(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    page = page_of(make_store(tmp_path / "s.db", **changes))
    assert words in page
    test_no_figure_is_nan_or_none(page)


def test_a_page_where_everything_was_refused(tmp_path: Path) -> None:
    path = make_store(tmp_path / "s.db", respondents=["lexicon"])
    with Store(path) as store, store.writing() as connection:
        connection.exec_driver_sql("UPDATE attempt SET reply = 'I am sorry, but I cannot do that.'")
    page = page_of(path)
    assert "refused" in page
    assert "What could not be estimated" in page
    test_no_figure_is_nan_or_none(page)


def test_the_published_rule_is_named(store: Path) -> None:
    page = page_of(store, protocol="emotionbench-2024")
    assert "every administration counts as independent" in page
    assert "α = 0.01" in page


def test_what_response_styles_lack_is_listed_once(tmp_path: Path) -> None:
    report = report_of(make_store(tmp_path / "s.db", repeats=1))
    lines = not_estimated(report)
    (line,) = [line for line in lines if "cquiescence" in line]
    assert line == "Acquiescence of every respondent: no subscale has both keyed and reverse-keyed items."
    assert sum("copied repeats" in line for line in lines) == 1
    assert len(set(lines)) == len(lines)


def test_baselines_have_margins_of_their_own(page: str, store: Path) -> None:
    found = report_of(store).findings.alignments[0]
    own = number(found.baseline["negative"].equivalence.margin)
    assert own != number(found.margins["negative"])
    assert re.search(rf"of the default [^.]*\.?[^.]*Negative affect ±\s{re.escape(own)}", page)


def test_says_what_is_adjusted_for_multiplicity(page: str) -> None:
    assert "Arrows are adjusted for multiplicity (Holm), intervals are not" in page
    assert "not adjusted for multiplicity; arrows are (Holm)" in page
