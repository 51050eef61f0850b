from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

import emotionbench
from emotionbench.analysis import analyse
from emotionbench.comparisons.human_precision import expected_widths, spread_of
from emotionbench.comparisons.participation import RULES
from emotionbench.human.study import HumanStudy
from emotionbench.materials import catalogue
from emotionbench.reports.preregistration import preregistration
from emotionbench.reports.preregistration_people import exclusion_lines
from emotionbench.reports.preregistration_plan import TO_FILL_IN, Planned, n_tested, quoted, table
from emotionbench.survey import Exclusions, Outcome, PersonFacts
from survey_people import Visitor, digits, opened, study_of, take_part

EVERY_RULE = Exclusions(
    failed_checks=2,
    seconds_an_item=0.7,
    same_answer=True,
    missing_items=4,
    reading_seconds=9.5,
    reflection_words=3,
)
BROKEN = PersonFacts(
    outcome=None,
    n_failed_checks=2,
    seconds_an_item=(0.1,),
    same_answers=(True,),
    n_missing=4,
    reading_seconds=1.0,
    n_words=0,
)
MENDED: dict[str, dict[str, Any]] = {
    "unfinished": {"outcome": "complete"},
    "failed_checks": {"n_failed_checks": 1},
    "too_fast": {"seconds_an_item": (0.7,)},
    "same_answer": {"same_answers": (False,)},
    "missing_items": {"n_missing": 3},
    "read_too_fast": {"reading_seconds": 9.5},
    "no_reflection": {"n_words": 3},
}


def written(study: HumanStudy | None = None, n: int | None = None) -> str:
    return preregistration(study or study_of(collection={"n": 400}), catalogue.norms(), n=n)


def section(text: str, name: str) -> str:
    """The text below the heading that begins so."""
    return next(part for part in text.split("\n## ") if re.match(rf"\d+\. {name}", part))


def test_sections_come_in_the_order_of_the_templates() -> None:
    headings = re.findall(r"^## \d+\. (.*?)(?: \(|$)", written(), re.MULTILINE)
    assert headings == [
        "Before anything",
        "What is measured",
        "Questions",
        "Design",
        "How many people, and when it stops",
        "Who takes part",
        "Consent, care and privacy",
        "Who is left out",
        "Missing answers",
        "Analysis",
        "Precision",
        "To do it again",
        "Appendix: what people read",
    ]
    assert written() == written()


def test_every_table_is_rectangular() -> None:
    text = written(study_of({"instruments": ["PANAS", "ECL-8"], "kinds": ["evoking", "neutral"]}))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 30
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    for block in blocks:
        assert len({line.count("|") for line in block.strip().splitlines()}) == 1


# exclusions

TURNED_AWAY = ("screened_out", "full")


def test_exclusions_stand_in_the_order_in_which_they_are_applied() -> None:
    reasons = [reason for reason, _ in exclusion_lines(EVERY_RULE, 3)]
    assert reasons == ["unfinished", *TURNED_AWAY, *RULES]
    person = BROKEN
    for reason in reasons:
        if reason in TURNED_AWAY:
            assert EVERY_RULE.reason(replace(person, outcome=reason)) == reason
            continue
        assert EVERY_RULE.reason(person) == reason
        person = replace(person, **MENDED[reason])
    assert EVERY_RULE.reason(person) is None
    assert {"complete", "screened_out", "full", "failed_checks"} == set(get_args(Outcome))


@pytest.mark.parametrize("rule", sorted(RULES.values()))
def test_a_rule_that_is_not_declared_is_said_not_to_be(rule: str) -> None:
    without = EVERY_RULE.model_copy(update={rule: False if rule == "same_answer" else None})
    reason = next(reason for reason, name in RULES.items() if name == rule)
    assert reason not in dict(exclusion_lines(without, 3))
    text = section(written(study_of(attention_checks=3, exclusions=without.model_dump())), "Who is left out")
    assert f"(`{reason}`)" not in text
    assert text.count("no rule for it is declared") == 1
    whole = section(written(study_of(attention_checks=3, exclusions=EVERY_RULE.model_dump())), "Who is left out")
    assert "no rule for it is declared" not in whole


def test_limits_are_those_of_the_rules() -> None:
    lines = dict(exclusion_lines(EVERY_RULE, 3))
    assert "2 or more of the 3 attention checks" in lines["failed_checks"]
    assert "less than 0.7 s an item" in lines["too_fast"]
    assert "4 items or more" in lines["missing_items"]
    assert "less than 9.5 s" in lines["read_too_fast"]
    assert "fewer than 3 words" in lines["no_reflection"]
    assert "failed the attention check of" in dict(exclusion_lines(Exclusions(failed_checks=1), 1))["failed_checks"]


# numbers


def test_the_number_and_the_close_date_are_those_of_the_study() -> None:
    study = study_of(
        collection={
            "n": 400,
            "n_per_situation": 45,
            "closes": "2030-01-31",
            "quotas": [{"question": "gender", "value": "woman", "n": 200}],
        }
    )
    text = section(written(study), "How many people")
    assert "400 completed sessions in all, about 40 for each of 10 situations." in text
    assert "At most 45 completed sessions of each situation." in text
    assert "2030-01-31 (UTC)" in text
    assert "At most 200 completed sessions of people whose gender is woman." in text
    other = section(written(study, n=100), "How many people")
    assert "100 completed sessions in all (the study says 400), about 10 for each" in other
    assert "Numbers here are for 100 completed sessions" in written(study, n=100)


def test_without_a_number_it_says_that_none_was_set() -> None:
    text = written(study_of())
    assert "No number, no close date and no quota was set" in text
    assert "5 people | 10 people | 20 people | any number |" in text
    assert "(no number is set)" in section(text, "Precision")
    dated = section(written(study_of(collection={"closes": "2030-01-31"})), "How many people")
    assert "No number of people was set; how many are expected: **[to fill in]**" in dated


def test_most_people_a_situation_bound_what_is_expected() -> None:
    assert Planned(study_of(collection={"n": 400})).per_situation == 40
    assert Planned(study_of(collection={"n": 400, "n_per_situation": 12})).per_situation == 12
    assert Planned(study_of(collection={"n_per_situation": 12})).per_situation == 12
    assert Planned(study_of()).per_situation is None
    two = Planned(study_of(languages=["en", "de"], collection={"n": 400}))
    assert (two.n_texts, two.per_situation) == (2 * len(two.situations), 400 / (2 * len(two.situations)))


# people


def test_what_people_are_told_stands_in_the_words_of_the_study() -> None:
    survey = {"consent": "First line.\n\nSecond.", "debriefing": "It was made up."}
    text = section(written(study_of(**survey)), "Consent")
    assert "> First line.\n>\n> Second." in text
    assert "> It was made up." in text
    assert "is deleted after 365 days at the latest" in text
    assert "Telephone counselling (116 123)" in text
    assert "Dr. A. Example" in text
    assert "365 days after a person’s last page the link’s id, the code" in text
    gone = section(written(study_of(collection={"retention_days": 30, "then": "delete"})), "Consent")
    assert "30 days after a person’s last page the whole session is deleted" in gone


def test_screening_and_entry_are_told() -> None:
    text = section(
        written(study_of(screening={"age": {"lowest": 18, "highest": 65}, "gender": ["woman", "man"]})), "Who"
    )
    assert "- age: 18 or more and 65 or less" in text
    assert "- gender: woman or man" in text
    assert "does not screen by age" not in text
    assert "Nothing keeps a person from taking part twice" in text
    open_to_all = section(written(study_of(screening={}, collection={"links": "single-use"})), "Who takes")
    assert "Screening: none" in open_to_all
    assert "does not screen by age" in open_to_all
    assert "Each link lets one person in once" in open_to_all
    panel = section(written(study_of(collection={"panel": "prolific"})), "Who takes")
    assert "The panel’s id lets each person in once" in panel


# measures and design


def test_measures_say_what_is_validated_and_how_it_is_scored() -> None:
    text = section(written(study_of({"instruments": ["PANAS", "ECL-8"]}, languages=["en", "de"])), "What is measured")
    assert "- en: edition 20 adjectives, state form; validated" in text
    assert re.search(r"- de: edition .*; \*\*not validated\*\*", text)
    assert "| Negative affect | 10 | 0 | 10 | 50 |" in text
    assert "| Fear | 1 | 0 | 1 | 5 |" in text
    assert "Watson, D., Clark" in text
    assert "age: “How old are you, in years?” (a whole number)" in text
    assert "Woman (woman), Man (man)" in text


def test_the_design_lists_every_factor_with_its_situations() -> None:
    study = study_of({"kinds": ["evoking", "neutral"], "situations_per_factor": 2}, reading_seconds=15)
    text = section(written(study), "Design")
    assert "one of 20 evoking and 20 neutral situations" in text
    assert "| anger | anger-1 | Facing Self-Opinioned People | 2 | 2 | anger-1-1, anger-1-1-neutral, anger-1-2," in text
    assert text.count("| fear |") == 5
    assert "seed (7)" in text
    assert "after 15 s at the earliest" in text
    assert "1 instructed-response item a session (“To show that you read each line, please choose “…” here.”)" in text
    assert "Attention checks: none." in section(written(study_of(attention_checks=0, exclusions={})), "Design")
    two = section(written(study_of(languages=["en", "de"])), "Design")
    assert "Languages: en and de; people choose, en is shown first." in two


def test_an_instrument_around_some_emotions_says_so() -> None:
    study = study_of({"instruments": ["PANAS", "ECL-8"], "evoked_by": {"ECL-8": ["fear"]}, "situations_per_factor": 2})
    text = written(study)
    assert "ECL-8 is put only around situations of fear." in text
    assert "imagining a situation of fear? Tested for each emotion and each of its factors" in text
    assert "PANAS (rows × 2 subscales): factors: 20 tests; emotions: 4 tests; overall: 2 tests" in text
    assert "ECL-8 (rows × 8 subscales): factors: 40 tests; emotions: 8 tests\n" in text


def test_texts_are_appended_all_or_the_first_of_each_factor() -> None:
    few = section(written(), "Appendix")
    assert few.count("\n- ") == 10
    assert "The first situation of each factor" not in few
    many = section(written(study_of({"situations_per_factor": 5})), "Appendix")
    assert "The first situation of each factor, 10 of 50:" in many
    assert many.count("\n- ") == 10


# analysis: what is announced is what is done


def answer(visitor: str) -> Any:
    def of(page: str, item: int) -> int:
        return int(digits(f"{visitor} {page} {item}"), 16) % 5 + 1

    return of


@pytest.mark.parametrize(
    ("changes", "languages"),
    [
        ({"situations_per_factor": 2}, ["en"]),
        ({"situations_per_factor": 1}, ["en"]),
        ({"emotions": ["fear"]}, ["en", "de"]),
    ],
)
def test_families_have_as_many_tests_as_are_announced(
    tmp_path: Path, changes: dict[str, Any], languages: list[str]
) -> None:
    study = study_of(changes, languages=languages, exclusions={}, attention_checks=0)
    planned = Planned(study)
    with opened(tmp_path / "s.db", study) as store:
        for language in languages:
            for number in range(2 * len(planned.situations)):
                label = f"{language} {number * number}-{number}"
                take_part(store, study, Visitor(label, language=language, answer=answer(label)))
        blocks = analyse(store).changes(by="factor")
    assert len(blocks) == len(languages)
    announced = dict(zip(("factor", "emotion", "overall"), n_tested(planned.factors), strict=True))
    for block in blocks:
        n_subscales = len(block.subscales)
        found = {row.kind: {c.n_tests for c in row.contrasts.values()} for row in block.rows}
        told = {kind: {n * n_subscales} for kind, n in announced.items() if kind in found}
        assert found == told
    text = section(written(study), "Analysis")
    sizes = [n * 2 for n in announced.values() if n]
    assert [int(n) for n in re.findall(r": (\d+) tests?", text)] == sizes


# precision


def test_widths_are_those_of_the_norms_spread() -> None:
    study = study_of({"situations_per_factor": 5}, collection={"n": 1000})
    text = section(written(study), "Precision")
    assert "| half-width, raw points | 10 people (half of it) | 20 people (as planned) | 40 people (twice) |" in text
    spread = spread_of(catalogue.norm("emotionbench-people"), "negative")
    assert spread is not None
    designed = {one.id: (one.emotion, 5) for one in Planned(study).factors}
    for one in expected_widths(spread, designed, [20]):
        name = {"factor": "a factor", "emotion": "an emotion", "overall": "overall"}[one.row]
        row = next(line for line in text.splitlines() if line.startswith(f"| negative, {name} |"))
        assert row.split(" | ")[2] == f"± {one.most:.1f}"
    assert f"| Negative affect | {spread.person:.2f} | {spread.situation:.2f} | {spread.factor:.2f} |" in text
    assert "It is supposed that the people, situations and language of this study vary as those did" in text


def test_one_situation_a_factor_is_warned_of() -> None:
    text = written()
    assert "| negative, a factor | – | – | – | – |" in text
    assert "Two situations a factor or more would give an interval." in text
    assert "Factors have no test, since one situation does not say how situations vary." in text
    assert "factors: " not in section(text, "Analysis").split("Families:")[1].split("\n\n")[1]


def test_rows_of_unequal_factors_show_the_range() -> None:
    study = study_of({"emotions": ["anger", "jealousy"], "situations_per_factor": 3})
    text = section(written(study), "Precision")
    assert re.search(r"\| negative, an emotion \| ± \d\.\d to \d", text)
    assert "A range is that of the rows" in text


def test_an_instrument_without_a_norm_says_so_instead_of_a_figure() -> None:
    text = section(written(study_of({"instruments": ["ECL-8"]})), "Precision")
    assert "No norm says how people’s change on ECL-8 varies" in text
    assert "±" not in text
    without = preregistration(study_of(), [])
    assert "No norm says how people’s change on PANAS varies" in without
    norm = catalogue.norm("emotionbench-people").model_copy(update={"situations": ()})
    assert "cannot tell how situations vary" in preregistration(study_of(), [norm])


def test_counterparts_have_no_figure() -> None:
    study = study_of({"kinds": ["evoking", "neutral"]})
    assert "no figure is given for counterparts" in section(written(study), "Precision")
    only = study_of({"kinds": ["neutral"]})
    text = written(only)
    assert "It is put around no evoking situation" in text
    assert "Not tested" not in section(text, "Questions")


# the end


def test_it_ends_with_what_fixes_it() -> None:
    study = study_of()
    text = section(written(study), "To do it again")
    assert f"SHA-256 `{study.hash}`" in text
    assert f"emotionbench {emotionbench.__version__}" in text
    assert "Seed 7" in text
    assert "Satterthwaite, F. E." in text


def test_what_cannot_be_known_is_marked() -> None:
    assert written().count(TO_FILL_IN) >= 8


def test_small_parts_of_markdown() -> None:
    assert quoted("a\n\nb ") == "> a\n>\n> b"
    assert table(("x", "n"), [("a|b\nc", "1")]) == "| x | n |\n| --- | ---: |\n| a\\|b c | 1 |"
