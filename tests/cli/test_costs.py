"""``emotionbench costs`` and what a dry run says of money, as a user types them; the server is real, and local."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from emotionbench.cli.costs import line_of_run
from emotionbench.cli.dry_run import expected_money, print_dry_run
from emotionbench.engine import prepare, run
from emotionbench.engine.took import Takings
from emotionbench.materials.prices import load_prices
from emotionbench.records import Respondent, RespondentKind
from emotionbench.respondents.prices import price_of_respondent
from emotionbench.store import Store, tokens
from emotionbench.study import Study
from engine_helpers import run_here
from mock_server import MockServer

PRICES = """\
prices:
  - {provider: compatible, model: mine, input: 1, output: 10, batch_discount: 0.5, date: 2026-11-20, source: a contract}
"""


def study(url: str = "http://localhost:9", **changes: object) -> Study:
    who = [{"id": f"compatible/{model}", "settings": {"base_url": url}} for model in ("mine", "theirs")]
    spec = {"respondents": who, "emotions": "fear, anger", "situations_per_factor": 2, "baseline_repeats": 5}
    return Study(**{**spec, **changes})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with prices.yaml and a store of two models, the price of one of which is known."""
    found = tmp_path_factory.mktemp("costs")
    (found / "prices.yaml").write_text(PRICES, encoding="utf-8")
    server = MockServer.start()
    try:
        run(study(server.url), found / "emotionbench.db")
    finally:
        server.stop()
    return found


def test_costs_by_respondent(folder: Path) -> None:
    done = run_here(folder, ["costs", "--prices", "prices.yaml", "--json"], EMOTIONBENCH_HOME=str(folder / "none"))
    assert done.returncode == 0, done.stderr
    mine, theirs = json.loads(done.stdout)["costs"]
    spent = mine["spent"]
    assert (mine["respondent"], mine["instrument"], mine["price_date"]) == ("compatible/mine", "PANAS", "2026-11-20")
    assert spent["n_administrations"] == spent["n_attempts"] == 25
    assert spent["dollars"] == pytest.approx((spent["input_tokens"] + 10 * spent["output_tokens"]) / 1e6)
    assert spent["each"] == pytest.approx(spent["dollars"] / 25)
    assert (theirs["spent"]["dollars"], theirs["spent"]["why"]) == (None, "no price is known")
    assert theirs["spent"]["input_tokens"] == spent["input_tokens"]


def test_costs_by_finding_as_markdown(folder: Path) -> None:
    arguments = ["costs", "--findings", "--markdown"]
    done = run_here(folder, arguments, EMOTIONBENCH_HOME=str(folder))
    assert done.returncode == 0, done.stderr
    assert "**What each finding cost**" in done.stdout
    assert "| compatible/mine | PANAS | anger | 10 | $" in done.stdout
    assert "| compatible/theirs | PANAS | anger | 10 | no price is known |" in done.stdout


def test_a_wrong_prices_file_is_named_with_its_line(folder: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(PRICES.replace("input: 1", "input: -1"), encoding="utf-8")
    done = run_here(folder, ["costs", "--prices", str(wrong)])
    assert done.returncode == 1
    assert done.stderr.startswith("error: wrong.yaml:2: prices → entry 1 → input: ")
    assert "Traceback" not in done.stderr


def test_an_example_is_an_entry_once_it_is_filled_in(tmp_path: Path) -> None:
    done = run_here(tmp_path, ["costs", "--example", "compatible/mine:7b"], EMOTIONBENCH_HOME=str(tmp_path))
    filled = done.stdout.replace("YYYY-MM-DD", "2026-11-21")
    (tmp_path / "prices.yaml").write_text(filled, encoding="utf-8")
    told = run_here(tmp_path, ["costs"], EMOTIONBENCH_HOME=str(tmp_path))
    assert told.stderr == "error: emotionbench.db: no store there; make one with: emotionbench run\n"
    (tmp_path / "prices.yaml").write_text(done.stdout, encoding="utf-8")
    assert "prices.yaml:" in run_here(tmp_path, ["costs"], EMOTIONBENCH_HOME=str(tmp_path)).stderr
    for nobody in ("mine", "inspect/openai", "inspect/openai/"):
        assert "write it as PROVIDER/MODEL" in run_here(tmp_path, ["costs", "--example", nobody]).stderr


def test_an_example_for_a_model_behind_inspect_prices_it(tmp_path: Path) -> None:
    done = run_here(tmp_path, ["costs", "--example", "inspect/openai-api/odd/small"], EMOTIONBENCH_HOME=str(tmp_path))
    filled = done.stdout.replace("YYYY-MM-DD", "2026-11-21").replace("input: 0.00", "input: 7")
    (tmp_path / "prices.yaml").write_text(filled, encoding="utf-8")
    settings = {"provider": "inspect", "model": "openai-api/odd/small"}
    who = Respondent.of(RespondentKind.LLM, "inspect/openai-api/odd/small", settings)
    price = price_of_respondent(who, load_prices(tmp_path / "prices.yaml"))
    assert price is not None
    assert price.input == 7


def test_a_dry_run_uses_what_the_store_measured(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, prices = str(folder / "emotionbench.db"), folder / "prices.yaml"
    print_dry_run(study(), store, prices_file=prices)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert lines[0].startswith("  compatible/mine: about $0.0")
    assert lines[0].endswith("; by 25 answers in the store")
    assert lines[1].startswith("  compatible/theirs: no price is known (a prices.yaml of your own gives one")
    assert lines[2].startswith("  all: about $0.0")
    assert lines[2].endswith(", without 1 of unknown price")
    print_dry_run(study(), str(folder / "none.db"), prices_file=prices, batched=True)
    out = capsys.readouterr().out
    assert "in a batch (prices of 2026-11-20)" in out
    assert "; by the length of the texts" in out


def test_a_pilot_of_the_whole_study_is_what_it_took(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_dry_run(study(), str(folder / "emotionbench.db"), prices_file=folder / "prices.yaml")
    said = capsys.readouterr().out
    with Store(folder / "emotionbench.db") as store:
        who = [answerer.record for answerer in prepare(study()).answerers][:1]
        took = line_of_run(tokens.usages(store, respondents=[who[0].id]), who, folder / "prices.yaml")
    assert took is not None
    tokens_in = took.split(" tokens in")[0]
    assert f" {tokens_in} tokens in, " in said


def test_the_line_of_a_run_counts_what_it_recorded_itself(
    folder: Path, tmp_path: Path, mock_server: Callable[..., MockServer]
) -> None:
    server, path = mock_server(), tmp_path / "store.db"
    part = study(server.url, emotions="fear")
    whole = run(part, path)
    who = [answerer.record for answerer in prepare(part).answerers]
    with Store(path) as store:
        assert sorted(map(figures, whole.took.usages)) == sorted(map(figures, merged(tokens.usages(store))))
    more = run(study(server.url), path)
    assert 0 < more.n_answered < more.n_planned
    assert sum(usage.n_attempts for usage in more.took.usages) == more.n_answered == more.n_attempts
    none = run(study(server.url), path)
    assert (none.took.usages, line_of_run(none.took.usages, who)) == ([], None)
    assert str(line_of_run(whole.took.usages, who)).endswith("; no price is known")
    mine = [usage for usage in whole.took.usages if usage.respondent == who[0].id]
    assert "; $0.0" in str(line_of_run(mine, who, folder / "prices.yaml"))


def figures(usage: tokens.Usage) -> tuple[object, ...]:
    """Whose it is, and all that is counted."""
    blank = replace(usage, instrument="", design="", condition="", situation=None)
    return tuple(str(getattr(blank, name)) for name in blank.__slots__)


def merged(usages: Iterable[tokens.Usage]) -> list[tokens.Usage]:
    """Those of all instruments and conditions together."""
    found = Takings()
    for usage in usages:
        found.of(usage.respondent, batched=usage.batched).add(usage)
    return found.usages


def test_a_run_names_replies_that_were_cut_off_and_so_does_the_status(
    tmp_path: Path, mock_server: Callable[..., MockServer]
) -> None:
    server = mock_server()
    asked = ["--base-url", server.url, "--emotions", "fear", "--situations-per-factor", "1", "--baseline-repeats", "2"]
    who = ["--respondent", "compatible/mock+cut_off", "--respondent", "compatible/mock", "--max-reply-tokens", "9"]
    done = run_here(tmp_path, ["run", *who, *asked])
    assert done.returncode == 0, done.stderr
    n = 2 + 5  # baselines, and a situation of each factor
    line = f"{n} replies of compatible/mock+cut_off cut off at the token limit; raise --max-reply-tokens"
    assert [said for said in done.stderr.splitlines() if "cut off at" in said] == [line]
    status = run_here(tmp_path, ["status"])
    assert [said for said in status.stdout.splitlines() if "cut off at" in said] == [line]
    told = json.loads(run_here(tmp_path, ["status", "--json"]).stdout)
    assert told["n_cut_off"] == {"compatible/mock+cut_off": n}


def test_a_run_says_beforehand_only_what_is_worth_a_word(folder: Path) -> None:
    store, prices = str(folder / "emotionbench.db"), folder / "prices.yaml"
    assert expected_money(study(), store, prices_file=prices) is None
    dear = expected_money(study(repeats=1000), store, prices_file=prices)
    assert dear is not None
    assert dear.startswith("likely to cost about $")
    assert dear.endswith("by prices of 2026-11-20; --dry-run says how that is made up")
    assert expected_money(study(respondents=["lexicon", "vllm/m"], repeats=10_000), store, prices_file=prices) is None
