from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from emotionbench.materials import catalogue
from emotionbench.materials.situations import EMOTIONS

ROOT = Path(__file__).parents[2]
BANK = catalogue.situation_set("everyday")
FINE = "On the landing, {} hands you a parcel for the neighbour and walks down to the van."


@pytest.fixture(scope="module")
def check_situations() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_situations", ROOT / "tools" / "check_situations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def complaints(tool: ModuleType, *texts: str, upstream: dict[tuple[str, ...], str] | None = None) -> list[str]:
    """What the tool says of texts that are each a scene of their own: s1, s2, …"""
    made = [tool.Text(f"s{number}", f"s{number}", text) for number, text in enumerate(texts, 1)]
    return list(tool.complaints(made, upstream or {}))


def bank_file(folder: Path, n_situations: int = 12, n_neutral: int = 3, n_positive: int = 3) -> Path:
    """A file whose texts keep every rule; they share no run of words."""
    lines = ["set: made", "emotion: fear", "factors:", "  - id: fear-1", "    name: Made up", "    situations:"]
    for number in range(1, n_situations + 1):
        lines += [f"      - id: fear-1-{number}", f"        text: {unique(number, 'event')}"]
        lines += [f"        neutral: {unique(number, 'plain')}"] * (number <= n_neutral)
        lines += [f"        positive: {unique(number, 'good')}"] * (number <= n_positive)
    path = folder / "fear.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def unique(number: int, kind: str) -> str:
    return " ".join(["You", *(f"{kind}{number}word{place}" for place in range(14))]) + "."


def run(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["check_situations.py", *map(str, arguments)])
    code: int = tool.main()
    return code


# the rules, one by one


def test_a_text_that_keeps_the_rules_is_left_alone(check_situations: ModuleType) -> None:
    assert complaints(check_situations, FINE.format("Ines")) == []


@pytest.mark.parametrize(
    ("text", "n_words"),
    [
        ("You wait at the door of the shop for an hour.", 11),
        ("You wait. " + "The bus is late again today. " * 10, 62),
    ],
)
def test_the_number_of_words_is_kept(check_situations: ModuleType, text: str, n_words: int) -> None:
    assert complaints(check_situations, text) == [f"s1: {n_words} words, 12 to 60 wanted"]


def test_twelve_and_sixty_words_are_allowed(check_situations: ModuleType) -> None:
    twelve = "You wait at the door of the old shop for an hour."
    sixty = " ".join(["You", *(f"word{number}" for number in range(59))])
    assert complaints(check_situations, twelve, sixty) == []


def test_the_reader_is_spoken_to(check_situations: ModuleType) -> None:
    text = "On the landing, Ines hands Tom a parcel for the neighbour and walks down to the van."
    assert complaints(check_situations, text) == ["s1: not in the second person"]
    assert complaints(check_situations, text.replace("Tom", "your sister")) == []


@pytest.mark.parametrize(
    "word",
    [
        *(item.text for item in catalogue.instrument("PANAS").items),
        *EMOTIONS,
        *(
            "angrily",
            "shameful",
            "envy",
            "pride",
            "scary",
            "anxious",
            "jealous",
            "fearful",
            "embarrassing",
            "frustrating",
        ),
    ],
)
def test_what_is_measured_is_not_named(check_situations: ModuleType, word: str) -> None:
    assert complaints(check_situations, FINE.format(f"a {word} Ines")) == [f"s1: names '{word}'"]


@pytest.mark.parametrize(
    "word",
    [
        "feel",
        "felt",
        "emotional",
        "furious",
        "worried",
        "panic",
        "terribly",
        "dread",
        "sadly",
        "grief",
        "happy",
        "calmly",
    ],
)
def test_what_the_reader_is_to_feel_is_not_told(check_situations: ModuleType, word: str) -> None:
    assert complaints(check_situations, FINE.format(f"a {word} Ines")) == [f"s1: tells '{word}'"]


@pytest.mark.parametrize(
    "word", ["scarf", "prideless", "actively engaged", "interestingly", "wrath", "made", "comrade"]
)
def test_words_are_matched_as_words(check_situations: ModuleType, word: str) -> None:
    expected = {"actively engaged": ["s1: names 'actively'"], "interestingly": ["s1: names 'interestingly'"]}
    assert complaints(check_situations, FINE.format(f"a {word} Ines")) == expected.get(word, [])


@pytest.mark.parametrize("past", ["you were", "You had", "you opened", "you said"])
def test_the_past_is_noticed(check_situations: ModuleType, past: str) -> None:
    text = f"This morning {past} the parcel for the neighbour, and the van is still down in the road."
    assert complaints(check_situations, text) == [f"s1: past tense? '{past}'"]


def test_eight_words_of_the_original_are_too_many(check_situations: ModuleType) -> None:
    theirs = "The guard at the gate turns the last page of a very long book"
    upstream = dict.fromkeys(check_situations.runs(theirs, 8), "Fear: Made up")
    ours = "You look on as the GUARD at the gate, turns the last page of the day."
    assert sorted(complaints(check_situations, ours, upstream=upstream)) == [
        "s1: shares 'at the gate turns the last page of' with the original (Fear: Made up)",
        "s1: shares 'guard at the gate turns the last page' with the original (Fear: Made up)",
        "s1: shares 'the guard at the gate turns the last' with the original (Fear: Made up)",
    ]
    seven = ours.replace("last", "final")
    assert complaints(check_situations, seven, upstream=upstream) == []


def test_seven_words_stand_in_one_scene_only(check_situations: ModuleType) -> None:
    one = "On the landing, Ines hands you a parcel and goes back to the van."
    other = "At the gate the porter hands you a parcel and goes back inside without a word."
    found = complaints(check_situations, one, other)
    assert found == ["s1 and s2: share 'hands you a parcel and goes back'"]
    assert complaints(check_situations, one, other.replace("goes", "steps")) == []


def test_counterparts_of_one_scene_may_share_their_words(check_situations: ModuleType) -> None:
    text = FINE.format("Ines")
    made = [check_situations.Text(where, "s1", text) for where in ("s1", "s1-neutral", "s1-positive")]
    assert list(check_situations.complaints(made, {})) == []


def test_no_opening_is_worn_out(check_situations: ModuleType) -> None:
    texts = [f"In the kitchen {' '.join(f'{number}w{place}' for place in range(12))} you." for number in range(1, 5)]
    assert complaints(check_situations, *texts[:3]) == []
    assert complaints(check_situations, *texts) == ["4 scenes open with 'in the kitchen': s1, s2, s3, s4"]


# counts and ids


@pytest.mark.parametrize(
    ("counts", "complaint"),
    [
        ({"n_situations": 11}, "fear-1: 11 situations, at least 12 wanted"),
        ({"n_neutral": 2}, "fear-1: 2 neutral counterparts, 3 wanted"),
        ({"n_neutral": 4}, "fear-1: 4 neutral counterparts, 3 wanted"),
        ({"n_positive": 0}, "fear-1: 0 positive counterparts, 3 wanted"),
    ],
)
def test_numbers_of_situations_and_counterparts_are_kept(
    check_situations: ModuleType, tmp_path: Path, counts: dict[str, int], complaint: str
) -> None:
    assert list(check_situations.counts_of(bank_file(tmp_path))) == []
    assert list(check_situations.counts_of(bank_file(tmp_path, **counts))) == [complaint]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("id: fear-1-12\n", "id: fear-1-13\n", "fear-1: situation id 'fear-1-13' should be 'fear-1-12'"),
        ("- id: fear-1\n", "- id: fear-2\n", "fear.yaml: factor id 'fear-2' should be 'fear-1'"),
    ],
)
def test_ids_count_up_from_one(
    check_situations: ModuleType, tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    path = bank_file(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert complaint in list(check_situations.counts_of(path))


# the command


def test_a_clean_file_ends_with_0_and_the_counts(
    check_situations: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(check_situations, monkeypatch, bank_file(tmp_path)) == 0
    assert capsys.readouterr().out.strip() == "12 situations, 6 counterparts; 15 to 15 words, mean 15.0; 0 complaints"


def test_a_broken_rule_ends_with_1_and_its_line(
    check_situations: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bank_file(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("event7word3", "afraid"), encoding="utf-8")
    assert run(check_situations, monkeypatch, path) == 1
    assert capsys.readouterr().out.splitlines()[0] == "fear-1-7: names 'afraid'"


def test_texts_are_compared_with_files_of_the_original(
    check_situations: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    factor = {"name": "Made up", "scenarios": [unique(3, "event")]}
    content = {"emotions": [{"name": "Fear", "factors": [factor]}]}
    (theirs / "situations.json").write_text(json.dumps(content), encoding="utf-8")
    (theirs / "situations.csv").write_text(f'Fear\n"{unique(5, "plain")}"\n"{unique(1, "good")}"\n', encoding="utf-8")
    assert run(check_situations, monkeypatch, bank_file(tmp_path), "--upstream", theirs) == 1
    shared = Counter(line.split(":")[0] for line in capsys.readouterr().out.splitlines() if "with the original" in line)
    assert shared == {"fear-1-3": 8, "fear-1-1-positive": 8}


# the bank that ships


def test_the_bank_keeps_every_rule(
    check_situations: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(check_situations, monkeypatch) == 0
    assert capsys.readouterr().out.rstrip().endswith("; 0 complaints")


def test_the_bank_shares_no_eight_words_with_the_original(
    check_situations: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], upstream: Path
) -> None:
    assert len(check_situations.upstream_runs(upstream / "EmotionBench")) > 1000
    assert run(check_situations, monkeypatch, "--upstream", upstream / "EmotionBench") == 0
    assert capsys.readouterr().out.rstrip().endswith("; 0 complaints")


def test_the_bank_is_large_enough_and_balanced() -> None:
    assert BANK.emotions == EMOTIONS
    assert len(BANK.factors) == 36
    by_kind = Counter((situation.factor, situation.kind) for situation in BANK.situations)
    assert sum(n for (_, kind), n in by_kind.items() if kind == "evoking") >= 432
    for factor in BANK.factors:
        assert by_kind[factor, "evoking"] >= 12
        assert (by_kind[factor, "neutral"], by_kind[factor, "positive"]) == (3, 3)


def test_counterparts_belong_to_the_same_situations() -> None:
    texts = {situation.id: situation for situation in BANK.situations}
    counterparts = [situation for situation in BANK.situations if situation.counterpart_of]
    for situation in counterparts:
        assert situation.counterpart_of is not None
        assert texts[situation.counterpart_of].kind == "evoking"
    assert Counter(situation.counterpart_of for situation in counterparts).most_common()[0][1] == 2
    assert len({situation.counterpart_of for situation in counterparts}) == 36 * 3


def test_no_two_texts_of_the_bank_are_the_same() -> None:
    assert len({situation.text for situation in BANK.situations}) == len(BANK.situations)


def test_factors_are_called_as_the_originals(upstream: Path) -> None:
    content = json.loads((upstream / "EmotionBench" / "situations.json").read_text(encoding="utf-8"))
    theirs = {
        f"{emotion['name'].lower()}-{number}": factor["name"]
        for emotion in content["emotions"]
        for number, factor in enumerate(emotion["factors"], 1)
    }
    assert BANK.factors == theirs
