from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emotionbench.analysis import analyse
from emotionbench.documents import content_hash
from emotionbench.errors import EmotionBenchError, MaterialError, RecordingError
from emotionbench.imports.llmpersonality import Account, account, read_save
from emotionbench.imports.recording import Recording
from emotionbench.imports.saving import save
from emotionbench.materials import catalogue, originals
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.protocols import Protocol
from emotionbench.parsing import parse
from emotionbench.records import Answer, Condition, Design, RespondentKind
from emotionbench.store import Store
from emotionbench.verification import verify
from llmpersonality_helpers import write_clone, write_json

INFO = {"template": "t1", "language": "De", "version": "v2", "label": "n", "order": "f"}
RAW: dict[str, Any] = {"3": 5, "1": 4, "4": 1, "2": 2}
# openness: 4 and 6 − 2; neuroticism: 5 and 6 − 1
DATA = {"Openness": 4.0, "Neuroticism": 5}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return write_clone(tmp_path / "clone")


def entry(raw: dict[str, Any] | None = None, data: dict[str, Any] | None = None, **info: str) -> dict[str, Any]:
    return {"info": INFO | info, "raw": RAW if raw is None else raw, "data": DATA if data is None else data}


def recorded(*entries: Any, **meta: Any) -> dict[str, Any]:
    return {"meta": {"name_exp": "night", "questionnaire_name": "BFI", **meta}, "data": list(entries)}


def read(clone: Path, content: Any, **options: Any) -> Recording:
    path = write_json(clone / "save/save.json", content)
    return read_save(path, clone / "dataset/questionnaires.json", **options)


def answers(recording: Recording) -> Iterator[tuple[Answer, ...]]:
    materials = {content_hash(material): material for material in recording.materials}
    for administration, attempt in recording.administrations:
        instrument, form = materials[administration.instrument], materials[str(administration.form)]
        assert isinstance(instrument, Instrument)
        assert isinstance(form, Form)
        yield parse(str(attempt.reply), instrument, administration.order, form)


def test_an_entry_is_an_administration_in_a_form(clone: Path) -> None:
    recording = read(clone, recorded(entry(label="au", order="r")))
    ((administration, attempt),) = recording.administrations
    instrument, protocol, form = recording.materials
    assert isinstance(instrument, Instrument)
    assert isinstance(protocol, Protocol)
    assert form == Form(
        template="llmpersonality-t1", paraphrase="v2", language="de", option_labels="A", option_order="descending"
    )
    assert (instrument.id, protocol.id) == ("BFI-44-de-v2", "llmpersonality-t1-de")
    assert (administration.instrument, administration.protocol, administration.form) == tuple(
        content_hash(material) for material in recording.materials
    )
    assert (administration.condition, administration.situation, administration.session) == (
        Condition.BASELINE,
        None,
        None,
    )
    assert (administration.design, administration.repeat) == (Design.INDEPENDENT, 0)
    assert administration.order == (3, 1, 4, 2)
    assert attempt.reply == attempt.response == "1: A\n2: B\n3: E\n4: D"
    assert (attempt.number, attempt.started_at, attempt.error) == (1, "recorded", None)


def test_the_request_says_what_stood_in_the_file(clone: Path) -> None:
    recording = read(clone, recorded(entry(), entry(language="En", version="v1")))
    first, second = (json.loads(attempt.request) for _, attempt in recording.administrations)
    assert (first["source"], first["sha256"]) == ("save.json", recording.respondent.settings["sha256"])
    assert (first["entry"], second["entry"]) == (1, 2)
    assert first["info"] == INFO
    assert first["stated"] == DATA
    assert "labels" not in first
    assert second["labels"] == {"4": "little yes"}


def test_one_respondent_named_after_the_experiment_or_as_told(clone: Path) -> None:
    respondent = read(clone, recorded(entry())).respondent
    assert (respondent.kind, respondent.name) == (RespondentKind.LLM, "llmpersonality-night")
    assert respondent.settings["recorded"] == "llmpersonality"
    assert read(clone, recorded(entry()), respondent="gpt-3.5").respondent.name == "gpt-3.5"


@pytest.mark.parametrize("order", ["f", "r"])
@pytest.mark.parametrize("label", ["n", "al", "au", "rl", "ru"])
def test_answers_read_back_in_every_form(label: str, order: str, clone: Path) -> None:
    rows = [dict(zip("1234", values, strict=True)) for values in ((1, 2, 3, 4), (5, 5, 1, 2), (3, 3, 3, 3))]
    recording = read(clone, recorded(*(entry(raw, label=label, order=order) for raw in rows)))
    assert [[answer.value for answer in sheet] for sheet in answers(recording)] == [list(raw.values()) for raw in rows]


def test_levels_of_every_name(clone: Path) -> None:
    labels = {"n": "none", "al": "a", "au": "A", "rl": "i", "ru": "I"}
    entries = [entry(label=label, version="v1", language="En", template="t5") for label in labels]
    forms = [form for form in read(clone, recorded(*entries)).materials if isinstance(form, Form)]
    assert [form.option_labels for form in forms] == list(labels.values())
    assert {(form.paraphrase, form.language, form.template) for form in forms} == {
        ("original", "en", "llmpersonality-t5")
    }


def test_a_repeated_form_is_a_further_repeat(clone: Path) -> None:
    recording = read(clone, recorded(entry(), entry(order="r"), entry()))
    assert [administration.repeat for administration, _ in recording.administrations] == [0, 0, 1]
    assert recording.n_renumbered == 1
    assert len({administration.id for administration, _ in recording.administrations}) == 3


def test_items_that_lack_and_null_are_missing(clone: Path) -> None:
    recording = read(clone, recorded(entry({"4": 1, "2": None}), entry({}, label="al")))
    (administration, attempt), (_, nothing) = recording.administrations
    assert administration.order == (4, 2, 1, 3)
    assert attempt.reply == "1: 1\n2: \n3: \n4: "
    assert nothing.reply == nothing.response == ""
    statuses = [[answer.status.value for answer in sheet] for sheet in answers(recording)]
    assert statuses == [["missing", "missing", "missing", "valid"], ["missing"] * 4]


@pytest.mark.parametrize(
    ("value", "label", "order", "status"),
    [
        (6, "n", "f", "out_of_range"),
        (0, "n", "r", "out_of_range"),
        (6, "al", "f", "out_of_range"),
        (0, "ru", "r", "out_of_range"),
        (0, "al", "f", "unparseable"),
        (70, "rl", "f", "unparseable"),
        (-1, "n", "f", "out_of_range"),
    ],
)
def test_values_out_of_range_are_kept_and_are_no_answers(
    value: int, label: str, order: str, status: str, clone: Path
) -> None:
    recording = read(clone, recorded(entry({"1": value, "2": 5, "3": 1, "4": 3}, label=label, order=order)))
    (sheet,) = answers(recording)
    assert [answer.value for answer in sheet] == [None, 5, 1, 3]
    assert sheet[0].status.value == status


def test_stated_means_are_compared_with_ours(clone: Path) -> None:
    right = account(read(clone, recorded(entry(), entry(label="rl", order="r"))))
    assert right == Account({"valid": 8}, 4, ())
    wrong = account(read(clone, recorded(entry(), entry(data={"Openness": 4.0, "Neuroticism": 5.0 + 1e-6}))))
    assert [(one.entry, one.subscale, one.ours) for one in wrong.disagreements] == [(2, "neuroticism", 5.0)]
    incomplete = account(read(clone, recorded(entry({"1": 4, "3": 5, "4": 1}))))
    assert [(one.subscale, one.stated, one.ours) for one in incomplete.disagreements] == [("openness", 4.0, None)]
    assert incomplete.statuses == {"valid": 3, "missing": 1}


def test_templates_that_were_added_serve_where_no_clone_is(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(catalogue.HOME_VARIABLE, str(tmp_path / "home"))
    beside = read(clone, recorded(entry()))
    (clone / "prompt_template").rename(tmp_path / "elsewhere")
    with pytest.raises(
        MaterialError, match=r"template t1 in language 'de' is not here; .*materials add llmpersonality"
    ):
        read(clone, recorded(entry()))
    added = tmp_path / "home/protocols/llmpersonality-t1-de.json"
    added.parent.mkdir(parents=True)
    protocol = next(material for material in beside.materials if isinstance(material, Protocol))
    added.write_text(protocol.model_dump_json(exclude_none=True), encoding="utf-8")
    assert read(clone, recorded(entry())).administrations == beside.administrations


def changed(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in (entry() | changes).items() if value is not None}


FAULTS: dict[str, tuple[Any, str]] = {
    "a list": ([], r"save\.json: has no 'meta' and 'data'; give the save/save\.json"),
    "the questionnaires": ({"BFI": {}}, r"has no 'meta' and 'data'"),
    "another questionnaire": (recorded(entry(), questionnaire_name="EPQ"), r"questionnaire 'EPQ'; only BFI"),
    "nothing": (recorded(), r"holds no administrations"),
    "no experiment": (recorded(entry(), name_exp=None), r"save\.json: meta → name_exp"),
    "unknown template": (recorded(entry(), entry(template="t9")), r"entry 2: 'info' has the unknown template 't9'"),
    "unknown language": (
        recorded(entry(language="Xx")),
        r"entry 1: 'info' has the unknown language 'xx'; known: de, en",
    ),
    "unknown wording": (recorded(entry(version="v7")), r"unknown version 'v7'"),
    "unknown label": (recorded(entry(label="x")), r"unknown label 'x'; known: al, au, n, rl, ru"),
    "unknown order": (recorded(entry(order="up")), r"unknown order 'up'; known: f, r"),
    "no info": (recorded(changed(info=None)), r"data → entry 1 → info: missing"),
    "no answers": (recorded(entry(), changed(raw=None)), r"data → entry 2 → raw: missing"),
    "no means": (recorded(changed(data=None)), r"data → entry 1 → data: missing"),
    "a text for a value": (recorded(entry({"1": "4"})), r"data → entry 1 → raw → 1: "),
    "half a value": (recorded(entry({"1": 4.5})), r"data → entry 1 → raw → 1: "),
    "an item that is not there": (recorded(entry(RAW | {"5": 1})), r"entry 1: 'raw' answers item '5'; .* 1 to 4"),
    "a manipulation": (recorded(entry(append_label="anger")), r"entry 1: 'info' has 'append_label'"),
    "entries that are none": (recorded(7), r"data → entry 1: "),
}


@pytest.mark.parametrize(("content", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_are_told_by_place(content: Any, said: str, clone: Path) -> None:
    with pytest.raises(RecordingError, match=said) as problem:
        read(clone, content)
    assert str(problem.value).startswith("save.json: ")


def test_a_truncated_file_is_told_with_its_line(clone: Path) -> None:
    path = clone / "save.json"
    path.write_text('{"meta": {},\n"data": [', encoding="utf-8")
    with pytest.raises(RecordingError, match=r"save\.json:2: not valid JSON"):
        read_save(path, clone / "dataset/questionnaires.json")
    with pytest.raises(RecordingError, match="cannot be read"):
        read_save(clone / "nowhere.json", clone / "dataset/questionnaires.json")


def spoiled(clone: Path) -> Path:
    return write_json(clone / "dataset/questionnaires.json", {"EPQ": {}})


@pytest.mark.parametrize("spoil", [spoiled, lambda clone: clone / "dataset/nowhere.json"])
def test_other_questionnaires_are_told(spoil: Callable[[Path], Path], clone: Path) -> None:
    path = write_json(clone / "save/save.json", recorded(entry()))
    with pytest.raises(EmotionBenchError, match=r"questionnaires\.json: no entry 'BFI'|nowhere\.json: cannot be read"):
        read_save(path, spoil(clone))


@pytest.fixture(scope="module")
def published(upstream: Path) -> Recording:
    folder = upstream / "LLMPersonality"
    return read_save(folder / "save/save.json", folder / "dataset/questionnaires.json")


def test_the_published_file_has_2500_forms(published: Recording) -> None:
    assert (published.n_baseline, published.n_evoked, published.n_renumbered) == (2500, 0, 0)
    assert len({administration.id for administration, _ in published.administrations}) == 2500
    kinds = [type(material) for material in published.materials]
    assert (kinds.count(Instrument), kinds.count(Protocol), kinds.count(Form)) == (50, 50, 2500)
    levels: dict[str, set[str]] = {}
    for form in published.materials:
        for name, level in form.levels().items() if isinstance(form, Form) else ():
            levels.setdefault(name, set()).add(level)
    sizes = {"template": 5, "paraphrase": 5, "language": 10, "option_labels": 5, "option_order": 2}
    assert {name: len(found) for name, found in levels.items()} == sizes


def test_what_is_imported_is_what_was_added(
    published: Recording, upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(catalogue.HOME_VARIABLE, str(tmp_path / "home"))
    originals.add("llmpersonality", source=upstream, home=tmp_path / "home")
    hashes = {content_hash(material) for material in published.materials}
    assert content_hash(catalogue.edition("BFI-44", "ko", "v4")) in hashes
    assert content_hash(catalogue.template("llmpersonality-t3", "fr")) in hashes


@pytest.mark.slow
def test_every_published_mean_is_what_its_answers_score(published: Recording) -> None:
    found = account(published)
    assert found == Account({"valid": 110_000}, 12_500, ())


@pytest.mark.slow
def test_the_five_means_of_the_published_file(published: Recording, tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        save(published, store)
        assert list(verify(store)) == []
    scores = analyse(tmp_path / "s.db").scores
    stated: dict[str, list[float]] = {}
    for _, attempt in published.administrations:
        for trait, mean in json.loads(attempt.request)["stated"].items():
            stated.setdefault(trait.casefold(), []).append(mean)
    expected = {trait: sum(means) / len(means) for trait, means in stated.items()}
    ours = {str(trait): part["value"].mean() for (trait,), part in scores.group_by("subscale")}
    assert ours == pytest.approx(expected, abs=1e-9)
    assert {trait: round(mean, 2) for trait, mean in expected.items()} == {
        "openness": 4.31,
        "conscientiousness": 4.15,
        "extraversion": 3.89,
        "agreeableness": 4.13,
        "neuroticism": 2.35,
    }
