"""What a process counts of its attempts is what the store sums of them."""

from __future__ import annotations

import itertools
from pathlib import Path

from emotionbench.engine.took import Took
from emotionbench.plan import Plan
from emotionbench.records import Attempt, Respondent, RespondentKind
from emotionbench.store import Store, tokens, writing
from emotionbench.study import Study
from emotionbench.study_materials import materials_of

WHO = Respondent.of(RespondentKind.LLM, "x", {})
COUNTS = (None, 0, 7, 100)


def attempts(administration: str) -> list[Attempt]:
    """One attempt for every way in which a server may count, and one that failed."""
    found = []
    for number, (read, written, cached, own) in enumerate(itertools.product(COUNTS, repeat=4), 1):
        counts = {"input_tokens": read, "output_tokens": written, "cached_tokens": cached, "reasoning_tokens": own}
        found.append(Attempt(administration, number, "{}", "{}", "ok", None, None, "2026-11-22", 1.0, **counts))
    failed = Attempt(administration, len(found) + 1, "{}", None, None, "no", "server", "2026-11-22", 1.0)
    return [*found, failed]


def test_it_counts_as_the_store_sums(tmp_path: Path) -> None:
    study = Study(respondents=["x"], factors=["fear-1"], situations_per_factor=1, baseline_repeats=1)
    materials = materials_of(study)
    administration = next(iter(Plan(study, materials, (WHO,))))[0]
    for chosen in (attempts(administration.id), attempts(administration.id)[:1]):
        with Store(tmp_path / f"{len(chosen)}.db") as store:
            writing.save_materials(store, materials.documents)
            writing.save_respondents(store, [WHO])
            writing.save_administrations(store, [administration])
            writing.append_attempts(store, chosen)
            (summed,) = tokens.usages(store)
        took, both = Took(WHO.id, batched=False), Took(WHO.id, batched=False)
        for attempt in chosen:
            took.count(attempt)
        both.add(took)
        both.add(summed)
        for name in ("n_attempts", "n_failed", "n_uncounted", "input_tokens", "output_tokens"):
            assert getattr(took.usage, name) == getattr(summed, name), name
            assert getattr(both, name) == 2 * getattr(summed, name), name
        assert (took.cached_tokens, took.reasoning_tokens) == (summed.cached_tokens, summed.reasoning_tokens)
