"""The report in a real browser, at desktop and phone width, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from browser import DESKTOP, PHONE, Visit
from emotionbench import Study, run
from form_helpers import make_calm, make_forms
from report_helpers import HOSTILE, make_store, page_of

Visitor = Callable[..., Visit]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    respondents = [{"id": "human-norm"}, {"id": "lexicon", "name": HOSTILE}, {"id": "constant"}]
    store = make_store(folder / "store.db", respondents=respondents, factors=None, baseline_repeats=100)
    made = folder / "report.html"
    made.write_text(page_of(store), encoding="utf-8")
    return made


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opens_without_complaint_request_or_overflow(
    visit: Visitor, file: Path, size: tuple[int, int], scheme: str
) -> None:
    opened = visit(file, size=size, scheme=scheme)
    opened.page.wait_for_timeout(100)
    assert opened.complaints == []
    assert opened.requests == [file.as_uri()]
    assert opened.overflow() <= 0


def test_follows_the_system_and_the_toggle(visit: Visitor, file: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = visit(file).page.evaluate(ground)
    opened = visit(file, scheme="dark")
    dark = opened.page.evaluate(ground)
    assert light != dark
    opened.page.get_by_role("button", name="Light theme").click()
    assert opened.page.evaluate(ground) == light


def test_hostile_names_stand_as_text(visit: Visitor, file: Path) -> None:
    opened = visit(file)
    names = opened.page.locator("#leaderboard .name").all_inner_texts()
    assert HOSTILE in names
    assert opened.page.locator("script").count() == 2
    assert opened.complaints == []


def test_the_leaderboard_sorts_by_its_headings(visit: Visitor, file: Path) -> None:
    page = visit(file).page
    names = page.locator("#leaderboard .name")
    before = names.all_inner_texts()
    assert before[0] == "human-norm"
    page.locator("#leaderboard th button", has_text="alignment").click()
    assert page.locator("#leaderboard th[aria-sort]").inner_text().startswith("alignment")
    assert names.all_inner_texts() == before[::-1]
    page.locator("#leaderboard th button", has_text="respondent").click()
    assert names.all_inner_texts() == sorted(before, key=str.lower)


def test_a_cell_opens_its_situations_and_raw_answers(visit: Visitor, file: Path) -> None:
    opened = visit(file)
    page = opened.page
    row = page.locator("#changes details.respondent").first.locator("tr.emotion", has_text="Anger")
    row.locator("button.drill").nth(1).click()
    sheet = page.locator("dialog[open]")
    assert "Anger, negative affect" in sheet.inner_text()
    assert "tests (" in sheet.locator(".how").inner_text()
    situations = sheet.locator("details.situation")
    assert situations.count() == 15
    situations.first.locator("summary").click()
    answers = situations.first.locator(".sheet-row")
    assert answers.count() == 2
    assert answers.first.locator("li").count() == 20
    assert "emotionbench show " in answers.first.inner_text()
    sheet.get_by_role("button", name="Close").click()
    assert page.locator("dialog[open]").count() == 0
    assert opened.complaints == []


def test_the_default_opens_the_baselines(visit: Visitor, file: Path) -> None:
    page = visit(file).page
    page.locator("#changes tr.default button.drill").first.click()
    assert page.locator("dialog[open] .sheet-row").count() == 100


@pytest.mark.parametrize("script", [True, False])
def test_factors_unfold_with_and_without_javascript(visit: Visitor, file: Path, script: bool) -> None:
    page = visit(file, script=script).page
    table = page.locator("#changes table").first
    factors = table.locator("tr.factor")
    assert factors.count() == 36
    assert not any(row.is_visible() for row in factors.all())
    table.locator("label.unfold").first.click()
    assert [row.is_visible() for row in factors.all()] == [True] * 5 + [False] * 31
    table.locator("label.all").click()
    assert all(row.is_visible() for row in factors.all())


def test_reads_without_javascript(visit: Visitor, file: Path) -> None:
    page = visit(file, script=False).page
    text = page.locator("main").inner_text()
    assert "A self-report is a text, not a feeling" in text
    assert "--frames" in page.locator("noscript").first.inner_text()
    assert not page.locator(".theme").is_visible()


def test_prints_to_pages(visit: Visitor, file: Path) -> None:
    opened = visit(file)
    assert opened.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    assert opened.page.locator("details.respondent:not([open])").count() == 0


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of two stores: one with calming and a probe of contamination, one with forms."""
    folder = tmp_path_factory.mktemp("sections")
    calm = make_calm(folder / "calm.db")
    run(Study(respondents=["uniform"], protocol="contamination"), calm)
    made = {"calm": folder / "calm.html", "forms": folder / "forms.html"}
    made["calm"].write_text(page_of(calm), encoding="utf-8")
    made["forms"].write_text(page_of(make_forms(folder / "forms.db")), encoding="utf-8")
    return made


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("store", "names"), [("calm", ("calm", "probes", "ways")), ("forms", ("ways",))])
def test_new_sections_open_without_complaint_request_or_overflow(
    visit: Visitor, stores: dict[str, Path], store: str, names: tuple[str, ...], *, size: tuple[int, int], scheme: str
) -> None:
    opened = visit(stores[store], size=size, scheme=scheme)
    for name in names:
        part = opened.page.locator(f"#{name}")
        assert part.is_visible()
        part.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    opened.page.wait_for_timeout(100)
    assert opened.complaints == []
    assert opened.requests == [stores[store].as_uri()]
    assert opened.overflow() <= 0


def test_contents_lead_to_every_section(visit: Visitor, stores: dict[str, Path]) -> None:
    page = visit(stores["calm"]).page
    ids = [link.get_attribute("href") or "" for link in page.locator(".contents a").all()]
    assert ids == [f"#{one.get_attribute('id')}" for one in page.locator("main section").all()]


def test_raw_answers_say_the_form_that_was_put(visit: Visitor, stores: dict[str, Path]) -> None:
    opened = visit(stores["forms"])
    opened.page.locator("#changes tr.default button.drill").first.click()
    rows = opened.page.locator("dialog[open] .sheet-row")
    assert rows.count() == 16
    said = [row.inner_text() for row in rows.all()]
    assert any("option labels a" in words and "items per message 7" in words for words in said)
    assert rows.first.locator("li").count() == 20
    assert opened.complaints == []
