from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from emotionbench.documents import content_hash
from emotionbench.errors import MaterialError
from emotionbench.materials.forms import Form
from emotionbench.materials.llmpersonality_bfi import Language, read_languages
from emotionbench.materials.llmpersonality_templates import MARKER, NAMES, read_template, template_path
from emotionbench.materials.llmpersonality_words import WORDS
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.situations import Situation
from emotionbench.parsing import parse
from emotionbench.records import Administration, AnswerStatus, Condition, Design, Putting
from emotionbench.wording import Wording
from llmpersonality_helpers import TEMPLATE, write_clone

ORIGINAL = "original"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return write_clone(tmp_path / "clone")


@pytest.fixture
def german(clone: Path) -> Language:
    return read_languages(clone / "dataset/questionnaires.json")["de"]


@pytest.fixture(scope="module")
def published(upstream: Path) -> dict[tuple[str, str], tuple[Language, Protocol, str]]:
    """Language and template → the language, the protocol, and the original's text below the marker."""
    folder = upstream / "LLMPersonality"
    languages = read_languages(folder / "dataset/questionnaires.json")
    return {
        (code, name): (
            language,
            read_template(folder, name, language),
            (folder / template_path(name, code)).read_text(encoding="utf-8").partition(MARKER)[2].strip(),
        )
        for code, language in languages.items()
        for name in NAMES
    }


def asked(
    language: Language, protocol: Protocol, form: Form | None = None, situation: Situation | None = None, part: int = 1
) -> str:
    """What the user's turn says when the items are put in their own order."""
    edition = language.instruments[ORIGINAL]
    order = tuple(range(1, edition.n_items + 1))
    condition = Condition.EVOKED if situation else Condition.BASELINE
    administration = in_order(edition.n_items, condition, order, 1 if form is None else form.n_messages(len(order)))
    return Wording(edition, protocol, form).messages(administration, situation, (), part)[-1]["content"]


def in_order(n_items: int, condition: Condition, order: tuple[int, ...], n_messages: int) -> Administration:
    putting = Putting("r", "i", "p", Design.INDEPENDENT, 0, "f" * 64, n_messages)
    return putting.administration(condition, None, 0, None, order)


def rewrite(clone: Path, text: str) -> None:
    (clone / "prompt_template/de/bfi_de_t2.txt").write_text(text, encoding="utf-8")


def test_a_template_is_converted_whole(clone: Path, german: Language) -> None:
    found = read_template(clone, "t2", german)
    assert (found.id, found.template, found.language) == ("llmpersonality-t2-de", "llmpersonality-t2", "de")
    body = "Rate2 {{{{all}}}} from {lowest} to {highest}. {scale}.\n{items}\n{reply}"
    assert found.baseline == found.next_items == body
    assert found.reply_by_position == 'Send JSON: \'{{"<place>": "<rate>", "<place>": "<rate>"}}\'.'
    assert found.reply_by_text == found.reply_by_position
    assert (found.label, found.symbol_label) == ("{value} is {{so}} {label}", "{symbol} is {{so}} {label}")
    assert found.system == "Be kind."
    words = WORDS["de"]
    assert found.evoked == f"{words.situation}\n\n{{situation}}\n\n{body}"
    assert found.evoked_after == f"{words.situation_after}\n\n{{situation}}\n\n{body}"
    assert found.recovered == f"{words.recovered}\n\n{body}"
    assert "prompt_template/de/bfi_de_t2.txt" in found.source


def test_it_is_put_as_the_original_put_it(clone: Path, german: Language) -> None:
    put = asked(german, read_template(clone, "t1", german), Form(option_labels="A", option_order="descending"))
    assert put == (
        "Rate1 {{all}} from A) to E). A) is {so} ja, B) is {so} eher ja, C) is {so} halb, D) is {so} eher nein, "
        "E) is {so} nein.\n1. Trinkt Tee in v1.\n2. Meidet Tee in v1.\n3. Bangt um Kannen in v1.\n"
        '4. Lacht über Sprünge in v1.\nSend JSON: \'{"<place>": "<rate>", "<place>": "<rate>"}\'.'
    )


def test_a_broken_example_and_invisible_characters_are_mended_and_told(clone: Path, german: Language) -> None:
    assert "made whole" not in read_template(clone, "t2", german).source
    rewrite(clone, TEMPLATE.replace(', "<place>": "<rate>"}', ', <place>": "<rate>""}').replace("from", "\u200bfrom"))
    found = read_template(clone, "t2", german)
    assert found.reply_by_position.endswith("""'{{"<place>": "<rate>", "<place>": "<rate>"}}'.""")
    assert "{{{{all}}}} from" in found.baseline
    assert "made whole" in found.source
    assert "no width" in found.source


FAULTS = {
    "no marker": (TEMPLATE.replace(MARKER, ""), r"no line '<commentblockmarker>"),
    "unknown placeholder": (TEMPLATE.replace("<INPUT 1>", "<INPUT 7>"), r"unknown placeholder !<INPUT 7>!"),
    "no items": (TEMPLATE.replace("!<INPUT 3>!", ""), r"lacks the placeholder !<INPUT 3>!"),
    "no labels": (TEMPLATE.replace("!<INPUT 2>!", ""), r"lacks the placeholder !<INPUT 2>!"),
    "no reply form": (TEMPLATE.replace("{", "(").replace("}", ")"), r"its last line shows no JSON"),
    "not JSON": (
        TEMPLATE.replace("<", "(")
        .replace("(INPUT", "<INPUT")
        .replace('"', "")
        .replace("(commentblockmarker>###(", "<commentblockmarker>###<"),
        r"is not JSON",
    ),
    "nothing": (MARKER, r"lacks the placeholder"),
}


@pytest.mark.parametrize(("text", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_name_the_file(text: str, said: str, clone: Path, german: Language) -> None:
    rewrite(clone, text)
    with pytest.raises(MaterialError, match=said) as problem:
        read_template(clone, "t2", german)
    assert str(problem.value).startswith("bfi_de_t2.txt: ")


def test_a_missing_file_is_told(clone: Path, german: Language) -> None:
    (clone / "prompt_template/de/bfi_de_t2.txt").unlink()
    with pytest.raises(MaterialError, match=r"bfi_de_t2\.txt: cannot be read"):
        read_template(clone, "t2", german)


def test_every_published_template_puts_the_originals_words(
    published: dict[tuple[str, str], tuple[Language, Protocol, str]],
) -> None:
    assert len(published) == 50
    differing = []
    for key, (language, protocol, text) in published.items():
        edition = language.instruments[ORIGINAL]
        labels = edition.response_scale.labels
        described = ", ".join(f"{value} {language.denotes} {labels[value]}" for value in range(1, 6))
        items = "\n".join(f"{number}. {item.text}" for number, item in enumerate(edition.items, 1))
        expected = text
        for number, given in enumerate(("1", "5", described, items)):
            expected = expected.replace(f"!<INPUT {number}>!", given)
        if asked(language, protocol) != expected:
            differing.append(key)
    assert differing == [("zh", "t1"), ("zh", "t4")]


def test_what_is_mended_in_the_published_templates(
    published: dict[tuple[str, str], tuple[Language, Protocol, str]],
) -> None:
    told = {key for key, (_, protocol, _) in published.items() if "left out" in protocol.source}
    whole = {key for key, (_, protocol, _) in published.items() if "made whole" in protocol.source}
    assert (told, whole) == ({("zh", "t1")}, {("zh", "t4")})
    for _, protocol, _ in published.values():
        example = protocol.reply_by_position.format()
        pairs = json.loads(example[example.index("{") : example.rindex("}") + 1])
        assert len(pairs) == 1, protocol.id


def test_published_templates_take_every_form(
    published: dict[tuple[str, str], tuple[Language, Protocol, str]],
) -> None:
    situation = Situation.model_construct(text="Es regnet {nicht}.")
    for (_, name), (language, protocol, _) in published.items():
        labels = language.instruments[ORIGINAL].response_scale.labels.values()
        forms = itertools.product(("none", "a", "A", "i", "I"), ("ascending", "descending"))
        for option_labels, option_order in forms:
            form = Form.model_validate(
                {"option_labels": option_labels, "option_order": option_order, "chain_of_thought": name == "t1"}
            )
            put = asked(language, protocol, form, situation)
            assert "<INPUT" not in put
            assert situation.text in put
            assert all(label in put for label in labels)
            assert ("###" in put) == (name == "t1")
        spread = Form(items_per_message=22)
        assert "\n22. " in asked(language, protocol, spread, part=2)
        assert "\n23. " not in asked(language, protocol, spread, part=2)


def test_an_answer_in_the_form_asked_for_reads_back(
    published: dict[tuple[str, str], tuple[Language, Protocol, str]],
) -> None:
    form = Form(option_labels="i", option_order="descending")
    order = tuple(range(44, 0, -1))
    signs = dict(zip((5, 4, 3, 2, 1), ("i", "ii", "iii", "iv", "v"), strict=True))
    reply = json.dumps({str(place): signs[number % 5 + 1] for place, number in enumerate(order, 1)})
    for language, _, _ in list(published.values())[::5]:
        for answer in parse(reply, language.instruments["v2"], order, form):
            assert (answer.value, answer.status) == (answer.item % 5 + 1, AnswerStatus.VALID)


def test_the_same_file_gives_the_same_protocol(clone: Path, german: Language) -> None:
    first, again = (content_hash(read_template(clone, "t3", german)) for _ in range(2))
    assert first == again != content_hash(read_template(clone, "t4", german))
