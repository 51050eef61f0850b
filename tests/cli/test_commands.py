"""The commands as a user types them: what they print, what they write, and how they refuse."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from engine_helpers import run_command, run_here
from mock_server import MockServer

Command = Callable[..., subprocess.CompletedProcess[str]]
SMALL = ["run", "--respondent", "lexicon", "--factors", "anger-1", "--store", "s.db"]


@pytest.fixture(scope="module")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small store, only to be copied."""
    folder = tmp_path_factory.mktemp("small")
    assert run_here(folder, SMALL).returncode == 0
    return folder / "s.db"


@pytest.fixture
def folder(small_store: Path, tmp_path: Path) -> Path:
    """A folder with a small store in it."""
    shutil.copy(small_store, tmp_path)
    return tmp_path


def refused(folder: Path, *arguments: str, command: Command = run_here, **environment: str) -> str:
    """The one line with which a command refuses."""
    found = command(folder, arguments, **environment)
    assert found.returncode != 0, found.stdout
    assert "Traceback" not in found.stderr
    return found.stderr.strip().splitlines()[-1]


def test_run_shows_the_table_and_goes_on_where_it_was(folder: Path) -> None:
    again = run_command(folder, SMALL)
    assert "0 of 32 administrations answered, 32 answered before" in again.stdout
    assert "lexicon [synthetic] · PANAS" in again.stdout
    assert "A self-report is a text, not a feeling" in again.stdout
    more = run_command(folder, [*SMALL, "--repeats", "2"])
    assert "16 of 48 administrations answered, 32 answered before" in more.stdout


def test_flags_and_file_are_the_same_study(folder: Path) -> None:
    (folder / "study.yaml").write_text("respondents: lexicon\nfactors: [anger-1]\n", encoding="utf-8")
    same = run_here(folder, ["run", "study.yaml", "--store", "s.db"])
    assert "0 of 32 administrations answered, 32 answered before" in same.stdout
    flag_wins = run_here(folder, ["run", "study.yaml", "--factors", "anger-2", "--store", "s.db"])
    assert "12 of 32 administrations answered, 20 answered before" in flag_wins.stdout


def test_dry_run_needs_no_key_and_stores_nothing(tmp_path: Path) -> None:
    found = run_here(
        tmp_path, ["run", "--respondent", "openai/gpt-4o-mini", "--repeats", "10", "--dry-run"], OPENAI_API_KEY=""
    )
    assert "administrations  4,520" in found.stdout
    assert "--- first prompt, user ---" in found.stdout
    assert "\n1. " in found.stdout
    assert "\n20. " in found.stdout
    assert list(tmp_path.iterdir()) == []


def test_zero_is_a_number_for_a_flag(folder: Path) -> None:
    assert "must" in refused(folder, *SMALL, "--repeats", "0") or "greater" in refused(folder, *SMALL, "--repeats", "0")


def test_an_instrument_that_nobody_validated_says_so_in_every_table(tmp_path: Path) -> None:
    found = run_here(tmp_path, [*SMALL, "--instrument", "ECL-8", "--instrument", "PANAS"])
    assert "lexicon [synthetic] · ECL-8 (not validated) ·" in found.stdout
    assert "PANAS (not validated)" not in found.stdout


def test_status_counts(folder: Path) -> None:
    found = json.loads(run_here(folder, ["status", "--json", "--store", "s.db"]).stdout)
    counts = {account["condition"]: (account["n_planned"], account["n_answered"]) for account in found["accounts"]}
    assert counts == {"baseline": (20, 20), "evoked": (12, 12)}
    assert found["outcomes"] == [{"respondent": "lexicon", "outcome": "answered", "n": 32}]
    assert "planned" in run_here(folder, ["status", "--store", "s.db"]).stdout


def test_table_in_three_forms(folder: Path) -> None:
    assert "Anger" in run_here(folder, ["table", "--store", "s.db"]).stdout
    by_factor = run_here(folder, ["table", "--by", "factor", "--store", "s.db"]).stdout
    assert "Facing Self-Opinioned People" in by_factor
    assert "Unit: the situation" in by_factor
    assert "| Default | 20 |" in run_here(folder, ["table", "--markdown", "--store", "s.db"]).stdout
    (block,) = json.loads(run_here(folder, ["table", "--json", "--store", "s.db"]).stdout)["changes"]
    contrast = block["rows"][0]["contrasts"]["negative"]
    assert contrast["test"] == "Welch's t"
    assert contrast["low"] < contrast["difference"] < contrast["high"]
    assert contrast["effects"][0]["name"] == "hedges_g"
    published = run_here(folder, ["table", "--protocol", "emotionbench-2024", "--store", "s.db"]).stdout
    assert "By the published rule" in published
    assert "α = 0.01" in published


def test_show_has_request_response_answers_and_scores(folder: Path) -> None:
    with sqlite3.connect(folder / "s.db") as connection:
        (identifier,) = connection.execute("SELECT id FROM administration WHERE condition = 'evoked'").fetchone()
    connection.close()
    shown = run_here(folder, ["show", identifier[:8], "--store", "s.db"]).stdout
    for part in (identifier, "anger-1-", "request", "response", "Interested", "valid", "score negative"):
        assert part in shown
    exact = json.loads(run_here(folder, ["show", identifier, "--json", "--store", "s.db"]).stdout)
    assert json.loads(exact["attempts"][0]["request"])[-1]["role"] == "user"
    assert len(exact["answers"]) == 20


@pytest.mark.parametrize(("what", "n_rows"), [("answers", 640), ("scores", 64), ("administrations", 32)])
def test_export_csv_and_parquet_agree(what: str, n_rows: int, folder: Path) -> None:
    for name in ("out.csv", "out.parquet"):
        found = run_here(folder, ["export", name, "--what", what, "--store", "s.db"])
        assert f"{n_rows} rows" in found.stdout, found.stderr
    csv, parquet = pl.read_csv(folder / "out.csv", infer_schema_length=None), pl.read_parquet(folder / "out.parquet")
    assert csv.columns == parquet.columns
    assert csv.height == parquet.height == n_rows
    if what == "scores":
        head = "respondent instrument condition emotion factor situation repeat subscale value n_valid n_items"
        assert csv.columns[:11] == head.split()


def test_verify_finds_what_was_tampered_with(folder: Path) -> None:
    assert run_here(folder, ["verify", "--store", "s.db"]).stdout == "every row holds\n"
    with sqlite3.connect(folder / "s.db") as connection:
        connection.execute("UPDATE material SET content = replace(content, 'Interested', 'Bored')")
        connection.execute("UPDATE administration SET repeat = 7 WHERE repeat = 3")
        connection.execute("UPDATE administration SET item_order = '1 2 3' WHERE repeat = 5")
        connection.execute("UPDATE attempt SET number = 4 WHERE rowid = 9")
    connection.close()
    found = run_here(folder, ["verify", "--store", "s.db"])
    assert found.returncode == 1
    for what in (
        "content of 'PANAS' does not hash",
        "its columns do not hash to the id",
        "has attempts numbered 4 to 4",
    ):
        assert what in found.stdout


def test_verify_as_json_counts_rows_and_names_problems(folder: Path) -> None:
    sound = run_command(folder, ["verify", "--store", "s.db", "--json"])
    assert sound.returncode == 0, sound.stderr
    found = json.loads(sound.stdout)
    assert found["problems"] == []
    assert found["n_checked"]["respondent"] == 1
    assert found["n_checked"]["administration"] == found["n_checked"]["attempt"] == 32
    assert found["n_checked"]["material"] > 2
    with sqlite3.connect(folder / "s.db") as connection:
        connection.execute("UPDATE administration SET repeat = 7 WHERE id = (SELECT min(id) FROM administration)")
        ((first,),) = connection.execute("SELECT min(id) FROM administration").fetchall()
    connection.close()
    broken = run_command(folder, ["verify", "--store", "s.db", "--json"])
    assert broken.returncode == 1
    assert "rows do not hold" in broken.stderr
    problems = json.loads(broken.stdout)["problems"]
    assert {"table": "administration", "key": first, "what": "its columns do not hash to the id"} in problems


def test_materials_as_json_are_those_of_the_tables(tmp_path: Path) -> None:
    home = {"EMOTIONBENCH_HOME": str(tmp_path / "home")}
    found = json.loads(run_here(tmp_path, ["materials", "list", "--json"], **home).stdout)
    assert list(found) == ["instruments", "situations", "protocols", "presets", "personas", "norms"]
    panas = next(one for one in found["instruments"] if one["id"] == "PANAS")
    assert (panas["n_items"], panas["lowest"], panas["highest"], panas["validated"]) == (20, 1, 5, True)
    assert list(panas["subscales"]) == ["positive", "negative"]
    (everyday,) = found["situations"]
    assert (everyday["id"], len(everyday["emotions"]), len(everyday["factors"])) == ("everyday", 8, 36)
    assert {one["id"] for one in found["protocols"] if one["template"] is None} == {"standard", "emotionbench-2024"}
    assert len([one for one in found["protocols"] if one["template"]]) == 50
    assert found["norms"][0]["instrument"] == "PANAS"
    # figures stand under the header that names them
    shown = run_here(tmp_path, ["materials", "list"], **home).stdout
    (row,) = (line for line in shown.splitlines() if "everyday" in line and "people" not in line)
    counts = [int(cell) for cell in row.replace("│", " ").split()[-4:]]
    assert counts == [8, 36, everyday["n_situations"], everyday["n_counterparts"]]


def test_compare_takes_a_level(folder: Path) -> None:
    assert run_here(folder, [*SMALL, "--respondent", "uniform"]).returncode == 0
    compare = ["compare", "lexicon", "uniform", "--store", "s.db"]
    assert "at α = 0.05" in " ".join(run_here(folder, compare).stdout.split())
    usual, strict = (
        run_here(folder, [*compare, "--markdown", "--alpha", alpha]).stdout for alpha in ("0.05", "1e-300")
    )
    assert "at α = 1e-300" in strict
    # the same figures, with arrows by level
    notes = usual.index("Default: ")
    assert any(arrow in usual[:notes] for arrow in "↑↓")
    assert not any(arrow in strict[: strict.index("Default: ")] for arrow in "↑↓")
    found = json.loads(run_here(folder, [*compare, "--json", "--alpha", "0.01"]).stdout)
    assert found["inference"] == {"protocol": "standard", "alpha": 0.01}
    assert "not between 0 and 1" in refused(folder, *compare, "--alpha", "1.5")


def test_materials_are_listed_and_added_from_a_clone(tmp_path: Path, upstream: Path) -> None:
    home = {"EMOTIONBENCH_HOME": str(tmp_path / "home")}
    assert "NOT VALIDATED" in run_here(tmp_path, ["materials", "list"], **home).stdout
    add = ["materials", "add", "emotionbench", "--from", str(upstream / "EmotionBench")]
    declined = run_here(tmp_path, add, **home)
    assert declined.returncode != 0
    assert "no commercial use" in declined.stdout
    assert not (tmp_path / "home").exists()
    accepted = run_here(tmp_path, [*add, "--accept-licence"], **home)
    assert "428 situations" in accepted.stdout, accepted.stderr
    arguments = ["run", "--respondent", "uniform", "--instrument", "agq", "--situations", "emotionbench"]
    found = run_here(tmp_path, [*arguments, "--emotions", "Anger"], **home)
    assert found.returncode == 0, found.stderr
    assert "uniform [synthetic] · AGQ" in found.stdout


def test_recorded_answers_become_rows_like_any_others(tmp_path: Path, upstream: Path) -> None:
    original = upstream / "EmotionBench"
    files = [
        "--questionnaires",
        str(original / "questionnaires.json"),
        "--situations",
        str(original / "situations.json"),
    ]
    recorded = original / "results/PANAS Test"
    for model in ("gpt-3.5-turbo", "davinci-003", "llama2-7b"):
        csv = str(recorded / f"{model}-PANAS-testing.csv")
        found = run_here(tmp_path, ["import", "emotionbench-csv", csv, *files])
        assert f"{model}: 50 baseline and" in found.stdout, found.stderr
    found = run_here(tmp_path, ["import", "emotionbench-crowd", str(recorded / "crowd.xlsx")])
    assert "1,266 baseline and 1,266 evoked" in found.stdout
    blocks = {b["respondent"]: b for b in json.loads(run_here(tmp_path, ["table", "--json"]).stdout)["changes"]}
    default = {
        name: (b["baseline"]["positive"]["mean"], b["baseline"]["negative"]["mean"]) for name, b in blocks.items()
    }
    expected = {
        "gpt-3.5-turbo": (39.22, 26.32),
        "davinci-003": (47.70, 25.86),
        "llama2-7b": (42.98, 34.24),
        "emotionbench-crowd": (28.02, 13.62),
    }
    assert {name: (round(p, 2), round(n, 2)) for name, (p, n) in default.items()} == expected
    people = blocks["emotionbench-crowd"]
    assert (round(people["baseline"]["positive"]["sd"], 2), round(people["baseline"]["negative"]["sd"], 2)) == (
        8.88,
        5.50,
    )
    assert run_here(tmp_path, ["verify"]).stdout == "every row holds\n"
    assert run_here(tmp_path, ["import", "emotionbench-crowd", str(recorded / "crowd.xlsx")]).returncode == 0
    again = {b["respondent"]: b for b in json.loads(run_here(tmp_path, ["table", "--json"]).stdout)["changes"]}
    assert again == blocks


BAD = {
    "nobody to ask": (["run"], "nobody to ask"),
    "unknown respondent": (["run", "--respondent", "lexcon"], "did you mean 'lexicon'"),
    "unknown provider": (["run", "--respondent", "opnai/gpt-4o"], "did you mean 'openai'"),
    "no key": (["run", "--respondent", "openai/gpt-4o"], "set OPENAI_API_KEY"),
    "unknown instrument": (["run", "--respondent", "lexicon", "--instrument", "PANASS"], "did you mean 'PANAS'"),
    "unknown emotion": (["run", "--respondent", "lexicon", "--emotions", "Anger, feer"], "did you mean 'fear'"),
    "unknown factor": (["run", "--respondent", "lexicon", "--factors", "anger-9"], "did you mean 'anger-"),
    "unknown set": (["run", "--respondent", "lexicon", "--situations", "everday"], "did you mean 'everyday'"),
    "unknown protocol": (["run", "--respondent", "lexicon", "--protocol", "emotionbench2024"], "'emotionbench-2024'"),
    "missing file": (["run", "nothing.yaml"], "does not exist"),
    "missing store": (["table", "--store", "nothing.db"], "no store there"),
    "nothing to report": (["report", "--store", "nothing.db"], "no store there"),
    "nobody to compare": (["compare", "a", "b", "--store", "nothing.db"], "no store there"),
    "missing administration": (["show", "abcdef"], "no store there"),
    "missing import": (["import", "emotionbench-crowd", "nothing.xlsx"], "nothing.xlsx"),
    "bad address": (["run", "--respondent", "compatible/m", "--base-url", "ftp://x"], "http"),
    "no address": (["run", "--respondent", "compatible/m"], "base_url"),
    "unknown option": (["run", "--respondnt", "lexicon"], "--respondent"),
    "unknown command": (["rnu"], "No such command"),
}


@pytest.mark.parametrize(("arguments", "said"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_clear_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    assert said in refused(tmp_path, *arguments, OPENAI_API_KEY="")
    assert list(tmp_path.glob("*.db*")) == []


IN_BOTH = {
    "a table": ["table", "--store", "s.db"],
    "JSON": ["status", "--json", "--store", "s.db"],
    "a run": [*SMALL, "--situations-per-factor", "2"],
    "a fault": ["table", "--store", "nothing.db"],
    "no key": ["run", "--respondent", "openai/gpt-4o"],
    "unknown option": ["run", "--respondnt", "lexicon"],
    "unknown command": ["rnu"],
}


@pytest.mark.parametrize("arguments", IN_BOTH.values(), ids=IN_BOTH.keys())
def test_a_process_and_this_one_say_the_same(arguments: list[str], folder: Path) -> None:
    own, here = (command(folder, arguments, OPENAI_API_KEY="") for command in (run_command, run_here))
    assert (own.returncode, own.stdout, own.stderr) == (here.returncode, here.stdout, here.stderr)
    assert own.stdout if own.returncode == 0 else own.stderr


BAD_FILES = {
    "misspelt key": ("respondents: lexicon\nrepeets: 3\n", "bad.yaml:2: repeets: unknown key; did you mean 'repeats'?"),
    "misspelt inner key": (
        "respondents: lexicon\nexecution:\n  retrys: 3\n",
        "bad.yaml:3: execution → retrys: unknown key",
    ),
    "wrong type": ("respondents: lexicon\nrepeats: many\n", "bad.yaml:2: repeats"),
    "not YAML": ("respondents: [lexicon\nrepeats: 3\n", "bad.yaml:"),
    "a list": ("- lexicon\n", "bad.yaml"),
    "empty": ("", "bad.yaml"),
}


@pytest.mark.parametrize(("text", "said"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_study_file_names_file_line_and_fix(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    assert said in refused(tmp_path, "run", "bad.yaml")


def test_exports_that_cannot_be_written_leave_nothing_behind(folder: Path) -> None:
    assert "name it .csv or .parquet" in refused(folder, "export", "out.xlsx", "--store", "s.db")
    assert "cannot be written" in refused(folder, "export", "nowhere/out.csv", "--store", "s.db")
    assert {path.name for path in folder.iterdir()} == {"s.db"}


def test_a_failing_server_is_one_line_and_an_exit_code(mock_server: Callable[..., MockServer], tmp_path: Path) -> None:
    for fault in ("html", "truncated", "empty", "429", "hang", "401", "404"):
        server = mock_server("--fault", fault)
        arguments = [
            "run",
            "--respondent",
            "compatible/m",
            "--base-url",
            server.url,
            "--retries",
            "0",
            "--timeout",
            "0.3",
        ]
        command = run_command if fault == "401" else run_here
        line = refused(tmp_path, *arguments, "--store", f"{fault}.db", command=command)
        assert line.startswith("error: compatible/m"), line


def test_the_version_and_the_help_import_little(tmp_path: Path) -> None:
    assert "0.1.0" in run_command(tmp_path, ["--version"]).stdout
    shown = run_command(tmp_path, ["--help"]).stdout
    assert "materials" in shown
    modules = "import sys; sys.argv = ['emotionbench', '--help']\nfrom emotionbench.cli import main\ntry:\n    main()\n"
    modules += "except SystemExit:\n    print(sorted({'polars', 'scipy', 'sqlalchemy', 'aiohttp'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", modules], capture_output=True, text=True, check=True)
    assert found.stdout.endswith("[]\n")
