"""Recitations counted by hand, and no alarms where texts are guessed equally well."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from emotionbench.comparisons.probes_recitation import Contamination, Recitation, recitations
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.probe_facts import ProbeFacts

FACTS = ProbeFacts({}, frozenset({"ours"}), frozenset({"our scenes"}))
FORMS = {
    "items": Form(probe="recite_items"),
    "key": Form(probe="recite_key"),
    "score": Form(probe="target_score", target="a=3"),
    "scenes": Form(probe="recite_situation"),
}
SCORES = {"administration": pl.UInt32, "subscale": pl.String, "value": pl.Float64}


def instrument(identifier: str, n: int = 6, **changes: Any) -> Instrument:
    """So many items, ``IDENTIFIER item NUMBER``, 0 to 2, in two halves."""
    half = n // 2
    content = {
        "id": identifier,
        "name": identifier,
        "edition": "1",
        "language": "en",
        "validated": False,
        "source": "made up",
        "licence": "Apache-2.0",
        "instructions": "How is it?",
        "response_scale": {"lowest": 0, "highest": 2},
        "items": [{"text": f"{identifier} thing {chr(97 + k) * 8}"} for k in range(n)],
        "subscales": {
            "a": {"name": "First half", "items": tuple(range(1, half + 1))},
            "b": {"name": "Second half", "items": tuple(range(half + 1, n + 1))},
        },
        "score": {"rule": "sum"},
    }
    return Instrument.model_validate({**content, **changes})


def found(
    *rows: tuple[str, str, str], editions: list[Instrument], scores: pl.DataFrame | None = None
) -> tuple[tuple[Recitation, ...], tuple[Contamination, ...]]:
    """Of replies given as edition, form and text."""
    frame = pl.DataFrame(
        [
            {
                "administration": number,
                "number": 1,
                "respondent": "someone",
                "kind": "llm",
                "edition": edition,
                "form": form,
                "situation": f"scene {number}",
                "situation_set": edition,
                "reply": reply,
                "situation_text": "one two three four five six seven eight nine ten eleven twelve",
            }
            for number, (edition, form, reply) in enumerate(rows)
        ],
        schema_overrides={"administration": pl.UInt32},
    )
    none = pl.DataFrame(schema=SCORES)
    by_label = {one.id: one for one in editions}
    return recitations(frame, none if scores is None else scores, by_label, FORMS, FACTS)


def recited(own: Instrument, known: int, shown: int = 2) -> str:
    """The first so many hidden items, to the word."""
    return "\n".join(f"{k}. {own.text(k)}" for k in range(shown + 1, shown + known + 1)) or "I cannot"


def test_the_share_is_that_of_items_over_replies() -> None:
    theirs, ours = instrument("theirs"), instrument("ours")
    single, compared = found(
        ("theirs", "items", recited(theirs, 4)),
        ("theirs", "items", recited(theirs, 2)),
        ("ours", "items", recited(ours, 1)),
        editions=[theirs, ours],
    )
    by_material = {one.material: one for one in single}
    assert by_material["theirs"].share.value == pytest.approx(0.75)
    assert (by_material["theirs"].n_units, by_material["theirs"].n_replies) == (4, 2)
    assert by_material["theirs"].in_place == pytest.approx(0.75)
    assert by_material["ours"].standing == "unpublished"
    (against,) = compared
    assert against.difference.value == pytest.approx(0.5)
    # 1, 1, ½, ½ against 1, 0, 0, 0: of the 70 exchanges, 16 are as far apart
    assert against.p == pytest.approx(16 / 70)
    assert against.verdict == "no sign"


def test_half_is_where_reciting_in_part_ends() -> None:
    theirs, ours = instrument("theirs", 20), instrument("ours", 20)
    for known, verdict in ((15, "recites"), (7, "recites in part")):
        rows = (("theirs", "items", recited(theirs, known, 5)), ("ours", "items", "none of it"))
        assert found(*rows, editions=[theirs, ours])[1][0].verdict == verdict


def test_without_a_control_nothing_is_concluded() -> None:
    theirs = instrument("theirs")
    _, (against,) = found(("theirs", "items", recited(theirs, 4)), editions=[theirs])
    assert (against.verdict, against.p, against.difference.value) == ("unknown", None, None)
    assert against.why == "no unpublished text was asked for in the same way"


def test_paraphrases_are_a_control_of_items_and_not_of_keys() -> None:
    theirs = instrument("theirs")
    reworded = instrument("reworded", family="theirs", paraphrase="v2")
    key = "First half: 1, 2, 3\nSecond half: 4, 5, 6"
    _, compared = found(
        ("theirs", "items", recited(theirs, 4)),
        ("reworded", "items", recited(theirs, 4)),
        ("theirs", "key", key),
        ("reworded", "key", key),
        editions=[theirs, reworded],
    )
    of_items, of_key = compared
    assert (of_items.probe, of_items.control, of_items.difference.value) == ("recite_items", "paraphrase", 1.0)
    assert (of_key.probe, of_key.verdict) == ("recite_key", "unknown")


def test_a_key_counts_beyond_chance() -> None:
    theirs = instrument("theirs")
    right, single = "First half: 1, 2, 3\nSecond half: 4, 5, 6", "First half: 1-6"
    assert found(("theirs", "key", right), editions=[theirs])[0][0].share.value == pytest.approx(1)
    # all into one half: half of them right, as chance has it
    assert found(("theirs", "key", single), editions=[theirs])[0][0].share.value == pytest.approx(0)
    assert found(("theirs", "key", "no idea"), editions=[theirs])[0][0].share.value == pytest.approx(0)


def test_one_subscale_has_no_key_to_know() -> None:
    whole = {"all": {"name": "All", "items": (1, 2, 3, 4, 5, 6)}}
    theirs = instrument("theirs", subscales=whole)
    (single,), _ = found(("theirs", "key", "All: 1-6"), editions=[theirs])
    assert single.share.value is None
    assert "no key to know" in str(single.share.why)


def test_a_target_is_made_exactly_or_missed_by_a_share_of_the_range() -> None:
    theirs = instrument("theirs")
    rows = [("theirs", "score", "…")] * 3
    scores = pl.DataFrame(
        {"administration": [0, 0, 1, 2], "subscale": ["a", "b", "a", "a"], "value": [3.0, 1.0, 6.0, None]}, SCORES
    )
    (single,), _ = found(*rows, editions=[theirs], scores=scores)
    # 3 of the range 0 to 6 is asked for: hit, 3 off, not answered; at random 7 of 27 sheets make it
    assert (single.n_units, single.n_replies) == (1, 3)
    assert single.share.value == pytest.approx((1 / 3 - 7 / 27) / (1 - 7 / 27))
    assert single.error == pytest.approx(0.25)


def test_runs_of_four_words_of_the_hidden_half_count() -> None:
    single, (against,) = found(
        ("their scenes", "scenes", "seven eight nine ten eleven twelve"),
        ("our scenes", "scenes", "seven eight nine ten or so"),
        editions=[instrument("their scenes"), instrument("our scenes")],
    )
    assert [one.share.value for one in single] == [pytest.approx(1 / 3), pytest.approx(1)]
    assert against.material == "their scenes"
    assert against.difference.value == pytest.approx(2 / 3)


def test_texts_guessed_equally_well_raise_no_more_alarms_than_agreed() -> None:
    rng = np.random.default_rng(7)
    theirs, ours = instrument("theirs", 20), instrument("ours", 12)
    alarms = covered = 0
    for _ in range(200):
        rows = []
        for own, shown in ((theirs, 5), (ours, 4)):
            # a reply is a guess: every item has the same chance, on both sides
            lines = [own.text(k) for k in range(shown + 1, own.n_items + 1) if rng.random() < 0.3]
            rows.append((own.id, "items", "\n".join(lines) or "none"))
        (against,) = found(*rows, editions=[theirs, ours])[1]
        alarms += against.verdict != "no sign"
        assert against.difference.low is not None
        assert against.difference.high is not None
        covered += against.difference.low <= 0 <= against.difference.high
    # one-sided: only more than of the control is an alarm
    assert alarms / 200 <= 0.05
    assert covered / 200 >= 0.93
