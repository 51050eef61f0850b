from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from openpyxl import Workbook

from emotionbench.materials import catalogue
from emotionbench.materials.norms import Norm
from emotionbench.materials.situations import EMOTIONS

ROOT = Path(__file__).parents[2]
PANAS = catalogue.instrument("PANAS")
POSITIVE = PANAS.subscales["positive"].items


@pytest.fixture(scope="module")
def make_norms() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_norms", ROOT / "tools" / "make_norms.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def person(label: str, levels: tuple[int, int, int, int], **replaced: Any) -> list[Any]:
    """Answers that are all alike within a subscale: positive and negative before, positive and negative after."""
    before, after = (
        [positive if number in POSITIVE else negative for number in range(1, 21)]
        for positive, negative in (levels[:2], levels[2:])
    )
    before[0] = replaced.get("first", before[0])
    return [label, *before, *after]


def crowd(tmp_path: Path, *people: list[Any]) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "Raw"
    labels = ["Info", *(f"Now - {item.text}" for item in PANAS.items), *(f"Then - {item.text}" for item in PANAS.items)]
    for row, label in enumerate(labels):
        sheet.append([row, label, *(one[row] for one in people)])
    path = tmp_path / "crowd.xlsx"
    workbook.save(path)
    workbook.close()
    return path


def test_the_norm_of_made_up_people(make_norms: ModuleType, tmp_path: Path) -> None:
    path = crowd(
        tmp_path,
        person("Fear_F1S1", (4, 1, 1, 3)),
        person("Fear_F1S2", (2, 2, 1, 3)),
        person("Fear_F1S2", (3, 3, 4, 5)),
        person("Fear_F1S2", (5, 5, 5, 5), first="6"),
        person("Fear_F1S2", (5, 5, 5, 5), first=None),
        person("Angry_F2S1", (1, 1, 1, 1)),
        person("Angry_F2S1", (2, 2, 2, 2)),
    )
    out = tmp_path / "norms" / "made-up.json"
    assert make_norms.main([str(path), str(out)]) == 0
    norm = catalogue.norm(str(out))
    assert (norm.n, norm.n_excluded) == (5, 2)
    cells = [(row.emotion, row.factor, row.n) for row in norm.rows]
    assert cells == [
        (None, None, 5),
        ("anger", None, 2),
        ("anger", "anger-2", 2),
        ("fear", None, 3),
        ("fear", "fear-1", 3),
    ]
    fear = norm.rows[-1].subscales["positive"]
    assert (fear.baseline.mean, fear.baseline.sd) == (30.0, 10.0)
    assert (fear.evoked.mean, fear.evoked.sd) == (20.0, 17.320508)
    assert (fear.change.mean, fear.change.sd) == (-10.0, 20.0)
    assert fear.r == pytest.approx(0.0, abs=1e-6)
    assert norm.rows[2].subscales["negative"].r == 1.0
    by_situation = [(one.situation, one.factor, one.n, one.change["positive"]) for one in norm.situations]
    assert by_situation == [
        ("anger-2-1", "anger-2", 2, 0.0),
        ("fear-1-1", "fear-1", 1, -30.0),
        ("fear-1-2", "fear-1", 2, 0.0),
    ]
    assert norm.situations[2].evoked == {"positive": 25.0, "negative": 40.0}
    # two factors are too few to say how people agree with people
    assert norm.agreement == {}


def test_people_who_are_all_alike_have_no_correlation(make_norms: ModuleType, tmp_path: Path) -> None:
    path = crowd(tmp_path, person("Fear_F1S1", (4, 1, 1, 3)), person("Fear_F1S1", (4, 1, 1, 3)))
    assert make_norms.main([str(path), str(tmp_path / "out.json")]) == 0
    norm = Norm.model_validate_json((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert {movement.r for row in norm.rows for movement in row.subscales.values()} == {None}


def test_wrong_arguments_print_the_use(make_norms: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_norms.main([]) == 2
    assert "CROWD.xlsx" in capsys.readouterr().err


def test_the_shipped_norm_has_the_published_people() -> None:
    norm = catalogue.norm("emotionbench-people")
    assert (norm.n, norm.n_excluded, norm.instrument) == (1266, 0, "PANAS")
    everyone = norm.row()
    assert everyone is not None
    positive, negative = everyone.subscales["positive"], everyone.subscales["negative"]
    assert (round(positive.baseline.mean, 2), round(positive.baseline.sd, 2)) == (28.02, 8.88)
    assert (round(negative.baseline.mean, 2), round(negative.baseline.sd, 2)) == (13.62, 5.50)
    emotions = [row for row in norm.rows if row.emotion is not None and row.factor is None]
    assert [row.emotion for row in emotions] == list(EMOTIONS)
    factors = [row for row in norm.rows if row.factor is not None]
    assert {row.factor for row in factors} == set(catalogue.situation_set("everyday").factors)
    assert [row.factor for row in factors[:7]] == [
        *(f"anger-{number}" for number in range(1, 6)),
        "anxiety-1",
        "anxiety-2",
    ]
    assert sum(row.n for row in emotions) == sum(row.n for row in factors) == 1266


def test_the_shipped_norm_is_what_the_tool_makes(make_norms: ModuleType, upstream: Path, tmp_path: Path) -> None:
    path = upstream / "EmotionBench" / "results" / "PANAS Test" / "crowd.xlsx"
    assert make_norms.main([str(path), str(tmp_path / "out.json")]) == 0
    shipped = catalogue.SHIPPED / "norms" / "emotionbench-people.json"
    assert (tmp_path / "out.json").read_text(encoding="utf-8") == shipped.read_text(encoding="utf-8")
