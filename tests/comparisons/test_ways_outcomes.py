from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from emotionbench.comparisons.ways_outcomes import UNSET, WAYS, FormScores, RespondentForms, respondents_of
from emotionbench.materials.forms import Form
from ways_helpers import frame, outcomes


def pairs(found: FormScores) -> dict[str, float]:
    """Level of the language → value, of scores with one row each."""
    return dict(zip(found.ways["language"].tolist(), found.values.round(9).tolist(), strict=True))


def evoked(language: str, situation: str, value: float | None, **more: object) -> dict[str, object]:
    return {"language": language, "situation": situation, "condition": "evoked", "value": value, **more}


def baseline(language: str, value: float | None, **more: object) -> dict[str, object]:
    return {"language": language, "value": value, **more}


def test_the_ways_are_the_fields_of_a_form_but_for_texts_and_probes() -> None:
    assert set(WAYS) == set(Form.model_fields) - {"persona_text", "probe", "target"}


def test_a_way_is_varied_where_it_has_two_levels_one_of_which_may_be_the_protocol_s() -> None:
    own = RespondentForms(
        frame([{"language": "de", "persona": "hero", "value": 1.0}, {"language": "de", "persona": None, "value": 2.0}])
    )
    assert own.varied == ("persona",)
    assert own.of("score", "calm").ways["persona"].tolist() == ["hero", UNSET]


def test_the_score_is_that_before_imagining_and_what_is_not_scored_is_counted() -> None:
    own = RespondentForms(
        frame([baseline("de", 1.0), baseline("en", None), baseline("ja", float("nan")), evoked("de", "s", 9.0)])
    )
    found = own.of("score", "calm")
    assert found.values.tolist() == [1.0]
    assert (found.n_administrations, found.n_excluded, found.n_forms) == (3, 2, 1)
    assert found.notes == ("language en: no score", "language ja: no score")
    assert found.ways == {}
    assert tuple(own.outcomes) == ("score", "change")


def test_the_change_is_the_mean_over_situations_minus_the_form_s_baseline() -> None:
    rows = [baseline("de", 10.0), baseline("de", 12.0, repeat=2), baseline("en", 20.0)]
    # the first situation was imagined twice and counts once
    rows += [evoked("de", "s1", 14.0), evoked("de", "s1", 16.0, repeat=1), evoked("de", "s2", 21.0)]
    rows += [evoked("en", "s1", 18.0), evoked("en", "s2", 20.0)]
    found = RespondentForms(frame(rows)).of("change", "calm")
    assert pairs(found) == {"de": (15 + 21) / 2 - 11, "en": 19 - 20}
    assert (found.n_administrations, found.n_excluded) == (5, 0)
    assert found.notes == ()


def test_repeats_are_kept_where_each_has_its_own_baseline() -> None:
    rows = [baseline(language, value, repeat=r) for language in ("de", "en") for r, value in enumerate((10.0, 12.0))]
    rows += [evoked(language, "s", 20.0 + r, repeat=r) for language in ("de", "en") for r in (0, 1)]
    found = RespondentForms(frame(rows)).of("change", "calm")
    assert sorted(found.values.tolist()) == [9.0, 9.0, 10.0, 10.0]
    assert sorted(found.repeats.tolist()) == [0, 0, 1, 1]
    assert found.by_repeat.tolist() == [[10.0, 9.0], [10.0, 9.0]]


@pytest.mark.parametrize("n_before", [1, 4])
def test_of_other_numbers_of_repeats_the_form_s_mean_is_taken(n_before: int) -> None:
    before = {"de": (10.0, 12.0, 14.0, 20.0), "en": (0.0, 2.0, 4.0, 10.0)}
    rows = [baseline(language, values[r], repeat=r) for language, values in before.items() for r in range(n_before)]
    rows += [evoked(language, "s", 20.0 + 2 * r, repeat=r) for language in before for r in (0, 1)]
    found = RespondentForms(frame(rows)).of("change", "calm")
    means = {language: float(np.mean(values[:n_before])) for language, values in before.items()}
    assert pairs(found) == {"de": 21 - means["de"], "en": 21 - means["en"]}
    assert found.values.size == 2


def test_all_baselines_count_where_imagining_was_not_repeated() -> None:
    rows = [baseline(language, value, repeat=r) for language in ("de", "en") for r, value in enumerate((10.0, 12.0))]
    rows += [evoked("de", "s", 20.0), evoked("en", "s", 21.0)]
    assert pairs(RespondentForms(frame(rows)).of("change", "calm")) == {"de": 9.0, "en": 10.0}


def test_forms_that_share_no_situation_say_so() -> None:
    rows = [baseline("de", 0.0), baseline("en", 0.0), evoked("de", "s1", 3.0), evoked("en", "s2", 5.0)]
    found = RespondentForms(frame(rows)).of("change", "calm")
    assert pairs(found) == {"de": 3.0, "en": 5.0}
    assert found.notes == (
        "2 of 2 lack a score after some situations, and they share too few for that to be allowed for",
    )


def test_a_form_without_baseline_has_no_change_and_is_counted() -> None:
    rows = [baseline("de", 10.0), baseline("en", None), evoked("de", "s", 12.0), evoked("en", "s", 14.0)]
    found = RespondentForms(frame(rows)).of("change", "calm")
    assert found.values.tolist() == [2.0]
    assert (found.n_administrations, found.n_excluded) == (2, 1)
    assert found.notes == ("language en: no score",)


def test_sessions_that_hold_both_give_the_change_within_them() -> None:
    rows = [baseline("de", 10.0, session="1"), evoked("de", "s1", 15.0, session="1")]
    rows += [baseline("de", 20.0, session="2"), evoked("de", "s2", 21.0, session="2")]
    rows += [baseline("en", 30.0, session="3"), evoked("en", "s1", 30.0, session="3")]
    rows += [baseline("en", None, session="4"), evoked("en", "s2", 30.0, session="4")]
    found = RespondentForms(frame(rows, session=pl.String)).of("change", "calm")
    # English lacks the second situation, whose change was less by 4: it is not the higher for that
    assert pairs(found) == {"de": 3.0, "en": -2.0}
    assert found.n_excluded == 1
    assert found.notes == ("1 of 2 lack a score after some situations, which is allowed for",)


def test_sessions_of_their_own_are_not_pairs() -> None:
    rows = [baseline("de", 10.0, session="1"), evoked("de", "s", 15.0, session="2"), baseline("en", 1.0, session="3")]
    rows += [evoked("en", "s", 2.0, session="4")]
    found = RespondentForms(frame(rows, session=pl.String)).of("change", "calm")
    assert pairs(found) == {"de": 5.0, "en": 1.0}


def test_situations_that_a_form_lacks_do_not_move_it() -> None:
    rng = np.random.default_rng(0)
    form, situation = rng.normal(0, 2, 12), rng.normal(0, 5, 8)
    rows = [baseline(f"l{i:02}", 0.0) for i in range(12)]
    rows += [
        evoked(f"l{i:02}", f"s{j}", form[i] + situation[j] if rng.random() < 0.7 else None)
        for i in range(12)
        for j in range(8)
    ]
    found = RespondentForms(frame(rows)).of("change", "calm")
    expected = dict(zip([f"l{i:02}" for i in range(12)], (form + situation.mean()).tolist(), strict=True))
    assert pairs(found) == pytest.approx(expected)


def test_means_over_repeats_by_form() -> None:
    found = RespondentForms(
        frame([baseline("de", 1.0), baseline("de", 3.0, repeat=1), baseline("en", 7.0), baseline("ja", 0.0)])
    ).of("score", "calm")
    names, means, ways = found.by_form
    assert names.tolist() == ["language de", "language en", "language ja"]
    assert means.tolist() == [2.0, 7.0, 0.0]
    assert ways["language"].tolist() == ["de", "en", "ja"]
    assert found.by_repeat.tolist() == [[1.0, 3.0]]


def test_the_usual_number_of_repeats_is_what_forms_are_compared_on() -> None:
    counts = {"de": 3, "en": 3, "ja": 5, "zh": 1, "fr": 2}
    rows = [baseline(language, float(r), repeat=r) for language, n in counts.items() for r in range(n)]
    table = RespondentForms(frame(rows)).of("score", "calm").by_repeat
    assert table.tolist() == [[0.0, 1.0, 2.0]] * 3


def test_without_repeats_there_is_nothing_to_compare() -> None:
    assert RespondentForms(outcomes()).of("score", "calm").by_repeat.shape == (0, 0)


def test_respondents_and_instruments_are_apart() -> None:
    both = pl.concat([outcomes(), outcomes(respondent="other").with_columns(instrument=pl.lit("PANAS"))])
    found = [names for names, _ in respondents_of(both)]
    assert found == [
        {"respondent": "model", "kind": "llm", "instrument": "MOOD"},
        {"respondent": "other", "kind": "llm", "instrument": "PANAS"},
    ]


def test_no_score_at_all_is_empty_and_counted() -> None:
    own = RespondentForms(outcomes(situations=("s",)).with_columns(value=pl.lit(None, dtype=pl.Float64)))
    for outcome in ("score", "change"):
        found = own.of(outcome, "calm")  # type: ignore[arg-type]
        assert (found.values.size, found.n_forms, found.n_excluded) == (0, 0, 24)
