"""``emotionbench run`` with base models behind a real llama.cpp server, and with typed questions, from a study file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from emotionbench.cli.main import main
from emotionbench.store import Store
from endpoint_server import EndpointServer
from llama_server import LlamaServer

Command = Callable[..., tuple[int, str]]
STUDY = """\
name: base
respondents:
  - id: llamacpp/tiny
    settings: {endpoint: completions, max_tokens: 30}
factors: [anger-1]
situations_per_factor: 1
baseline_repeats: 1
"""


@pytest.fixture(scope="module")
def typed_server() -> Iterator[EndpointServer]:
    server = EndpointServer.start()
    yield server
    server.stop()


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the study at a server: the exit code, and all that was printed."""

    def call(url: str, *options: str, study: str = STUDY) -> tuple[int, str]:
        path = tmp_path / "study.yaml"
        path.write_text(study, encoding="utf-8")
        flags = ["--base-url", url, "--store", str(tmp_path / "answers.db"), "--retries", "3", *options]
        monkeypatch.setattr(sys, "argv", ["emotionbench", "run", str(path), *flags])
        with pytest.raises(SystemExit) as caught:
            main()
        assert isinstance(caught.value.code, int)
        return caught.value.code, "".join(capsys.readouterr())

    return call


def attempts(tmp_path: Path) -> list[dict[str, str]]:
    with Store(str(tmp_path / "answers.db")) as store, store.engine.connect() as connection:
        found = connection.execute(text("select request, reply, logprobs from attempt where error is null"))
        return [dict(row) for row in found.mappings()]


def test_a_base_model_is_asked_from_a_study_file(tmp_path: Path, command: Command, llama_server: LlamaServer) -> None:
    code, said = command(llama_server.url)
    assert code == 0
    assert "2 of 2 administrations answered" in said, said
    for attempt in attempts(tmp_path):
        request = json.loads(attempt["request"])
        assert request["url"] == f"{llama_server.url}/completions"
        first = request["body"]["prompt"].rpartition("\n\n")[2]
        assert first.endswith(":")
        assert attempt["reply"].startswith(first)


@pytest.mark.slow
def test_its_probabilities_become_scores(tmp_path: Path, command: Command, llama_server: LlamaServer) -> None:
    _, said = command(llama_server.url, "--answers", "logprobs")
    found = attempts(tmp_path)
    assert len(found) >= 38, said  # a random model may write half a character now and then
    readings = [json.loads(attempt["logprobs"]) for attempt in found]
    assert {reading["source"] for reading in readings} == {"vocabulary"}
    assert {reading["item"] for reading in readings} == set(range(1, 21))


def test_typed_questions_are_asked_in_one_request_an_administration(
    tmp_path: Path, command: Command, typed_server: EndpointServer
) -> None:
    study = STUDY.replace("llamacpp/tiny", "compatible/typed").replace("completions, max_tokens: 30", "ordinal")
    code, said = command(typed_server.url, "--answers", "logprobs", study=study)
    assert code == 0, said
    assert [len(body["questions"]) for body in typed_server.bodies()] == [20, 20]
    found = attempts(tmp_path)
    assert len(found) == 40
    assert len({attempt["request"] for attempt in found}) == 2
    # every item has the same probabilities: ten items of 3 a subscale, before and after
    assert "30.0" in said


def test_typed_questions_cannot_be_drawn(command: Command, typed_server: EndpointServer) -> None:
    study = STUDY.replace("llamacpp/tiny", "compatible/typed").replace("completions, max_tokens: 30", "ordinal")
    code, said = command(typed_server.url, study=study)
    assert code == 1
    assert "ask it with --answers logprobs" in said


def test_a_dry_run_shows_the_text_that_a_base_model_is_sent(
    tmp_path: Path, command: Command, llama_server: LlamaServer
) -> None:
    code, said = command(llama_server.url, "--dry-run")
    assert code == 0, said
    shown = said.partition("--- first prompt, text to continue ---\n")[2]
    assert "■■" in shown
    command(llama_server.url)
    assert shown.rstrip("\n") in [json.loads(attempt["request"])["body"]["prompt"] for attempt in attempts(tmp_path)]


def test_a_dry_run_shows_typed_questions(command: Command, typed_server: EndpointServer) -> None:
    study = STUDY.replace("llamacpp/tiny", "compatible/typed").replace("completions, max_tokens: 30", "ordinal")
    typed_server.reset()
    _, said = command(typed_server.url, "--answers", "logprobs", "--dry-run", study=study)
    shown = json.loads(said.partition("--- first prompt, typed questions ---\n")[2])
    assert typed_server.bodies() == []
    command(typed_server.url, "--answers", "logprobs", study=study)
    assert shown in [{key: body[key] for key in ("state", "questions")} for body in typed_server.bodies()]
    code, said = command(typed_server.url, "--dry-run", study=study)
    assert (code, "ask it with --answers logprobs" in said) == (1, True)


def test_a_dry_run_shows_a_system_text_where_it_goes(command: Command) -> None:
    chats = STUDY.replace("llamacpp/tiny", "compatible/m").replace("completions, max_tokens: 30", "chat")
    folding = chats.replace("endpoint: chat", "system_role: false") + "protocol: emotionbench-2024\n"
    _, said = command("http://127.0.0.1:1/v1", "--dry-run", study=chats + "protocol: emotionbench-2024\n")
    _, folded = command("http://127.0.0.1:1/v1", "--dry-run", study=folding)
    assert "--- first prompt, system ---" in said
    assert "--- first prompt, system ---" not in folded
    assert "--- first prompt, user ---" in folded
