"""Studies in forms from the command line: what is said before, and how each mistake is refused in one line."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emotionbench.cli.main import main
from engine_helpers import run_command
from small_materials import INSTRUMENT, changed

Command = Callable[..., tuple[int, str, str]]
RUN = ("run", "--respondent", "uniform")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, small_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in; the small materials are added."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command in this process: its exit code, standard output and standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["emotionbench", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return caught.value.code, out, err

    return call


def vary(*ways: str) -> list[str]:
    return [part for way in ways for part in ("--vary", way)]


MISTAKES: list[tuple[list[str], str]] = [
    # --vary itself
    (vary("template"), r"--vary 'template' has no levels; write it as template=plain,brief"),
    (vary("temlpate=plain"), r"--vary 'temlpate=plain'; did you mean 'template'\?"),
    (vary("=plain"), r"--vary '=plain'; known: answers, "),
    (["--forms", "3"], r"study: ways: nothing is varied; name a way with its levels"),
    # levels
    (vary("template=plan"), r"unknown template 'plan'; did you mean 'plain'\?"),
    (vary("template=plain,brief,plain"), r"study: template: level 'plain' stands twice"),
    (vary("option_labels=b"), r"study: ways → option_labels → entry 1: Input should be 'none', 'a', 'A', 'i' or 'I'"),
    (vary("items_per_message=some"), r"study: ways → items_per_message → entry 1: 'some' is neither a number of items"),
    (vary("persona="), r"study: ways → persona: no level is named; name one or more"),
    (vary("persona=none,hreo"), r"unknown persona 'hreo'; did you mean 'hero'\?"),
    (vary("persona=empty"), r"empty\.yaml:5: the text in language 'en' is empty; say who to be"),
    (vary("language=nl"), r"instrument 'PANAS' has no edition in language 'nl'; its editions: PANAS-ar"),
    (vary("paraphrase=original,v2"), r"instrument 'PANAS' has no edition in language 'en' and paraphrase 'v2'"),
    (vary("temperature=warm"), r"study: ways → temperature → entry 1: Input should be a valid number \(found 'warm'\)"),
    (vary("chain_of_thought=maybe"), r"study: ways → chain_of_thought → entry 1: .*\(found 'maybe'\)"),
    # what does not go together
    ([*vary("template=all"), "--forms", "3"], r"3 rows of 5 cannot estimate template \(5 parameters in all\); ask for"),
    (
        [*vary("template=all", "language=all"), "--forms", "20", "--interaction", "template*language"],
        r"20 rows of 50 cannot estimate .*template × language \(50 parameters in all\); ask for at least 50 rows",
    ),
    (
        [*vary("template=all"), "--interaction", "template*persona"],
        r"study: interactions: 'template\*persona': 'persona' is not varied; write it as template\*language",
    ),
    ([*vary("template=all"), "--interaction", "template"], r"study: interactions: 'template': two ways are expected"),
    (["--recovery"], r"study: recovery: what is calmed must have gone before in the same conversation; set design: pa"),
    (["--recovery", "--design", "paired"], r"protocol 'standard' has no words for the time after; choose a template"),
    ([*vary("conversation=fresh"), "--design", "paired"], r"study: ways: conversation fresh: in the paired design all"),
    (["--situations", "none", "--design", "paired"], r"study: design: paired: without situations there is nothing to"),
    (
        [*vary("option_labels=a"), "--protocol", "standard"],
        r"protocol 'standard' has no words for option signs; choose a template",
    ),
    (
        [*vary("chain_of_thought=yes"), "--protocol", "emotionbench-2024"],
        r"protocol 'emotionbench-2024' has no words for a chain of thought; choose a template",
    ),
    (
        [*vary("items_per_message=5"), "--protocol", "standard"],
        r"protocol 'standard' has no words for several messages; choose a template",
    ),
    ([*vary("language=de"), "--protocol", "standard"], r"protocol 'standard' has its words in 'en' alone, and"),
    (
        [*vary("language=en,de"), "--controls"],
        r"situations 'everyday': no situation of kind neutral, positive stands in every language asked in",
    ),
    (
        [*vary("option_labels=a"), "--instrument", "bare.yaml"],
        r"MOOD-6 has no response labels that signs could stand before; use option_labels: none",
    ),
    (
        [*vary("option_labels=none,i"), "--instrument", "hundred.yaml"],
        r"MOOD-6 has 101 options, and there are signs for 26; use option_labels: none",
    ),
    # materials of one's own
    (["--instrument", "twice.yaml"], r"twice\.yaml:9: response_scale: two values carry the same label"),
    (["--instrument", "overlap.yaml"], r"overlap\.yaml:29: item 4 is in subscales 'up' and 'down'; an item"),
    (["--instrument", "homeless.yaml"], r"homeless\.yaml:21: item 6 is in no subscale; add it to one, or say"),
    # enormous
    (
        [*vary("template=all", "language=all", f"temperature={','.join(str(n / 999) for n in range(1000))}"),
         "--situations", "none", "--repeats", "200"],
        r"study: would take 10,000,000 administrations, 10,000,000 messages, about [\d,]+ tokens in and [\d,]+ out",
    ),
]  # fmt: skip
SCALE = "  lowest: 1\n  highest: 4\n  labels:\n    1: no\n    4: yes\n"
OWN = {
    "bare": changed(INSTRUMENT, "  labels:\n    1: no\n    4: yes\n", ""),
    "hundred": changed(INSTRUMENT, SCALE, "  lowest: 0\n  highest: 100\n  labels: {0: no, 100: yes}\n"),
    "twice": changed(INSTRUMENT, "    4: yes", "    4: No"),
    "overlap": changed(INSTRUMENT, "items: [2, 6]", "items: [2, 4, 6]"),
    "homeless": changed(INSTRUMENT, "items: [2, 6]", "items: [2]"),
}


@pytest.fixture
def mistaken(folder: Path, small_home: Path) -> Path:
    """The folder, with materials of one's own that do not fit."""
    for name, text in OWN.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    (small_home / "personas").mkdir()
    empty = 'id: empty\nname: Empty\nsource: me\ntexts:\n  en: "  "\n'
    (small_home / "personas" / "empty.yaml").write_text(empty, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("arguments", "message"), MISTAKES)
def test_a_mistake_is_one_line_and_nothing_is_stored(
    arguments: list[str], message: str, mistaken: Path, command: Command
) -> None:
    before = sorted(mistaken.iterdir())
    code, out, err = command(*RUN, *arguments)
    assert code != 0
    assert out == ""
    assert re.match(f"error: {message}", err)
    assert err.count("\n") == 1
    assert sorted(mistaken.iterdir()) == before


@pytest.mark.parametrize(
    "arguments", [vary("template"), vary("language=nl"), ["--recovery"], [*vary("template=all"), "--forms", "2"]]
)
def test_a_mistake_shows_no_traceback_in_a_process_of_its_own(arguments: list[str], folder: Path) -> None:
    found = run_command(folder, [*RUN, *arguments])
    assert found.returncode == 1
    assert found.stderr.startswith("error: ")
    assert found.stderr.count("\n") == 1
    assert found.stdout == ""
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("flag", [[], ["--dry-run"]])
def test_the_originals_materials_are_named_where_a_preset_needs_them(flag: list[str], command: Command) -> None:
    for preset, name in (("reliability-2024", "BFI-44"), ("challenging", "AGQ")):
        code, _, err = command(*RUN, "--protocol", preset, *flag)
        assert code == 1
        assert f"unknown instrument '{name}'" in err
        assert "materials add" in err


# what is said before


def test_a_dry_run_says_what_is_varied_and_what_it_takes(folder: Path, command: Command) -> None:
    ways = vary("template=all", "option_labels=none,a", "items_per_message=all,5", "chain_of_thought=no,yes")
    code, out, _ = command(*RUN, "--factors", "fear-1", "--situations-per-factor", "2", *ways, "--dry-run")
    assert code == 0
    lines = out.splitlines()
    assert "  template           brief, plain, polite, sheet, strict" in lines
    assert "  items_per_message  5, all" in lines
    assert "  chain_of_thought   no, yes" in lines
    assert "forms            40: every combination" in lines
    assert "administrations  120" in lines
    assert "messages         300 (without retries)" in lines
    (fewer,) = (line for line in lines if "a balanced fraction" in line)
    assert re.match(
        r"  a balanced fraction \(--forms 20\) estimates every main effect with 60 administrations, 150 messages",
        fewer,
    )
    assert "--- first prompt, user ---" in lines
    assert list(folder.iterdir()) == []


def test_a_dry_run_says_how_even_a_fraction_is(command: Command) -> None:
    ways = vary("template=all", "language=en,de", "option_labels=none,a,i")
    even = [*ways, "--forms", "30", "--situations", "none", "--dry-run"]
    assert "forms            30: every combination" in command(*RUN, *even)[1]
    fraction = [*ways, "--forms", "20", "--situations", "none", "--interaction", "template*language", "--dry-run"]
    code, out, _ = command(*RUN, *fraction)
    assert code == 0
    lines = out.splitlines()
    place = lines.index("forms            20 of 30, a balanced fraction")
    assert re.match(
        r"  every level equally often, give or take 1, pairs of levels by up to \d more or less often "
        r"\(\w+ × \w+\); \d+ % of the information of all combinations, form for form$",
        lines[place + 1],
    )
    assert re.match(r"  all of them would take 30 administrations, 30 messages, about [\d,]+ tokens", lines[place + 2])
    assert "Balance(" not in out


def test_a_dry_run_of_a_persona_shows_the_system_message(command: Command) -> None:
    _, out, _ = command(*RUN, *vary("persona=hero", "language=de"), "--dry-run")
    assert "--- first prompt, system ---\nDu bist" in out
    assert "--- first prompt, user ---" in out


# asking


def test_flags_in_a_file_and_on_the_line_are_the_same_study(folder: Path, command: Command) -> None:
    (folder / "study.yaml").write_text(
        "respondents: uniform\ninstruments: MOOD-6\nsituations: tiny\nprotocol: plain-en\nbaseline_repeats: 2\n"
        "ways:\n  option_labels: [none, a]\n  items_per_message: [4]\n",
        encoding="utf-8",
    )
    code, out, _ = command("run", "study.yaml", "--store", "s.db")
    assert code == 0
    assert "12 of 12 administrations answered; kept in s.db" in out
    small = ["--instrument", "MOOD-6", "--situations", "tiny", "--protocol", "plain-en", "--baseline-repeats", "2"]
    flags = [*RUN, *small, *vary("option_labels=none,a", "items_per_message=4"), "--store", "s.db"]
    assert "0 of 12 administrations answered, 12 answered before" in command(*flags)[1]
    more = command("run", "study.yaml", *vary("option_labels=none,a,I"), "--store", "s.db")[1]
    assert "6 of 18 administrations answered, 12 answered before" in more


def test_status_verify_and_export_know_forms(folder: Path, command: Command) -> None:
    small = ["--factors", "fear-1", "--situations-per-factor", "2", "--store", "s.db"]
    code, _, _ = command(*RUN, *small, *vary("language=en,de", "option_labels=none,I", "items_per_message=6"))
    assert code == 0
    _, status, _ = command("status", "--store", "s.db")
    assert re.search(r"uniform\s+│ PANAS\s+│ baseline\s+│\s+20 │\s+20 │\s+0 │\s+0", status)
    assert command("verify", "--store", "s.db")[:2] == (0, "every row holds\n")
    assert command("export", "out.csv", "--what", "administrations", "--store", "s.db")[0] == 0
    text = (folder / "out.csv").read_text(encoding="utf-8")
    assert text.count("language de · option_labels I") >= 7
    assert "PANAS-de" in text
