from __future__ import annotations

import pytest

from emotionbench.documents import content_hash, parse_document
from emotionbench.errors import MaterialError
from emotionbench.materials.situations import SituationFile, SituationSet
from small_materials import ANGER, FEAR, changed


def parsed(text: str) -> SituationFile:
    return parse_document(text, SituationFile, MaterialError, where="anger.yaml")


def test_every_text_is_a_situation_of_its_own_in_file_order() -> None:
    found = list(parsed(ANGER).situations())
    assert [(s.id, s.kind, s.counterpart_of) for s in found] == [
        ("anger-1-1", "evoking", None),
        ("anger-1-1-neutral", "neutral", "anger-1-1"),
        ("anger-1-1-positive", "positive", "anger-1-1"),
        ("anger-1-2", "evoking", None),
        ("anger-2-1", "evoking", None),
    ]
    assert found[1].text == "Someone stands in front of you."
    assert {(s.factor, s.factor_name) for s in found} == {("anger-1", "Queues"), ("anger-2", "Noise")}
    assert {(s.set, s.edition, s.language, s.emotion) for s in found} == {("tiny", "1", "en", "anger")}


def test_the_hash_is_the_same_on_every_machine_and_follows_every_part() -> None:
    first = next(parsed(ANGER).situations())
    assert content_hash(first) == "50dea204f72920ca981942bf1d020f87f47575ad13763cb996714096f84b8d4f"
    for old, new in (
        ("in front of you.\n        neutral", "before you.\n        neutral"),
        ('edition: "1"', 'edition: "2"'),
    ):
        assert content_hash(next(parsed(changed(ANGER, old, new)).situations())) != content_hash(first)


def test_the_hash_does_not_depend_on_the_situations_beside_it() -> None:
    alone = changed(ANGER, "      - id: anger-1-2\n        text: Someone takes the last seat that you held.\n", "")
    assert content_hash(next(parsed(alone).situations())) == content_hash(next(parsed(ANGER).situations()))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: anger-2-1", "id: anger-1-3", ":20: situation id 'anger-1-3' should begin with 'anger-2-'"),
        ("id: anger-1-2", "id: anger-1-1", ":15: situation id 'anger-1-1' stands twice; ids are unique"),
        ("- id: anger-2\n", "- id: fear-2\n", ":17: factor id 'fear-2' should begin with 'anger-'"),
        ("- id: anger-2\n", "- id: anger-1\n", ":17: factor id 'anger-1' stands twice; put its situations together"),
        ("id: anger-1-2", "id: Anger-1-2", ":15: factors → entry 1 → situations → entry 2 → id: String should match"),
        ("emotion: anger", "emotion: Anger", ":6: emotion: String should match"),
        (
            "        neutral:",
            "        neutal:",
            ":13: factors → entry 1 → situations → entry 1 → neutal: unknown key; ",
        ),
        (
            "text: A drill starts next door at night.",
            "text: ''",
            ":21: factors → entry 2 → situations → entry 1 → text: ",
        ),
    ],
)
def test_a_single_defect_names_file_line_and_fix(old: str, new: str, message: str) -> None:
    with pytest.raises(MaterialError) as caught:
        parsed(changed(ANGER, old, new))
    assert str(caught.value).startswith(f"anger.yaml{message}")


def test_a_misspelt_kind_suggests_the_right_one() -> None:
    with pytest.raises(MaterialError, match=r"neutal: unknown key; did you mean 'neutral'\?$"):
        parsed(changed(ANGER, "        neutral:", "        neutal:"))


def test_the_eight_emotions_come_in_their_usual_order_and_others_after() -> None:
    files = [parsed(FEAR), parsed(ANGER), parsed(ANGER.replace("anger", "awe"))]
    found = SituationSet("tiny", "", "", tuple(s for file in files for s in file.situations()))
    assert found.emotions == ("anger", "fear", "awe")
    assert list(found.factors.items())[:2] == [("fear-1", "Heights"), ("anger-1", "Queues")]
    assert len(found.factors) == 5
