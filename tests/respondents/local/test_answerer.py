"""A model in process as a respondent: its record, what it refuses, its thread, memory that runs out."""

from __future__ import annotations

import asyncio
import builtins
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import RespondentError
from emotionbench.materials import catalogue
from emotionbench.respondents.base import AskFailure, Reply, build
from emotionbench.respondents.local import loading
from emotionbench.study import Execution, RespondentSpec
from local_helpers import ask, local, questions, replies
from tiny_llama import TinyLlama

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


PROTOCOL = catalogue.protocol("standard")


def make(name: str, **settings: Any) -> Any:
    return build(RespondentSpec(id=name, settings=settings), PROTOCOL, Execution())


@pytest.fixture
def copied(tiny_llama: TinyLlama, tmp_path: Path) -> Path:
    """A copy of the folder that a test may change."""
    return Path(shutil.copytree(tiny_llama.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("*.gguf")))


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_the_record_is_the_same_wherever_the_folder_lies(tiny_llama: TinyLlama, tmp_path: Path) -> None:
    there = tmp_path / "elsewhere" / tiny_llama.folder.name
    shutil.copytree(tiny_llama.folder, there)
    one, other = local(tiny_llama.folder).record, local(there, batch_size=7).record
    assert one == other
    assert one.name == f"local/{tiny_llama.folder.name}"
    assert str(tiny_llama.folder) not in json.dumps(one.settings)
    assert set(one.settings) == {"provider", "model", "revision", "dtype", "temperature", "max_tokens"}
    assert (one.settings["dtype"], one.settings["temperature"]) == ("float32", 1.0)


def test_other_weights_are_another_respondent(copied: Path) -> None:
    before = local(copied).record
    weights = copied / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-4096:] = bytes(4096)
    weights.write_bytes(content)
    assert local(copied).record.id != before.id


def test_another_chat_template_is_another_respondent(copied: Path) -> None:
    before = local(copied).record
    (copied / "chat_template.jinja").write_text("{% for m in messages %}{{ m['content'] }}\n{% endfor %}")
    assert local(copied).record.id != before.id


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("local/", "names no model"),
        ("local//no/such/folder", "there is no folder /no/such/folder"),
        ("local/./nothing", "there is no folder"),
        ("local/some/tiny.gguf", r"GGUF file.*llama-server.*llamacpp/NAME, with its base_url"),
    ],
)
def test_what_names_nothing(name: str, said: str) -> None:
    with pytest.raises(RespondentError, match=said):
        make(name)


def test_a_folder_without_a_model(tmp_path: Path, copied: Path) -> None:
    with pytest.raises(RespondentError, match=r"holds no model: it has no config\.json"):
        make(f"local/{tmp_path}")
    (copied / "model.safetensors").unlink()
    with pytest.raises(RespondentError, match="has no weights"):
        make(f"local/{copied}")


def test_a_base_model_without_a_chat_template(copied: Path) -> None:
    (copied / "chat_template.jinja").unlink(missing_ok=True)
    edit(copied / "tokenizer_config.json", lambda content: content.pop("chat_template", None))
    with pytest.raises(RespondentError, match=r"no chat template.*endpoint: completions"):
        make(f"local/{copied}")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% for m in messages %}{{ m.role", "local/copy: the chat template does not work: .*end of template.*; mend"),
        ("{% for m in messages %}<|{{ m['role'] }}|>{% endfor %}", "leaves out what the user says; mend its"),
    ],
)
def test_a_chat_template_that_is_broken_is_found_before_anything_is_asked(
    copied: Path, template: str, said: str
) -> None:
    (copied / "chat_template.jinja").write_text(template)
    with pytest.raises(RespondentError, match=said):
        make(f"local/{copied}")


def test_a_folder_without_a_tokenizer_and_one_with_half_of_it(copied: Path) -> None:
    (copied / "tokenizer.json").write_text("{}")
    with pytest.raises(RespondentError, match=r"the tokenizer of .* cannot be loaded: .*; check the files in that"):
        make(f"local/{copied}")
    (copied / "tokenizer.json").unlink()
    with pytest.raises(RespondentError, match=r"copy has no tokenizer; put the tokenizer\.json and"):
        make(f"local/{copied}")


@pytest.mark.parametrize("kept", [0, 40, 100_000])
def test_weights_that_were_cut_short(copied: Path, kept: int) -> None:
    weights = copied / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    answerer = local(copied)
    outcome = ask(answerer, questions(answerer, 1))[0]
    assert isinstance(outcome, RespondentError)
    assert "the model of" in str(outcome)
    assert "check the files in that folder: one may be incomplete" in str(outcome)


def test_a_hub_name_that_cannot_be_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RespondentError, match="the configuration of nobody/nothing-of-that-name cannot be loaded"):
        make("local/nobody/nothing-of-that-name")


def test_the_extra_is_named_where_it_is_missing(tiny_llama: TinyLlama, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "transformers":
            raise ImportError("No module named 'transformers'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RespondentError, match=r"pip install 'emotionbench\[local\]'"):
        make(f"local/{tiny_llama.folder}")


def test_a_model_larger_than_memory(tiny_llama: TinyLlama, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "free_memory", lambda: 1e5)
    answerer = local(tiny_llama.folder)
    outcome = ask(answerer, questions(answerer, 1))[0]
    assert isinstance(outcome, RespondentError)
    assert "not enough memory on cpu" in str(outcome)
    assert "bfloat16" in str(outcome)


def test_cuda_that_is_not_there(tiny_llama: TinyLlama) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(RespondentError, match="device cuda is not there"):
        make(f"local/{tiny_llama.folder}", device="cuda")


def test_a_setting_that_does_not_exist(tiny_llama: TinyLlama) -> None:
    with pytest.raises(RespondentError, match="batchsize"):
        make(f"local/{tiny_llama.folder}", batchsize=3)


def test_a_template_that_takes_no_system_message(copied: Path) -> None:
    template = (
        "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "<|{{ m['role'] }}|>{{ m['content'] }}</s>{% endfor %}<|assistant|>"
    )
    (copied / "chat_template.jinja").write_text(template)
    answerer = local(copied, max_tokens=2)
    assert not answerer.capabilities.system_role
    asked = questions(answerer, 1, protocol="emotionbench-2024")
    assert asked[0].messages[0]["role"] == "system"
    assert replies(ask(answerer, asked))[0].input_tokens


class Spoilt:
    """Batches of which those with more than so many rows fail."""

    def __init__(self, batches: Any, most: int, error: type[Exception]) -> None:
        self.real, self.most, self.error, self.sizes = batches.forward.extend, most, error, list[int]()
        batches.forward.extend = self.extend

    def extend(self, sofar: Any, rows: Any, keep: int = 0) -> Any:
        self.sizes.append(len(rows))
        if len(rows) > self.most:
            raise self.error("of the test")
        return self.real(sofar, rows, keep)


def loaded(tiny_llama: TinyLlama, **settings: Any) -> Any:
    answerer = local(tiny_llama.folder, max_tokens=4, **settings)
    replies(ask(answerer, questions(answerer, 1)))
    return answerer


def test_memory_that_runs_out_halves_the_batch(tiny_llama: TinyLlama) -> None:
    answerer = loaded(tiny_llama)
    asked = questions(answerer, 7)
    expected = [reply.text for reply in replies(ask(answerer, asked))]
    spoilt = Spoilt(answerer._batches, 2, torch.OutOfMemoryError)
    assert [reply.text for reply in replies(ask(answerer, asked))] == expected
    assert max(spoilt.sizes) == 7
    assert answerer._batches.rows <= 2


def test_one_question_that_has_no_room_fails_alone(tiny_llama: TinyLlama) -> None:
    answerer = loaded(tiny_llama)
    Spoilt(answerer._batches, 0, torch.OutOfMemoryError)
    outcomes = ask(answerer, questions(answerer, 3))
    assert [type(outcome) for outcome in outcomes] == [AskFailure] * 3
    assert {outcome.kind for outcome in outcomes if isinstance(outcome, AskFailure)} == {"memory"}


def test_a_failure_within_reaches_everyone_who_waits(tiny_llama: TinyLlama) -> None:
    answerer = loaded(tiny_llama)
    Spoilt(answerer._batches, 0, RuntimeError)
    outcomes = ask(answerer, questions(answerer, 5))
    assert [type(outcome) for outcome in outcomes] == [RespondentError] * 5
    assert "RuntimeError: of the test" in str(outcomes[0])


def test_a_question_longer_than_the_model_reads(tiny_llama: TinyLlama) -> None:
    answerer = loaded(tiny_llama)
    asked = questions(answerer, 2)
    long = asked[0].__class__(
        *(getattr(asked[0], name) for name in ("administration", "instrument", "protocol", "situation")),
        ({"role": "user", "content": "word " * 3000},),
        1,
    )
    failed, fine = ask(answerer, [long, asked[1]])
    assert isinstance(failed, AskFailure)
    assert (failed.kind, failed.may_pass) == ("too_long", False)
    assert isinstance(fine, Reply)


def test_closing_ends_the_thread_and_a_later_question_begins_one(tiny_llama: TinyLlama) -> None:
    answerer = loaded(tiny_llama)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(answerer.record.name)]
    assert replies(ask(answerer, questions(answerer, 2)))


def test_closing_in_the_middle_of_a_reply(tiny_llama: TinyLlama) -> None:
    answerer = local(tiny_llama.folder, max_tokens=1500)
    asked = questions(answerer, 2)

    async def go() -> list[Any]:
        asking = [asyncio.create_task(answerer.ask(question)) for question in asked]
        await asyncio.sleep(0.05)
        await answerer.close()
        return await asyncio.gather(*asking, return_exceptions=True)

    outcomes = asyncio.run(go())
    assert all(isinstance(outcome, AskFailure | Reply) for outcome in outcomes)


def test_what_waits_is_answered_together(tiny_llama: TinyLlama) -> None:
    answerer = loaded(tiny_llama, batch_size=4)
    sizes = []
    real = answerer._batches.answer
    answerer._batches.answer = lambda some: sizes.append(len(some)) or real(some)
    replies(ask(answerer, questions(answerer, 7)))
    assert sizes == [4, 3]
    assert answerer.capabilities.at_once == 8


def test_nothing_heavy_is_imported_before_a_model_is_built() -> None:
    code = (
        "import sys, emotionbench.respondents.local; print([m for m in ('torch', 'transformers') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_model_whose_passes_cannot_be_shared_is_refused(tiny_llama: TinyLlama) -> None:
    answerer = loaded(tiny_llama)
    batches = answerer._batches
    tokens = batches.prompts.tokens([questions(answerer, 1)[0].messages])[0]
    assert batches.forward.disagreement(tokens) < 1e-5
    real = batches.forward.extend

    def forgetful(sofar: Any, rows: Any, keep: int = 0) -> Any:
        if sofar is not None:
            sofar.counts[:, :-1] = False
        return real(sofar, rows, keep)

    batches.forward.extend, batches._checked_to = forgetful, 0
    outcomes = ask(answerer, questions(answerer, 3))
    assert [type(outcome) for outcome in outcomes] == [RespondentError] * 3
    assert "through a server" in str(outcomes[0])
