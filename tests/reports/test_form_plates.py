from __future__ import annotations

import math
import re

import pytest

from emotionbench.comparisons.calm import Calm, Recovery
from emotionbench.comparisons.ways import ways_of_asking
from emotionbench.reports.figures.drawing import svg
from emotionbench.reports.figures.dumbbells import Dumbbell, dumbbells
from emotionbench.reports.figures.forms import Field, FormPoint, forms_picture
from emotionbench.reports.figures.shares import MOST_LANES, Share, share_bars
from emotionbench.reports.figures.theme import PAGE, PAPER
from emotionbench.reports.form_plates import picture_plates, recovery_plates, share_plates, telling_way
from emotionbench.statistics.contrasts import Contrast
from emotionbench.statistics.estimate import Estimate
from ways_helpers import NO_ANSWERS, outcomes

SQUARE = Field([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)], [("Up", 1.0, 0.0), ("Down", 0.0, 1.0)])
NAMES = {"MOOD": {"calm": "Calm", "warm": "Warmth"}}
FOUND = (
    ways_of_asking(
        outcomes(effects={("language", "zh"): 12.0}, subscales=("calm", "warm")),
        NO_ANSWERS,
        {"calm": (10, 50), "warm": (10, 50)},
    ),
)


def points(n: int) -> list[FormPoint]:
    return [FormPoint(0.3 * math.cos(i), 0.3 * math.sin(i), "abc"[i % 3], i == 0) for i in range(n)]


@pytest.mark.parametrize("theme", [PAGE, PAPER])
def test_thousands_of_forms_are_few_marks_and_a_small_file(theme: object) -> None:
    drawn = svg(forms_picture(points(2500), SQUARE, "language", theme))  # type: ignore[arg-type]
    assert len(drawn) < 120_000
    assert len(re.findall("<path", drawn)) < 100
    # every form is a dot of its own: a stretch of a path that ends where it begins
    assert len(re.findall(r"M[-\d.,]+Z", drawn)) == 2500


def test_outliers_are_ringed_and_levels_named() -> None:
    spec = forms_picture(points(30), SQUARE, "language", PAPER)
    rings = [layer for layer in spec["layer"] if layer["mark"].get("filled") is False]
    assert [len(layer["data"]["values"]) for layer in rings] == [1]
    drawn = svg(spec)
    for words in ("language", ">a<", ">b<", ">c<", "Up", "Down"):
        assert words in drawn


def test_shares_have_lanes_and_whiskers_while_subscales_are_few() -> None:
    def drawn(n: int) -> list[dict[str, object]]:
        shares = [Share("template", f"s{i}", 0.1 * i / n, 0.0, 0.9) for i in range(n)]
        return share_bars(shares, PAPER)["layer"]  # type: ignore[no-any-return]

    assert sum(layer["mark"]["type"] == "rule" for layer in drawn(MOST_LANES)) == MOST_LANES  # type: ignore[index]
    assert not any(layer["mark"]["type"] == "rule" for layer in drawn(MOST_LANES + 1))  # type: ignore[index]


def test_a_dumbbell_goes_from_the_evoked_change_to_what_is_left() -> None:
    spec = dumbbells([Dumbbell("Anger", 5.0, 1.0, "0.80")], "Negative affect", (-1, 6), PAPER)
    assert spec["data"]["values"] == [{"label": "Anger", "evoked": 5.0, "left": 1.0, "aside": "0.80"}]
    assert "undone" in svg(spec)


def test_plates_name_what_explains_most_and_what_is_left() -> None:
    one = FOUND[0].instruments[0]
    assert telling_way(one, "score", one.pictures["score"]) == "language"
    (shares,) = share_plates(FOUND, NAMES)
    assert shares.aside.startswith("left to their combinations and to repeats: ")
    assert "language on calm" in shares.description
    (forms,) = picture_plates(FOUND, NAMES)
    assert forms.aside.startswith("24 forms; ")
    assert "Warmth" in svg(forms.spec(PAPER))


def test_few_forms_are_no_picture() -> None:
    few = ways_of_asking(
        outcomes({"language": ("de", "en")}, subscales=("calm", "warm")), NO_ANSWERS, {"calm": (1, 5), "warm": (1, 5)}
    )
    assert not list(picture_plates([few], NAMES))


def recovery(**changes: object) -> Recovery:
    fields: dict[str, object] = {
        "respondent": "model", "kind": "llm", "instrument": "MOOD", "protocol": "plain", "design": "paired",
        "situation_set": "tiny", "subscale": "calm", "emotion": "anger", "n": 8, "n_situations": 4, "evoked": 5.0,
        "left": 1.0, "undone": Contrast(4.0, "paired t"), "share": Estimate(0.8, 0.5, 1.1),
    }  # fmt: skip
    return Recovery(**(fields | changes))  # type: ignore[arg-type]


def test_recovery_is_a_plate_for_each_subscale_that_has_scores() -> None:
    nothing = recovery(subscale="warm", evoked=None, left=None, share=Estimate.none("no scores"))
    (plate,) = recovery_plates([Calm((), (recovery(), recovery(emotion=None), nothing), ())], NAMES)
    assert plate.caption == "Calm"
    assert "Anger +5.0 to +1.0; Overall +5.0 to +1.0" in plate.description
    assert "0.80" in svg(plate.spec(PAPER))
