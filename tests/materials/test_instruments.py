from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.documents import content_hash
from emotionbench.errors import MaterialError
from emotionbench.materials.instruments import Instrument, Item, ResponseScale
from small_materials import INSTRUMENT, changed, instrument

DEFECTS = {
    "misspelt key": ("licence: ", "license: ", ":7: license: unknown key; did you mean 'licence'? (and 1 more)"),
    "misspelt key below": (
        "  lowest: 1",
        "  lowst: 1",
        ":10: response_scale → lowst: unknown key; did you mean 'lowest'? (and 1 more)",
    ),
    "key too many": ("language: en", "language: en\nauthor: x", ":5: author: unknown key; "),
    "missing field": ("source: Written for the tests.\n", "", ": source: missing; add it"),
    "missing field below": ("    name: Down\n", "", ":27: subscales → down → name: missing; add it"),
    "item number too high": ("items: [2, 6]", "items: [2, 7]", ":29: subscale 'down' names item 7; items are 1 to 6"),
    "item number zero": ("items: [2, 6]", "items: [0, 6]", ":29: subscale 'down' names item 0; items are 1 to 6"),
    "item number a word": (
        "items: [2, 6]",
        "items: [2, six]",
        ":29: subscales → down → items → entry 2: Input should be a valid integer (found 'six')",
    ),
    "item number twice": ("items: [2, 6]", "items: [6, 6]", ":27: subscales → down: item 6 stands twice"),
    "no items": ("items: [2, 6]", "items: []", ":29: subscales → down → items: "),
    "reverse-keyed stranger": (
        "    reverse: [4]",
        "    reverse: [2]",
        ":23: subscales → up: reverse-keyed item 2 is not among its items",
    ),
    "same item twice": ("- Cold", "- bright", ":21: item 6 'bright' stands twice; items must differ"),
    "item in no subscale": (
        "items: [2, 6]",
        "items: [2]",
        ":21: item 6 is in no subscale; add it to one, or say in 'note' why it is a filler",
    ),
    "label outside the scale": ("    4: yes", "    5: yes", ":9: response_scale: label for 5, outside 1 to 4"),
    "label of a word": (
        "    4: yes",
        "    four: yes",
        ":14: response_scale → labels → four: Input should be a valid integer (found 'four')",
    ),
    "empty label": (
        "    4: yes",
        "    4: ''",
        ":14: response_scale → labels → 4: String should have at least 1 character (found '')",
    ),
    "same label twice": ("    4: yes", "    4: No", ":9: response_scale: two values carry the same label"),
    "item label outside": (
        "- Cold",
        "- text: Cold\n    labels:\n      9: icy",
        ":23: item 6: label for 9, outside the response scale",
    ),
    "ends the wrong way round": ("  highest: 4", "  highest: 1", ":9: response_scale: lowest 1 is not below highest 1"),
    "number for a text": ("- Cold", "- 12", ":21: items → entry 6 → text: should be text; put it in quotes (found 12)"),
    "edition a number": ('edition: "1"', "edition: 1.0", ":3: edition: should be text; put it in quotes (found 1.0)"),
    "validated in words": (
        "validated: false",
        "validated: no",
        ":5: validated: Input should be a valid boolean (found 'no')",
    ),
    "language in words": ("language: en", "language: English", ":4: language: String should match pattern "),
    "unknown rule": (
        "rule: sum",
        "rule: median",
        ":31: score → rule: Input should be 'sum' or 'mean' (found 'median')",
    ),
    "min_valid that none reach": (
        "rule: sum",
        "rule: sum\n  min_valid: 3",
        ":32: min_valid 3 is more than the 2 items of 'down', which could never be scored",
    ),
    "min_valid zero": ("rule: sum", "rule: sum\n  min_valid: 0", ":32: score → min_valid: "),
    "multiply by nothing": ("rule: sum", "rule: sum\n  multiply: 0", ":32: score → multiply: "),
    "key twice": ("language: en", "language: en\nlanguage: de", ":5: not valid YAML: found duplicate key"),
    "quote left open": ("- Cold", "- 'Cold", ":32: not valid YAML: "),
    "no space after the colon": ("  rule: sum", "  rule:sum", ":30: score: "),
}


def test_the_untouched_instrument_is_valid() -> None:
    found = instrument()
    assert found.n_items == 6
    assert found.text(1) == "Bright"
    assert found.subscales["up"].reverse == (4,)


@pytest.mark.parametrize(("old", "new", "message"), DEFECTS.values(), ids=DEFECTS.keys())
def test_a_single_defect_names_file_line_and_fix(old: str, new: str, message: str) -> None:
    with pytest.raises(MaterialError) as caught:
        instrument(changed(INSTRUMENT, old, new))
    assert str(caught.value).startswith(f"MOOD-6.yaml{message}")


@pytest.mark.parametrize("key", ["id", "name", "edition", "validated", "instructions", "items", "subscales", "score"])
def test_every_required_field_is_missed(key: str) -> None:
    lines = INSTRUMENT.splitlines(keepends=True)
    start = next(index for index, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
    with pytest.raises(MaterialError, match=rf"^MOOD-6\.yaml: {key}: missing; add it"):
        instrument("".join(lines[:start] + lines[end:]))


@pytest.mark.parametrize("word", ["no", "yes", "off", "1:30"])
def test_items_and_labels_stay_words(word: str) -> None:
    found = instrument(changed(changed(INSTRUMENT, "- Cold", f"- {word}"), "1: no", f"1: {word}a"))
    assert found.text(6) == word
    assert found.response_scale.labels[1] == f"{word}a"
    assert instrument().response_scale.labels == {1: "no", 4: "yes"}


def test_a_filler_is_explained_in_the_note() -> None:
    text = changed(changed(INSTRUMENT, "items: [2, 6]", "items: [2]"), "licence:", "note: Cold fills.\nlicence:")
    assert instrument(text).subscales["down"].items == (2,)


def test_a_bare_item_is_the_item_with_that_text() -> None:
    bare, full = instrument(), instrument(changed(INSTRUMENT, "- Cold", "- text: Cold"))
    assert bare == full
    assert content_hash(bare) == content_hash(full)
    assert bare.items[5] == Item(text="Cold")


def test_the_hash_is_the_same_on_every_machine_and_follows_the_content() -> None:
    assert content_hash(instrument()) == "908d46f147c6a6cc0b22fc9e30f1dfecc02943ba196a02c90792d6db3e111a2f"
    for old, new in (("- Cold", "- Chilly"), ("rule: sum", "rule: mean"), ("reverse: [4]", "reverse: [5]")):
        assert content_hash(instrument(changed(INSTRUMENT, old, new))) != content_hash(instrument())


def test_layout_comments_and_key_order_do_not_change_the_hash() -> None:
    lines = INSTRUMENT.splitlines(keepends=True)
    moved = "# a comment\n" + "".join(lines[1:8] + lines[:1] + lines[8:])
    assert content_hash(instrument(moved)) == content_hash(instrument())


@pytest.mark.parametrize(("longest", "is_short"), [("Cold", True), ("Cold as ice", True), ("Cold as ice now", False)])
def test_items_are_short_up_to_three_words(longest: str, is_short: bool) -> None:
    assert instrument(changed(INSTRUMENT, "- Cold", f"- {longest}")).has_short_items is is_short


SCALES = st.tuples(st.integers(-5, 10), st.integers(1, 10)).map(
    lambda ends: ResponseScale(lowest=ends[0], highest=ends[0] + ends[1])
)


@given(SCALES, st.data())
def test_reversing_swaps_the_ends_and_undoes_itself(scale: ResponseScale, data: st.DataObject) -> None:
    value = data.draw(st.integers(scale.lowest, scale.highest))
    assert scale.reverse(value) in scale
    assert scale.reverse(scale.reverse(value)) == value
    assert scale.reverse(scale.lowest) == scale.highest
    assert scale.lowest - 1 not in scale
    assert scale.highest + 1 not in scale


def test_materials_read_back_from_their_own_json() -> None:
    found = instrument()
    assert Instrument.model_validate_json(found.model_dump_json()) == found
