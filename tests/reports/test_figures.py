from __future__ import annotations

import math
import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest

from emotionbench.materials.norms import OverSplits, PeopleWithPeople
from emotionbench.reports.contents import Report
from emotionbench.reports.figures.arrows import Arrow, arrows
from emotionbench.reports.figures.drawing import inline_svg, svg, write_figure
from emotionbench.reports.figures.heatmap import Field, heatmap
from emotionbench.reports.figures.scatter import Point, scatter
from emotionbench.reports.figures.theme import PAGE, PAPER
from emotionbench.reports.output import plates_of
from emotionbench.reports.plates import ceiling_band
from report_helpers import make_store, report_of

PANEL = [Arrow("Anger", 28, 20, 27, 22), Arrow("Fear", 28, 28.01, 27, 30)]
POINTS = [Point("a <b>", -5, -7, -3, -4, -60, 50), Point("c", 2, None, None, 1, None, None)]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    store = tmp_path_factory.mktemp("figures") / "store.db"
    return report_of(make_store(store, respondents=["lexicon", "constant"], instruments=["PANAS", "ECL-8"]))


def test_one_spec_is_drawn_for_page_and_paper() -> None:
    on_page, on_paper = (svg(arrows(PANEL, "Negative affect", (10, 50), theme)) for theme in (PAGE, PAPER))
    assert "var(--accent)" in on_page
    assert "var(--" not in on_paper
    assert PAPER.accent in on_paper
    assert 'fill="#ffffff"' in on_paper


def test_the_same_spec_gives_the_same_bytes() -> None:
    spec = scatter(POINTS, "Negative affect", (-10, 5), 2.0, PAPER)
    assert svg(spec) == svg(scatter(POINTS, "Negative affect", (-10, 5), 2.0, PAPER))


def test_arrows_point_the_way_of_the_change_and_a_dot_says_none() -> None:
    spec = arrows(PANEL, "Negative affect", (10, 50), PAPER)
    heads = {(row["label"], row["who"]): row["head"] for row in spec["data"]["values"]}
    assert heads == {
        ("Anger", "respondent"): "left",
        ("Anger", "people"): "left",
        ("Fear", "respondent"): "none",
        ("Fear", "people"): "right",
    }


def test_whiskers_end_where_the_panel_does() -> None:
    first, second = scatter(POINTS, "Negative affect", (-10, 5), None, PAPER)["data"]["values"]
    assert (first["own_low"], first["own_high"]) == (-10, 5)
    assert (second["own_low"], second["people_high"]) == (None, None)


def test_inline_figures_scale_and_say_what_they_show() -> None:
    drawn = inline_svg(scatter(POINTS, "Negative affect", (-10, 5), 2.0, PAGE), 'what "it" shows')
    root = ElementTree.fromstring(drawn)
    assert root.get("aria-label") == 'what "it" shows'
    assert root.get("viewBox")
    titles = [element.text for element in root.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["a <b>", "c"]
    assert "aria-roledescription" not in drawn


def test_fields_say_the_direction_in_text_and_colour() -> None:
    fields = [Field("x", "Anger", 3, "+3.0"), Field("x", "Fear", -1, "−1.0"), Field("x", "Guilt", None, "–")]
    rows = heatmap(fields, 3, PAPER, (None, None))["data"]["values"]
    assert [row["fill"] for row in rows[:2]] == [PAPER.up, PAPER.down]
    assert rows[0]["strength"] > rows[1]["strength"] > rows[2]["strength"] == 0


def test_figures_for_papers_are_vector_and_300_dpi(tmp_path: Path) -> None:
    spec = arrows(PANEL, "Negative affect", (10, 50), PAPER)
    vector, document, picture = write_figure(spec, tmp_path / "arrows")
    width = float(re.findall(r'width="([\d.]+)"', vector.read_text(encoding="utf-8"))[0])
    assert document.read_bytes().startswith(b"%PDF")
    assert b"/Font" in document.read_bytes()
    raw = picture.read_bytes()
    assert struct.unpack(">I", raw[16:20])[0] == pytest.approx(width * 300 / 72, abs=2)
    pixels_per_metre = struct.unpack(">I", raw[raw.index(b"pHYs") + 4 :][:4])[0]
    assert pixels_per_metre * 0.0254 == pytest.approx(300, abs=0.5)


def test_every_plate_has_a_name_of_its_own_and_is_drawn(report: Report) -> None:
    plates = list(plates_of(report))
    assert len({plate.name for plate in plates}) == len(plates)
    kinds = {plate.name.split("-")[0] for plate in plates}
    assert kinds == {"alignment", "arrows", "factors", "heatmap", "specificity"}
    for plate in plates:
        assert plate.description
        assert svg(plate.spec(PAPER)).startswith("<svg")


def test_the_ceiling_band_is_that_of_two_groups_of_people(report: Report) -> None:
    found = report.findings.alignments[0]
    agreement = PeopleWithPeople(
        correlation=OverSplits(value=0.75, low=0.7, high=0.8),
        concordance=OverSplits(value=0.75, low=0.7, high=0.8),
        n_splits=10,
    )
    found.ceiling["positive"] = agreement
    values = [point.people["positive"].value for point in found.points]
    known = [value for value in values if value is not None]
    mean = sum(known) / len(known)
    sd = math.sqrt(sum((value - mean) ** 2 for value in known) / (len(known) - 1))
    assert ceiling_band(found, "positive") == pytest.approx(1.959964 * sd * math.sqrt(2 * 0.25))
    found.ceiling["positive"] = None
    assert ceiling_band(found, "positive") is None
