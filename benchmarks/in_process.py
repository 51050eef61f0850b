"""What reading probabilities in process costs, against the model's bare forward passes and against no sharing.

    python benchmarks/in_process.py                          # PANAS over all everyday situations, the tiny model
    python benchmarks/in_process.py --layers 8 --hidden 512 --per-factor 1

Ours is everything between a question and its reply: the template, the tokenizer, the plan of what is shared, the
passes, the sums over spellings, the record. Bare are the same passes again, from tensors made before: same batches,
same shared beginnings, no bookkeeping. Both are timed in turn, in seconds of a processor (other work on the machine
does not change those much) and of a clock. Tokens are counted without padding; without sharing, every question is
computed whole.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any

import torch

from emotionbench.engine import prepare, run
from emotionbench.engine.lane import Wordings
from emotionbench.plan import Plan
from emotionbench.respondents.base import Question, build
from emotionbench.respondents.local import forward
from emotionbench.respondents.local.answerer import Local
from emotionbench.respondents.local.forward import Forward
from emotionbench.respondents.local.prefix import share
from emotionbench.study import Study
from emotionbench.study_materials import materials_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        model = options.model or _random_model(Path(folder), options.layers, options.hidden)
        study = _study(model, options.per_factor, options.batch_size)
        local, questions = _respondent(study)
        _ask(local, questions[:1])
        batches = local._batches
        assert batches is not None
        n_weights = sum(tensor.numel() for tensor in batches.forward.model.parameters())
        print(f"{n_weights / 1e6:.1f} million weights; {len(questions)} questions; {options.threads} threads")
        _print_tokens(study, questions, batches, options.batch_size)
        _print_times(local, questions, options.passes)
        _print_run(study, Path(folder) / "run.db")


def _print_tokens(study: Study, questions: list[Question], batches: Any, batch_size: int) -> None:
    turned = _turned(study)
    print("tokens computed, against every question by itself:")
    for label, asked in (("as worded", questions), ("the item last", turned)):
        tokens = [batches.prompts.tokens([question.messages])[0] for question in asked]
        whole = sum(map(len, tokens))
        shared = 0
        for first in range(0, len(tokens), batch_size):
            distinct = list({ids.tobytes(): ids for ids in tokens[first : first + batch_size]}.values())
            shared += share(distinct).n_tokens(distinct)
        print(f"  {label:14} {whole:>9} to {shared:>8}: {whole / shared:.1f} times fewer")


def _print_times(local: Local, questions: list[Question], passes: int) -> None:
    batches = local._batches
    assert batches is not None
    with Recording(batches.forward) as recording:
        _forget(local)
        before = batches.forward.n_tokens
        _ask(local, questions)
        n_tokens = batches.forward.n_tokens - before
    print(f"{n_tokens} tokens in {sum(event[0] == 'pass' for event in recording.events)} passes, spellings included")
    ours, bare = [], []
    for _ in range(passes):
        _forget(local)
        ours.append(_timed(lambda: _ask(local, questions)))
        bare.append(_timed(lambda: recording.replay(batches.forward.model)))
    for place, clock in enumerate(("processor", "clock")):
        ratio = statistics.median(a[place] / b[place] for a, b in zip(ours, bare, strict=True))
        least, most = min(time_[place] for time_ in bare), min(time_[place] for time_ in ours)
        print(f"  {clock:10} bare {least:.2f} s, ours {most:.2f} s: {ratio:.2f} times the bare passes (median)")


def _print_run(study: Study, store: Path) -> None:
    prepared = prepare(study)
    start = time.process_time()
    tally = run(prepared, store)
    print(f"a whole run, loading and store included: {tally.n_attempts} attempts, {time.process_time() - start:.2f} s")


class Recording:
    """The passes of a Forward, and what is done to its cache between them, to be done again without the rest."""

    def __init__(self, forward: Forward) -> None:
        self.forward, self.model, self.events = forward, forward.model, list[tuple[Any, ...]]()
        self.caches: list[Any] = []

    def __enter__(self) -> Recording:
        self.forward.model = self._pass
        self.select, self.copy = forward.Sofar.select, forward.copy
        recording = self

        def select(sofar: Any, rows: Any) -> Any:
            if len(rows) != len(sofar.lengths) or rows != list(range(len(rows))):
                recording.events.append(("select", id(sofar.cache), torch.tensor(rows)))
            return recording.select(sofar, rows)

        def copied(what: Any) -> Any:
            found = recording.copy(what)
            if hasattr(what, "layers"):
                recording.caches.append(found)
                recording.events.append(("copy", id(what), id(found)))
            return found

        forward.Sofar.select, forward.copy = select, copied  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        self.forward.model = self.model
        forward.Sofar.select, forward.copy = self.select, self.copy  # type: ignore[method-assign]
        self.caches.clear()

    def _pass(self, *, past_key_values: Any, **given: Any) -> Any:
        if past_key_values is not None:
            self.events.append(("crop", id(past_key_values), past_key_values.get_seq_length()))
        found = self.model(past_key_values=past_key_values, **given)
        # kept, so that no two caches have one id
        self.caches.append(copy(found.past_key_values))
        self.events.append(("pass", id(past_key_values), id(found.past_key_values), given))
        return found

    @torch.inference_mode()
    def replay(self, model: Any) -> None:
        caches: dict[int, Any] = {}
        for kind, key, *rest in self.events:
            if kind == "select":
                caches[key].batch_select_indices(rest[0])
            elif kind == "copy":
                caches[rest[0]] = copy(caches[key])
                caches[rest[0]].layers = [copy(layer) for layer in caches[key].layers]
            elif kind == "crop":
                extra = caches[key].get_seq_length() - rest[0]
                caches[key].crop(-extra)
            else:
                if key == id(None):
                    caches.clear()
                caches[rest[0]] = model(past_key_values=caches.get(key), **rest[1]).past_key_values


def _ask(local: Local, questions: list[Question]) -> None:
    async def go() -> None:
        room = asyncio.Semaphore(local.capabilities.at_once or 1)

        async def ask(question: Question) -> None:
            async with room:
                await local.ask(question)

        await asyncio.gather(*map(ask, questions))
        await local.close()

    asyncio.run(go())


def _forget(local: Local) -> None:
    """Read everything anew."""
    if local._batches is not None:
        local._batches._kept.clear()


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    used, at = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - used, time.perf_counter() - at


def _study(model: str, per_factor: int | None, batch_size: int) -> Study:
    respondent = {"id": f"local/{model}", "settings": {"device": "cpu", "batch_size": batch_size}}
    return Study(
        respondents=[respondent],
        ways={"answers": "logprobs"},
        situations_per_factor=per_factor,
        baseline_repeats=1,
    )


def _respondent(study: Study) -> tuple[Local, list[Question]]:
    materials = materials_of(study)
    local = build(study.respondents[0], materials.protocols[0], study.execution)
    assert isinstance(local, Local)
    return local, _questions(study, materials, local.record)


def _questions(study: Study, materials: Any, record: Any) -> list[Question]:
    """Every item after every situation; baselines, which put the same words again and again, are left out."""
    wordings = Wordings(materials)
    return [
        wordings.question(administration, (), 0, part)
        for session in Plan(study, materials, (record,))
        for administration in session
        if administration.situation is not None
        for part in range(1, administration.n_messages + 1)
    ]


def _turned(study: Study) -> list[Question]:
    """The same questions with the item at the end of the prompt, behind the request to reply with a number alone."""
    materials = materials_of(study)
    for protocol in materials.protocols:
        words = protocol.evoked.replace("\n\n{items}\n\n{reply}", "\n\n{reply}\n\n{items}")
        object.__setattr__(protocol, "evoked", words)
    record = build(study.respondents[0], materials.protocols[0], study.execution).record
    return _questions(study, materials, record)


def _random_model(folder: Path, layers: int, hidden: int) -> str:
    """A random Llama with the tokenizer of the tests' tiny one; that one itself where it is as large."""
    from transformers import LlamaConfig, LlamaForCausalLM

    import tiny_llama

    tiny_llama.make(folder)
    if (layers, hidden) != (tiny_llama.LAYERS, tiny_llama.HIDDEN):
        config = LlamaConfig.from_pretrained(folder)
        config.update({"num_hidden_layers": layers, "hidden_size": hidden, "intermediate_size": 8 * hidden // 3})
        config.update({"num_attention_heads": hidden // 64, "num_key_value_heads": max(hidden // 256, 1)})
        config.update({"head_dim": 64})
        torch.manual_seed(0)
        LlamaForCausalLM(config).save_pretrained(folder)
    return str(folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a folder instead of a random model")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--per-factor", type=int, help="only so many situations of each factor")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--passes", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
