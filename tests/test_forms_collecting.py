"""Stores whose studies vary how they ask: columns beside plain Python, and what their labels say."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from emotionbench import analyse
from emotionbench.analysis import best_answers
from emotionbench.collecting import MOST_APART, SORTED_BY, Collected, collect
from emotionbench.documents import content_hash
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing import parse
from emotionbench.plan import Plan
from emotionbench.records import Administration, Answer, AnswerStatus, Attempt, Respondent, RespondentKind
from emotionbench.respondents.base import Question
from emotionbench.respondents.embedded import reply_text
from emotionbench.scoring import score
from emotionbench.store import Store, columns, reading, writing
from emotionbench.study import Study
from emotionbench.study_materials import materials_of

ONE = Respondent.of(RespondentKind.LLM, "one", {})
TWO = Respondent.of(RespondentKind.LLM, "two", {})
MANY: dict[str, Any] = {
    "option_labels": ["none", "a", "I"],
    "option_order": ["ascending", "descending"],
    "items_per_message": ["all", 3, 7],
    "chain_of_thought": ["no", "yes"],
}
Row = tuple[Any, ...]


# a store in plain Python


def plainly(store: Store) -> dict[str, tuple[str, list[Row], list[Row]]]:
    """Of every administration that was tried: outcome, answers and scores, worked out one by one."""
    materials = reading.materials(store)
    found = {}
    for administration in reading.administrations(store):
        attempts = reading.attempts(store, administration.id)
        instrument = materials.instruments[administration.instrument]
        form = materials.forms[administration.form] if administration.form else None
        if attempts:
            found[administration.id] = one_plainly(administration, attempts, instrument, form)
    return found


def one_plainly(
    administration: Administration, attempts: tuple[Attempt, ...], instrument: Instrument, form: Form | None
) -> tuple[str, list[Row], list[Row]]:
    answers: dict[int, Row] = {n: (n, 0, None, "missing") for n in range(1, instrument.n_items + 1)}
    read: list[Answer] = []
    has_reply = False
    for part in range(1, administration.n_messages + 1):
        shown = administration.shown(part)
        tries = sorted((t.number, t.reply) for t in attempts if t.part == part and t.reply is not None)
        parsed = [parse(reply, instrument, shown, form) for _, reply in tries]
        best: tuple[Answer, ...] = ()
        for one in parsed:
            if not best or n_valid(one) > n_valid(best):
                best = one
        has_reply |= bool(parsed)
        read += best
        for answer in best:
            position = administration.order.index(answer.item) + 1
            answers[answer.item] = (answer.item, position, answer.value, answer.status.value)
    by_number = tuple(sorted(read, key=lambda answer: answer.item))
    assert best_answers(attempts, instrument, administration, form) == by_number
    scores = [(s.subscale, s.value, s.n_valid, s.n_items) for s in score(by_number, instrument)] if read else []
    if not has_reply:
        return (
            str(attempts[-1].error_kind),
            [],
            [(key, None, 0, len(s.items)) for key, s in instrument.subscales.items()],
        )
    statuses = [answer[3] for answer in answers.values()]
    if "valid" in statuses:
        outcome = "answered" if set(statuses) == {"valid"} else "incomplete"
    else:
        outcome = max(sorted(set(statuses)), key=statuses.count)
    return outcome, list(answers.values()), scores


def n_valid(answers: tuple[Answer, ...]) -> int:
    return sum(answer.status is AnswerStatus.VALID for answer in answers)


def in_columns(store: Store) -> dict[str, tuple[str, list[Row], list[Row]]]:
    """The same from the columns."""
    frames = collect(store)
    ids = frames.administrations["administration"].to_list()
    answers: dict[str, list[Row]] = {identifier: [] for identifier in ids}
    scores: dict[str, list[Row]] = {identifier: [] for identifier in ids}
    for row, *answer in frames.compact_answers.iter_rows():
        answers[ids[row]].append(tuple(answer))
    for row, *found in frames.compact_scores.drop("variance").iter_rows():
        scores[ids[row]].append(tuple(found))
    outcomes = frames.administrations["outcome"].to_list()
    return {one: (outcome, answers[one], scores[one]) for one, outcome in zip(ids, outcomes, strict=True)}


# a store of every kind of reply


def save(store: Store, study: Study, *respondents: Respondent) -> list[tuple[Administration, Instrument, Form | None]]:
    """Keep what a study plans; the administrations with their materials."""
    materials = materials_of(study)
    writing.save_materials(store, materials.documents)
    writing.save_respondents(store, respondents)
    found = [a for session in Plan(study, materials, respondents) for a in session]
    writing.save_administrations(store, found)
    instruments = {content_hash(instrument): instrument for instrument in materials.instruments}
    forms = {content_hash(form): form for form in materials.forms}
    return [(a, instruments[a.instrument], forms[a.form] if a.form else None) for a in found]


def a_reply(question: Question, chance: random.Random) -> str:
    """A reply of any kind, good or bad."""
    scale = question.instrument.response_scale
    values = {number: chance.randint(scale.lowest, scale.highest) for number in question.shown}
    whole = reply_text(question, values)
    lines = whole.split("\n")
    numbers = "\n".join(f"{place}: {value}" for place, value in enumerate(values.values(), 1))
    kinds = [
        whole, whole, whole, whole,
        "\n".join(chance.sample(lines, max(1, len(lines) // 2))), "\n".join(lines[:-1]), "", "I cannot answer that.",
        numbers, whole.replace(": ", ": ?"), f"Angry: 5\n###\n{whole}", f"{lines[-1]}\n{whole}",
        "\n".join(f"{line.partition(': ')[0]}: 9" for line in lines), "I'd rather not say.\n" + "\n".join(lines[:3]),
    ]  # fmt: skip
    return chance.choice(kinds)


def attempts_of(
    administration: Administration, instrument: Instrument, form: Form | None, chance: random.Random
) -> Iterator[Attempt]:
    """Up to three tries at each message, some messages without any, some without a reply."""
    number = 0
    protocol: Any = None
    for part in range(1, administration.n_messages + 1):
        question = Question(administration, instrument, protocol, None, (), 1, form, part)
        for _ in range(chance.choice([0, 1, 1, 1, 2, 3])):
            number += 1
            failed = chance.random() < 0.2
            reply = None if failed else a_reply(question, chance)
            kind = chance.choice(["server", "timeout"]) if failed else None
            yield Attempt(
                administration.id, number, "{}", reply, reply, "no" if failed else None, kind, "now", 0.0, part=part
            )


def fill(store: Store, study: Study, *respondents: Respondent, seed: int) -> None:
    chance = random.Random(seed)
    made = [
        attempt
        for administration, instrument, form in save(store, study, *respondents)
        for attempt in attempts_of(administration, instrument, form, chance)
    ]
    chance.shuffle(made)
    writing.append_attempts(store, made)


def study(**changes: Any) -> Study:
    return Study(**{"respondents": "x", "situations": "none", "instruments": "PANAS, ECL-8", "ways": MANY, **changes})


@pytest.mark.parametrize("seed", range(4))
def test_columns_hold_what_plain_python_finds(seed: int, tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        fill(store, study(repeats=2, seed=seed), ONE, seed=seed)
        fill(store, study(ways={"language": ["ar", "zh", "ru"], "items_per_message": [2, 20]}), TWO, seed=seed + 100)
        fill(store, study(ways=None, protocol="plain-en", repeats=8), ONE, TWO, seed=seed + 200)
        found, expected = in_columns(store), plainly(store)
        assert found.keys() == expected.keys()
        for identifier, one in expected.items():
            assert found[identifier] == one
    assert len(found) > 120
    outcomes = {outcome for outcome, _, _ in found.values()}
    assert outcomes >= {"answered", "incomplete", "missing", "server", "timeout", "refused"}


@pytest.mark.xdist_group("postgres")
def test_the_same_on_every_database_and_in_frames_of_any_size(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "ROWS_IN_A_FRAME", 7)
    monkeypatch.setattr(columns, "ROWS_AT_ONCE", 3)
    fill(any_store, study(), ONE, TWO, seed=9)
    fill(any_store, study(ways=None, protocol="plain-en", repeats=5), ONE, seed=10)
    found, expected = in_columns(any_store), plainly(any_store)
    assert found == expected


def test_the_rows_stay_in_order_and_answers_know_their_text(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        fill(store, study(ways={"language": ["en", "ja"], "items_per_message": [5]}), ONE, seed=3)
        analysis = analyse(store)
    frame = analysis.administrations
    assert frame.equals(frame.sort(*SORTED_BY, "administration"))
    assert analysis.compact_answers["administration"].is_sorted()
    whole = analysis.labelled_answers
    assert set(whole["instrument"]) == {"PANAS", "ECL-8"}
    for edition, item, text in whole.select("edition", "item", "text").unique().iter_rows():
        assert text == analysis.editions[edition].text(item)
    # what was not put, or not answered, has no position
    placed = whole.filter(pl.col("position") > 0)
    assert placed.group_by("administration").agg(pl.col("position").n_unique() == pl.len())["position"].all()


# labels


def collected(store: Store, *studies: Study, respondents: tuple[Respondent, ...] = (ONE,)) -> Collected:
    """What is collected of studies whose every message got a whole reply."""
    for asked in studies:
        for administration, instrument, form in save(store, asked, *respondents):
            protocol: Any = None
            values = dict.fromkeys(administration.order, 2)
            writing.append_attempts(
                store,
                [
                    Attempt(administration.id, part, "{}", text, text, None, None, "now", 0.0, part=part)
                    for part in range(1, administration.n_messages + 1)
                    for text in [
                        reply_text(Question(administration, instrument, protocol, None, (), 1, form, part), values)
                    ]
                ],
            )
    return collect(store)


def labels(found: Collected, *names: str) -> set[Row]:
    return set(found.administrations.select(names).iter_rows())


def test_languages_of_one_instrument_come_under_its_name_and_forms_are_told_by_what_differs(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        found = collected(store, study(instruments="PANAS", ways={"language": ["en", "de"], "template": ["brief"]}))
    assert labels(found, "instrument", "edition", "protocol", "form") == {
        ("PANAS", "PANAS", "language en", "language en"),
        ("PANAS", "PANAS-de", "language de", "language de"),
    }
    assert set(found.forms) == {"language en", "language de"}
    assert found.forms["language de"].template == "brief"
    assert set(found.instruments) == {"PANAS"}
    assert set(found.editions) == {"PANAS", "PANAS-de"}


@pytest.mark.parametrize(
    ("languages", "validated"), [(["en"], True), (["en", "de"], False), (["de"], False), (["de", "fr"], False)]
)
def test_an_instrument_is_validated_only_if_all_its_editions_are(
    languages: list[str], validated: bool, tmp_path: Path
) -> None:
    with Store(tmp_path / "s.db") as store:
        found = collected(store, study(instruments="PANAS", ways={"language": languages}))
    assert {label: instrument.validated for label, instrument in found.instruments.items()} == {"PANAS": validated}
    assert found.instruments["PANAS"].base == "PANAS"


def test_a_single_form_is_told_by_all_its_levels(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        found = collected(store, study(instruments="ECL-8", ways={"template": ["brief"], "option_labels": ["a"]}))
    assert labels(found, "protocol") == {("template brief · option_labels a",)}


@pytest.mark.parametrize(("n_temperatures", "together"), [(MOST_APART, False), (MOST_APART + 1, True)])
def test_many_forms_are_compared_together(n_temperatures: int, together: bool, tmp_path: Path) -> None:
    ways = {"temperature": [n / 10 for n in range(n_temperatures)]}
    with Store(tmp_path / "s.db") as store:
        found = collected(store, study(instruments="ECL-8", ways=ways))
    assert found.administrations["form"].n_unique() == n_temperatures
    own = set(found.administrations["form"])
    assert set(found.administrations["protocol"]) == ({f"{n_temperatures} forms"} if together else own)


def test_answers_that_were_read_are_not_averaged_with_answers_that_were_drawn(tmp_path: Path) -> None:
    orders = {"option_order": ["ascending", "descending"], "option_labels": ["none", "a", "A", "i"]}
    ways = {**orders, "answers": ["drawn", "logprobs"]}
    with Store(tmp_path / "s.db") as store:
        found = collected(store, study(instruments="ECL-8", ways=ways))
    assert labels(found, "protocol") == {("8 forms",), ("8 forms · answers logprobs",)}
    reads = found.administrations.filter(pl.col("protocol").cast(pl.String).str.ends_with("logprobs"))
    assert all(found.forms[form].reads_probabilities for form in reads["form"])


def test_how_many_forms_there_are_counts_for_each_respondent_and_instrument(tmp_path: Path) -> None:
    many = {"temperature": [n / 10 for n in range(15)]}
    with Store(tmp_path / "s.db") as store:
        collected(store, study(instruments="ECL-8", ways=many))
        few = study(instruments="ECL-8, PANAS", ways={"temperature": [0.0, 0.1]})
        found = collected(store, few, respondents=(TWO,))
    assert labels(found, "respondent", "instrument", "protocol") == {
        ("one", "ECL-8", "15 forms"),
        *(("two", name, f"temperature {level}") for name in ("ECL-8", "PANAS") for level in ("0.0", "0.1")),
    }


def test_a_study_without_forms_beside_one_with_forms(tmp_path: Path) -> None:
    plain = study(instruments="PANAS", ways=None)
    with Store(tmp_path / "s.db") as store:
        alone = labels(collected(store, plain), "instrument", "edition", "protocol", "form", "outcome")
        found = collected(store, study(instruments="PANAS", ways={"language": ["en", "de"], "items_per_message": [6]}))
        assert in_columns(store) == plainly(store)
    together = labels(found, "instrument", "edition", "protocol", "form", "outcome")
    assert alone == {("PANAS", "PANAS", "standard", None, "answered")}
    assert together == alone | {
        ("PANAS", "PANAS", "language en", "language en", "answered"),
        ("PANAS", "PANAS-de", "language de", "language de", "answered"),
    }
    frame = found.administrations
    assert frame.equals(frame.sort(*SORTED_BY, "administration"))


def test_personas_of_one_name_and_different_words_are_told_apart(small_home: Path, tmp_path: Path) -> None:
    path = small_home / "personas" / "me.yaml"
    path.parent.mkdir()
    asked = study(instruments="ECL-8", ways={"persona": ["none", "me"]})
    with Store(tmp_path / "s.db") as store:
        for text in ("Be brave.", "Be brave and kind."):
            path.write_text(f"id: me\nname: Me\nsource: Mine.\ntexts:\n  en: {text}\n", encoding="utf-8")
            found = collected(store, asked)
    forms = {label: form.persona_text for label, form in found.forms.items()}
    assert sorted(label.partition("#")[0] for label in forms) == ["persona me", "persona me", "persona none"]
    assert set(forms.values()) == {None, "Be brave.", "Be brave and kind."}
    assert labels(found, "form") == {(label,) for label in forms}
