from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.llmpersonality_bfi import FAMILY, WORDINGS, Language, edition_id, read_languages
from emotionbench.materials.llmpersonality_words import WORDS
from emotionbench.parsing import parse
from emotionbench.records import Answer, AnswerStatus
from emotionbench.scoring import score
from llmpersonality_helpers import questionnaires, write_json

VALID = AnswerStatus.VALID


def read(tmp_path: Path, content: Any) -> dict[str, Language]:
    return read_languages(write_json(tmp_path / "questionnaires.json", content))


@pytest.fixture(scope="module")
def published(upstream: Path) -> dict[str, Language]:
    return read_languages(upstream / "LLMPersonality/dataset/questionnaires.json")


def test_every_language_and_wording_is_an_edition_of_one_family(tmp_path: Path) -> None:
    languages = read(tmp_path, questionnaires())
    editions = {edition.id: edition for language in languages.values() for edition in language.instruments.values()}
    assert list(editions)[:2] == ["BFI-44", "BFI-44-v2"]
    assert list(editions)[5:7] == ["BFI-44-de", "BFI-44-de-v2"]
    assert len(editions) == 10
    assert {edition.base for edition in editions.values()} == {FAMILY}
    german = editions["BFI-44-de-v2"]
    assert (german.language, german.paraphrase, german.family, german.trait) == ("de", "v2", FAMILY, True)
    assert german.text(2) == "Meidet Tee in v2."
    assert editions["BFI-44-de"].paraphrase is None


def test_only_the_english_items_as_published_are_validated(tmp_path: Path) -> None:
    languages = read(tmp_path, questionnaires())
    validated = [e.id for language in languages.values() for e in language.instruments.values() if e.validated]
    assert validated == ["BFI-44"]
    assert languages["en"].instruments["original"].note is None
    assert "in German" in str(languages["de"].instruments["v3"].note)
    assert "Known faults" in str(languages["de"].instruments["original"].note)
    assert "machine translation into German" in languages["de"].instruments["v3"].edition


def test_keys_scale_and_rule_are_the_files(tmp_path: Path) -> None:
    tea = read(tmp_path, questionnaires())["de"].instruments["v5"]
    assert {key: (s.name, s.items, s.reverse) for key, s in tea.subscales.items()} == {
        "openness": ("Openness", (1, 2), (2,)),
        "neuroticism": ("Neuroticism", (3, 4), (4,)),
    }
    assert tea.response_scale.labels == {1: "nein", 2: "eher nein", 3: "halb", 4: "eher ja", 5: "ja"}
    assert tea.score.rule == "mean"


def test_a_faulty_label_is_mended_where_it_stands_and_kept_as_it_was_put(tmp_path: Path) -> None:
    languages = read(tmp_path, questionnaires())
    english = languages["en"]
    for edition in english.instruments.values():
        assert edition.response_scale.labels[4] == "a little agree"
        assert "'little yes'" in edition.mends[0]
    assert english.put_labels == {4: "little yes"}
    assert languages["de"].put_labels == {}
    assert languages["de"].instruments["v2"].mends == ()
    content = questionnaires()
    content["BFI"]["questions"]["En"]["scales"]["4"] = "agree"
    right = read(tmp_path, content)["en"]
    assert (right.put_labels, right.instruments["v2"].mends) == ({}, ())


def test_a_dash_before_an_item_is_left_out_and_told(tmp_path: Path) -> None:
    content = questionnaires()
    content["BFI"]["questions"]["De"]["v2"]["statements"]["3"] = " - Bangt um Kannen."
    editions = read(tmp_path, content)["de"].instruments
    assert editions["v2"].text(3) == "Bangt um Kannen."
    assert [mend.startswith("Item 3: a dash") for mend in editions["v2"].mends] == [True]
    assert editions["v3"].mends == ()


def without(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda bfi: bfi["questions"]["De"].pop(key)


FAULTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "unknown language": (
        lambda bfi: bfi["questions"].update(Dee=bfi["questions"]["De"]),
        r"BFI: unknown language 'Dee'; did you mean 'de'",
    ),
    "no wording": (without("v4"), r"BFI: De: v4: missing"),
    "no word between": (without("denotes"), r"BFI: De: denotes: missing"),
    "no keys": (lambda bfi: bfi.pop("reverse"), r"BFI: reverse: missing"),
    "a gap": (lambda bfi: bfi["questions"]["De"]["v2"]["statements"].pop("2"), r"De v2: 'statements' lacks 2"),
    "a blank item": (
        lambda bfi: bfi["questions"]["De"]["v2"]["statements"].update({"2": " - "}),
        r"De v2: statement 2 is blank",
    ),
    "equal items": (
        lambda bfi: bfi["questions"]["De"]["v2"]["statements"].update({"2": "TRINKT Tee in v2."}),
        r"De v2: item 2 'TRINKT Tee in v2\.' stands twice",
    ),
    "equal labels": (lambda bfi: bfi["questions"]["De"]["scales"].update({"2": "Nein"}), "the same label"),
    "other labels": (lambda bfi: bfi["questions"]["De"]["scales"].update({"6": "sehr"}), r"labels .* 6; expected 1, 2"),
    "unknown rule": (lambda bfi: bfi.update(compute_mode="MAX"), r"'MAX'; known: AVG, SUM"),
    "homeless key": (lambda bfi: bfi["reverse"].append(9), r"'reverse' names 9"),
    "an item that is not there": (
        lambda bfi: bfi["categories"][0]["cat_questions"].append(9),
        r"subscale 'openness' names item 9",
    ),
    "a number for a text": (
        lambda bfi: bfi["questions"]["De"]["v2"]["statements"].update({"2": 7}),
        r"De: v2 → statements → 2",
    ),
}


@pytest.mark.parametrize(("spoil", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_are_told_by_place(spoil: Callable[[dict[str, Any]], Any], said: str, tmp_path: Path) -> None:
    content = json.loads(json.dumps(questionnaires()))
    spoil(content["BFI"])
    with pytest.raises(MaterialError, match=said) as problem:
        read(tmp_path, content)
    assert str(problem.value).startswith("questionnaires.json: BFI")


@pytest.mark.parametrize("content", [[], {"EPQ": {}}, {"BFI": []}])
def test_another_file_is_told(content: Any, tmp_path: Path) -> None:
    with pytest.raises(MaterialError, match=r"no entry 'BFI'; give the dataset/questionnaires\.json"):
        read(tmp_path, content)


def test_a_truncated_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "questionnaires.json"
    path.write_text('{"BFI":\n{"questions"', encoding="utf-8")
    with pytest.raises(MaterialError, match=r"questionnaires\.json:2"):
        read_languages(path)


def test_the_published_file_has_ten_languages_with_one_key(published: dict[str, Language]) -> None:
    assert set(published) == set(WORDS)
    editions = [edition for language in published.values() for edition in language.instruments.values()]
    assert [edition.id for edition in editions] == [
        edition_id(code, wording) for code in published for wording in WORDINGS.values()
    ]
    assert {edition.n_items for edition in editions} == {44}
    assert len({json.dumps(edition.model_dump(mode="json")["subscales"]) for edition in editions}) == 1
    sizes = {key: (len(s.items), len(s.reverse)) for key, s in editions[0].subscales.items()}
    assert sizes == {
        "openness": (10, 2),
        "conscientiousness": (9, 4),
        "extraversion": (8, 3),
        "agreeableness": (9, 4),
        "neuroticism": (8, 3),
    }


def test_what_is_mended_in_the_published_file(published: dict[str, Language]) -> None:
    mended = {code: sorted(language.put_labels) for code, language in published.items() if language.put_labels}
    assert mended == {"en": [4], "zh": [4], "ko": [3], "es": [4], "fr": [4], "de": [4], "it": [3, 4]}
    beyond_labels = {
        edition.id: edition.mends[len(language.put_labels) :]
        for language in published.values()
        for edition in language.instruments.values()
        if len(edition.mends) > len(language.put_labels)
    }
    assert {key: [mend.partition(":")[0] for mend in mends] for key, mends in beyond_labels.items()} == {
        "BFI-44-ar": ["Item 24"],
        "BFI-44-ar-v3": ["Item 37"],
        "BFI-44-ar-v4": ["Item 37", "Item 39"],
    }


def test_an_answer_sheet_scored_by_hand(published: dict[str, Language]) -> None:
    """1 to items of odd number, 4 to the others: 26/8, 28/9, 25/9, 20/8 and 33/10 with eight, nine … keyed values."""
    expected = {
        "openness": 33 / 10,
        "conscientiousness": 25 / 9,
        "extraversion": 26 / 8,
        "agreeableness": 28 / 9,
        "neuroticism": 20 / 8,
    }
    answers = [Answer(number, 1 if number % 2 else 4, VALID) for number in range(1, 45)]
    for language in published.values():
        found = {one.subscale: one.value for one in score(answers, language.instruments["v3"])}
        assert found == pytest.approx(expected)


def test_replies_in_every_published_edition_read_back(published: dict[str, Language]) -> None:
    for language in published.values():
        for edition in language.instruments.values():
            check_reads_back(edition)


def check_reads_back(edition: Instrument) -> None:
    order = tuple(range(44, 0, -1))
    values = {number: number % 5 + 1 for number in order}
    labels = edition.response_scale.labels
    replies = {
        "numbers": "\n".join(f"{place}: {values[number]}" for place, number in enumerate(order, 1)),
        "texts": "\n".join(f"{edition.text(number)}: {values[number]}" for number in order),
        "labels": json.dumps({str(place): labels[values[number]] for place, number in enumerate(order, 1)}),
    }
    for kind, reply in replies.items():
        found = {answer.item: answer.value for answer in parse(reply, edition, order)}
        assert found == values, (edition.id, kind)
