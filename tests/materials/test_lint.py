from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from emotionbench.materials import catalogue
from emotionbench.materials.lint import LONG_ITEM_WORDS, Remark, lint

SOUND: dict[str, Any] = {
    "id": "TEA",
    "name": "Tea Inventory",
    "edition": "1",
    "language": "en",
    "validated": False,
    "source": "Made up.",
    "licence": "CC0",
    "instructions": "Say how much.",
    "response_scale": {"lowest": 1, "highest": 4, "labels": {1: "no", 4: "yes"}},
    "items": ["I like tea.", "I hate tea.", "Pots please me.", "Cups bore me."],
    "subscales": {
        "tea": {"name": "Tea", "items": [1, 2], "reverse": [2]},
        "ware": {"name": "Ware", "items": [3, 4], "reverse": [4]},
    },
    "score": {"rule": "sum"},
}


def linted(folder: Path, name: str = "TEA.yaml", **changes: Any) -> tuple[Remark, ...]:
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({key: value for key, value in {**SOUND, **changes}.items() if value is not None}, file)
    return lint(folder / name)


def told(remarks: tuple[Remark, ...]) -> list[str]:
    return [f"{remark.kind}: {remark.where}: {remark.what}" for remark in remarks]


def test_a_sound_instrument_has_no_remark(tmp_path: Path) -> None:
    assert linted(tmp_path) == ()


def test_what_the_model_refuses_has_its_line_and_fix(tmp_path: Path) -> None:
    (only,) = linted(tmp_path, licence=None, license="CC0")
    line = (tmp_path / "TEA.yaml").read_text(encoding="utf-8").splitlines().index("license: CC0") + 1
    assert (only.kind, only.where) == ("error", f"TEA.yaml:{line}")
    assert only.what == "license: unknown key; did you mean 'licence'? (and 1 more)"
    (missing,) = lint(tmp_path / "nowhere.yaml")
    assert "cannot be read" in missing.what
    assert missing.what.endswith("check the path and its permissions")
    (homeless,) = linted(tmp_path, subscales={"tea": SOUND["subscales"]["tea"]})
    assert homeless.kind == "error"
    assert "item 3 is in no subscale" in homeless.what


def subscales(**changes: dict[str, Any]) -> dict[str, Any]:
    return {**SOUND["subscales"], **{key: {"name": key, **value} for key, value in changes.items()}}


def items(*texts: str) -> list[str]:
    return [*SOUND["items"][: 4 - len(texts)], *texts]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"subscales": subscales(tea={"items": [1, 2], "reverse": [2, 2]})},
            "error: subscale 'tea': item 2 is reverse-keyed twice, so both ways",
        ),
        (
            {"subscales": subscales(tea={"items": [1, 2, 3], "reverse": [2]})},
            "error: TEA.yaml:20: item 3 is in subscales 'tea' and 'ware'; an item counts in one, besides in an overall"
            " one of all items",
        ),
        (
            {"subscales": subscales(whole={"items": [1, 2, 3, 4], "reverse": [2]})},
            "warning: subscales 'ware' and 'whole': item 4 is reverse-keyed in one and not in the other",
        ),
        (
            {"subscales": {"tea": SOUND["subscales"]["tea"]}, "note": "Fillers."},
            "warning: items: items 3, 4 are in no subscale: asked, but never scored",
        ),
        (
            {"subscales": subscales(tea={"items": [1, 2, 3], "reverse": [2]}, ware={"items": [4]})},
            "warning: subscale 'ware': has one item: nothing tells its error from its score",
        ),
        (
            {"subscales": subscales(tea={"items": [1, 2]}, ware={"items": [3, 4], "reverse": [3, 4]})},
            "warning: subscales: all items are keyed one way: whoever agrees with anything scores high",
        ),
        (
            {"items": items("I like  tea!")},
            "warning: items 1 and 4: differ in signs and spaces only",
        ),
        (
            {"items": items("I like tea. Often.")},
            "warning: items 1 and 4: begin alike: a reply that quotes one may be either",
        ),
        (
            {"items": items("7 cups a day.", "8 pots.")},
            "warning: items 3, 4: a digit at the beginning may be taken for the number of an item",
        ),
        (
            {"items": items("word " * (LONG_ITEM_WORDS + 1))},
            f"warning: item 4: more than {LONG_ITEM_WORDS} words, which is much to hold in mind",
        ),
        (
            {"response_scale": {"lowest": 1, "highest": 4, "labels": {2: "agree", 4: "agree fully"}}},
            "warning: response_scale: the label of 2, 'agree', begins that of 4, 'agree fully': "
            "a reply may mean either",
        ),
        (
            {"response_scale": {"lowest": 1, "highest": 4, "labels": {1: "not  at all", 4: "not at all!"}}},
            "error: response_scale: 1 and 4 carry the same label 'not  at all'",
        ),
        (
            {"response_scale": {"lowest": 1, "highest": 4, "labels": {1: "2 cups or fewer", 4: "4 cups"}}},
            "warning: response_scale: the label of 1, '2 cups or fewer', begins with another number",
        ),
        (
            {"response_scale": {"lowest": 1, "highest": 4, "labels": {2: "hardly"}}},
            "warning: response_scale: neither 1 nor 4 has a label, for items 1 to 4: what do they mean?",
        ),
        (
            {"items": items({"text": "Cups bore me.", "labels": {1: "so", 4: "So!"}})},  # type: ignore[arg-type]
            "error: item 4: 1 and 4 carry the same label 'so'",
        ),
        ({"source": "unknown"}, "warning: source: says nothing: nobody can check its items"),
        ({"licence": "n/a."}, "warning: licence: says nothing: nobody knows who may use it"),
        ({"paraphrase": "v2"}, "error: paraphrase: is of no 'family'; name the instrument that it paraphrases"),
        ({"id": "COFFEE"}, "warning: id: the file is called 'TEA'; it is found as 'COFFEE' only if called so"),
    ],
)
def test_a_doubt_is_told(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    assert told(linted(tmp_path, **changes)) == [expected]


@pytest.mark.parametrize(
    "changes",
    [
        {"subscales": subscales(both={"items": [1, 2, 3, 4], "reverse": [2, 4]})},
        {"items": items("I like teas.")},
        {"items": items("word " * LONG_ITEM_WORDS)},
        {"items": items("…", "!")},
        {"response_scale": {"lowest": 1, "highest": 4, "labels": {1: "1 cup", 4: "4 cups"}}},
        {"response_scale": {"lowest": 1, "highest": 4, "labels": {1: "🙁", 4: "🙂"}}},
        {"response_scale": {"lowest": 1, "highest": 4, "labels": {1: "disagree", 4: "agree"}}},
        {"source": "None of these was published before."},
    ],
)
def test_what_is_sound_is_not_remarked_on(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert told(linted(tmp_path, **changes)) == []


def test_errors_come_first(tmp_path: Path) -> None:
    found = linted(tmp_path, source="?", paraphrase="v2", id="COFFEE")
    assert [remark.kind for remark in found] == ["error", "warning", "warning"]


DE = {"id": "TEA-de", "family": "TEA", "language": "de"}


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("TEA-de.yaml", {}, []),
        ("TEA-v2.yaml", {"language": "en", "paraphrase": "v2"}, []),
        ("TEA-de-v2.yaml", {"paraphrase": "v2"}, []),
        (
            "other.yaml",
            {"paraphrase": "v2"},
            ["warning: id: the file is called 'other'; it is found as 'TEA-de-v2' only if called so"],
        ),
        (
            "TEA-en.yaml",
            {"language": "en"},
            ["warning: family: neither language nor paraphrase tells it from 'TEA'"],
        ),
        (
            "TEA-de.yaml",
            {"items": SOUND["items"][:3], "subscales": {"tea": SOUND["subscales"]["tea"]}, "note": "Fillers."},
            [
                "error: items: 3, but its family 'TEA' has 4",
                "error: subscales: ware: not keyed as in its family 'TEA'",
                "warning: items: item 3 is in no subscale: asked, but never scored",
            ],
        ),
        (
            "TEA-de.yaml",
            {"response_scale": {**SOUND["response_scale"], "lowest": 0}, "score": {"rule": "mean"}},
            [
                "error: response_scale: 0 to 4, but its family 'TEA' goes from 1 to 4",
                "error: score: is not the rule of its family 'TEA'",
            ],
        ),
        (
            "TEA-de.yaml",
            {"subscales": subscales(tea={"items": [2, 1], "reverse": [1]})},
            ["error: subscales: tea: not keyed as in its family 'TEA'"],
        ),
    ],
)
def test_an_edition_has_the_shape_of_its_family(
    tmp_path: Path, name: str, changes: dict[str, Any], expected: list[str]
) -> None:
    linted(tmp_path)
    assert told(linted(tmp_path, name, **{**DE, **changes})) == expected


def test_the_family_is_found_in_the_catalogue_or_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(catalogue.HOME_VARIABLE, str(tmp_path / "home"))
    (unknown,) = linted(tmp_path / "own", "TEA-de.yaml", **DE)
    assert (unknown.kind, unknown.where) == ("error", "family")
    assert "unknown instrument 'TEA'" in unknown.what
    linted(tmp_path / "home")
    (tmp_path / "home" / "instruments").mkdir()
    (tmp_path / "home" / "TEA.yaml").rename(tmp_path / "home" / "instruments" / "TEA.yaml")
    assert linted(tmp_path / "own", "TEA-de.yaml", **DE) == ()


def test_shipped_instruments_have_no_error() -> None:
    for path in (catalogue.SHIPPED / "instruments").glob("*.yaml"):
        assert [remark for remark in lint(path) if remark.kind == "error"] == []
