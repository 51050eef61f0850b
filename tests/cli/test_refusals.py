"""What ``emotionbench run`` refuses: one line, an exit code, no store, and no line of progress before it."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from emotionbench.cli.main import main

HERE = "--base-url http://127.0.0.1:1/v1"
ORDINAL = "respondents: [{id: compatible/x, settings: {base_url: 'http://127.0.0.1:1/v1', endpoint: ordinal}}]"
FOLDED = (
    "respondents: [{id: compatible/x, settings: {base_url: 'http://127.0.0.1:1/v1', system_role: false}}]\n"
    "ways: {persona: [hero]}"
)
TWICE = "respondents: [{id: uniform, name: a}, {id: constant, name: a}]"


@pytest.mark.parametrize(
    ("arguments", "study", "line"),
    [
        ("", "", r"nobody to ask; name a respondent"),
        ("--respondent openai/gpt-4o-mini", "", r"openai/gpt-4o-mini: no key for .*; set OPENAI_API_KEY"),
        (
            f"--respondent compatible/x {HERE} --api-key-env sk-s3cret",
            "",
            r"settings of 'compatible/x': api_key_env: not",
        ),
        ("--respondent compatible/x", "", r"compatible/x: no server is known; set base_url"),
        ("--respondent lexikon", "", r"unknown respondent 'lexikon'; did you mean 'lexicon'\?"),
        ("", TWICE, r"s\.yaml:1: two respondents are called 'a'; give one of them another 'name'"),
        ("--respondent uniform --max-cost 0", "", r"max_cost: Input should be greater than 0"),
        (f"--respondent compatible/x {HERE} --max-cost 5", "", r"no price is known for compatible/x; add one"),
        ("--respondent uniform --precision 0", "", r"precision: Input should be greater than 0"),
        ("--respondent uniform --precision inf", "", r"precision: Input should be a finite number"),
        ("--respondent uniform --seed 99999999999", "", r"seed: Input should be less than 2147483648"),
        ("", 'respondents: [{id: uniform, name: "a\\0b"}]', r"s\.yaml: holds a NUL character"),
        ("", "&a [*a]", r"s\.yaml: refers to itself"),
        ("--respondent uniform --precision 1 --situations none", "", r"without situations there is no change"),
        ("--respondent uniform --precision-per factor", "", r"--precision-per: says whose .*add --precision POINTS"),
        ("--respondent uniform --prices none.yaml", "", r"none\.yaml: cannot be read"),
        (f"--respondent compatible/x {HERE} --batch --max-cost 5", "", r"no price is known for compatible/x; add one"),
        ("--respondent uniform --batch", "", r"uniform: takes no batches; run it without --batch"),
        ("--respondent uniform --answers json", "", r"uniform: cannot hold its replies"),
        ("--respondent uniform --address host:1", "", r"--address: is that of a cluster; add --on ray"),
        (f"--respondent compatible/x {HERE} --on ray --batch", "", r"leave one of them out"),
        ("", ORDINAL, r"compatible/x: answers typed questions .*; ask it with --answers logprobs"),
        ("", FOLDED, r"compatible/x: takes no system message, and a persona is one; leave personas out"),
    ],
)
def test_what_is_refused(arguments: str, study: str, line: str, refused: Refused) -> None:
    assert re.search(line, refused(arguments, study))


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("--precision 1", r"--on ray: --precision needs one process that counts; leave out --precision, or --on"),
        ("--max-tokens 100", r"--on ray: --max-tokens needs one process"),
        ("--address 127.0.0.1:1", r"127\.0\.0\.1:1: no Ray cluster there: Connection refused"),
        ("--address ray://127.0.0.1:1", r"ray://127\.0\.0\.1:1: no Ray cluster there"),
        ("--address nonsense", r"--address nonsense: is no address of a Ray cluster; write it as HOST:PORT"),
        ("--address host:99999", r"is no address of a Ray cluster"),
    ],
)
def test_what_is_refused_of_ray(arguments: str, line: str, refused: Refused) -> None:
    pytest.importorskip("ray")
    assert re.search(line, refused(f"--respondent uniform --on ray {arguments}", ""))


def test_ray_that_is_not_installed_is_said(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotionbench.scale_out.find_spec", lambda _: None)
    assert "pip install 'emotionbench[ray]'" in refused("--respondent uniform --on ray", "")


def test_a_file_here_is_no_store_of_a_cluster_elsewhere(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    monkeypatch.setattr("emotionbench.scale_out._check_reached", lambda *_: None)
    said = refused("--respondent uniform --on ray --address 192.0.2.1:6379", "")
    assert "emotionbench.db: a file here, and a cluster on another machine; give a database" in said


class Refused:
    """Runs the command in an empty folder, and sees that it is refused as it should be; what it says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.monkeypatch, self.capsys = folder, monkeypatch, capsys

    def __call__(self, arguments: str, study: str) -> str:
        self.monkeypatch.chdir(self.folder)
        self.monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        if study:
            (self.folder / "s.yaml").write_text(study, encoding="utf-8")
        files = sorted(self.folder.iterdir())
        command = ["emotionbench", "run", *shlex.split(arguments), *(["s.yaml"] if study else [])]
        self.monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as caught:
            main()
        said = self.capsys.readouterr()
        assert (caught.value.code, said.out) == (1, "")
        assert sorted(self.folder.iterdir()) == files
        (line,) = said.err.splitlines()
        assert line.startswith("error: ")
        return line


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    return Refused(tmp_path, monkeypatch, capsys)
