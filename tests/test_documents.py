from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError, model_validator

from emotionbench import documents
from emotionbench.documents import (
    PACKAGE,
    Document,
    canonical_json,
    content_hash,
    explain,
    fault,
    loaded,
    parse_document,
    read_document,
    shipped_content,
)
from emotionbench.errors import MaterialError, StudyError


class Part(Document):
    name: str
    labels: dict[int, str] | None = None


class Whole(Document):
    title: str
    size: int = 0
    open: bool = False
    weight: float = 0.0
    words: list[str] = Field(default_factory=list)
    parts: list[Part] = Field(default_factory=list)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for index, part in enumerate(self.parts):
            if part.name == "forbidden":
                raise fault("part called 'forbidden'; choose another name", "parts", index, "name")
        return self


def message_of(text: str) -> str:
    with pytest.raises(MaterialError) as caught:
        parse_document(text, Whole, MaterialError, where="whole.yaml")
    return str(caught.value)


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "y", "1:30", "0x", "NO", "1_000a", "12:30:45"])
def test_yaml_1_2_keeps_words_words(word: str) -> None:
    found = parse_document(f"title: {word}\nwords: [{word}]\n", Whole, MaterialError, where="whole.yaml")
    assert found.title == word
    assert found.words == [word]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: a\nsize: '3'\n", "whole.yaml:2: size: Input should be a valid integer (found '3')"),
        ("title: a\nopen: 1\n", "whole.yaml:2: open: Input should be a valid boolean (found 1)"),
        ("title: a\nopen: yes\n", "whole.yaml:2: open: Input should be a valid boolean (found 'yes')"),
        ("title: 3\n", "whole.yaml:1: title: should be text; put it in quotes (found 3)"),
        ("title: 1.0\n", "whole.yaml:1: title: should be text; put it in quotes (found 1.0)"),
        ("title: 2024-01-01\n", "whole.yaml:1: title: should be text; put it in quotes (found 2024-01-01)"),
        ("title:\n", "whole.yaml:1: title: Input should be a valid string (found None)"),
        ("title: a\nsiz: 3\n", "whole.yaml:2: siz: unknown key; did you mean 'size'?"),
        ("titel: a\n", "whole.yaml:1: titel: unknown key; did you mean 'title'? (and 1 more)"),
        ("size: 1\n", "whole.yaml: title: missing; add it"),
        ("title: a\nparts:\n  - name: b\n  - {}\n", "whole.yaml:4: parts → entry 2 → name: missing; add it"),
        (
            "title: a\nparts:\n  - name: b\n    lables: {}\n",
            "whole.yaml:4: parts → entry 1 → lables: unknown key; did you mean 'labels'?",
        ),
        (
            "title: a\nparts:\n  - name: b\n    labels:\n      4: 5\n",
            "whole.yaml:5: parts → entry 1 → labels → 4: should be text; put it in quotes (found 5)",
        ),
        (
            "title: a\nparts:\n  - name: b\n    labels:\n      four: x\n",
            "whole.yaml:5: parts → entry 1 → labels → four: Input should be a valid integer (found 'four')",
        ),
        (
            "title: a\nparts:\n  - name: b\n  - name: forbidden\n",
            "whole.yaml:4: part called 'forbidden'; choose another name",
        ),
        ("[1, 2]\n", "whole.yaml: the document: Input should be a valid dictionary or instance of Whole"),
        ("", "whole.yaml: the document: Input should be a valid dictionary or instance of Whole (found None)"),
        ("title: a\n7: b\n", "whole.yaml:2: 7: Keys should be strings (found 7)"),
    ],
)
def test_an_error_names_file_line_and_fix(text: str, message: str) -> None:
    assert message_of(text) == message


def test_explaining_one_error_finds_no_others_in_a_document_of_every_kind_of_value() -> None:
    text = "title: 'a'\nsize: 3\nopen: true\nweight: 1.5\nwords: ['x', \"y\", z]\nparts:\n  - {name: &n b}\n  - *n\n"
    assert message_of(text).endswith(
        "parts → entry 2: Input should be a valid dictionary or instance of Part (found 'b')"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title: 'a\n", 2),
        ("title: a\nwords: ]\n", 2),
        ("title: a\n  size: 3\n", 2),
        ("title: a\nsize: 1\nsize: 2\n", 3),
    ],
)
def test_broken_yaml_names_the_line(text: str, line: int) -> None:
    message = message_of(text)
    assert message.startswith(f"whole.yaml:{line}: not valid YAML: ")
    assert message.endswith("; check indentation and quotes there")
    assert "\n" not in message


def test_tags_that_would_run_code_are_refused() -> None:
    assert message_of("title: !!python/object/apply:os.getcwd []\n").startswith("whole.yaml:1: title: ")


def test_forbidden_characters_are_an_error_of_the_file() -> None:
    assert message_of("title: a\x00b\n").startswith("whole.yaml: not valid YAML: ")


def test_a_file_that_cannot_be_read_is_the_error_asked_for(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"absent\.yaml: cannot be read: .*; check the path and its permissions"):
        read_document(tmp_path / "absent.yaml", Whole, StudyError)
    (tmp_path / "latin.yaml").write_bytes("title: Gefühl\n".encode("latin-1"))
    with pytest.raises(MaterialError, match=r"latin\.yaml: cannot be read: .*utf-8"):
        read_document(tmp_path / "latin.yaml", Whole, MaterialError)


def test_a_file_is_named_by_its_name_alone(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("size: 1\n", encoding="utf-8")
    with pytest.raises(MaterialError, match=r"^w\.yaml: "):
        read_document(tmp_path / "w.yaml", Whole, MaterialError)
    (tmp_path / "w.yaml").write_text("title: Gefühl 気持ち\n", encoding="utf-8")
    assert read_document(tmp_path / "w.yaml", Whole, MaterialError).title == "Gefühl 気持ち"


def test_documents_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Part(name="a").name = "b"  # type: ignore[misc]


def test_explain_without_the_document_counts_in_lists() -> None:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate({"title": "a", "words": ["b", None]})
    first = caught.value.errors()[0]
    assert explain(first, Whole) == "words → entry 2: Input should be a valid string (found None)"


# golden: the SHA-256 of the text beside it, which any other tool gives as well
@pytest.mark.parametrize(
    ("content", "text", "digest"),
    [
        (
            {"b": [1, None, True], "a": "ä ☺"},
            '{"a":"ä ☺","b":[1,null,true]}',
            "85a9ae7e5b88dabf83f756f4c03c98a40f0f62e86e54e0275917158cd8bad801",
        ),
        ({}, "{}", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
    ],
)
def test_hashes_are_of_the_canonical_json(content: Any, text: str, digest: str) -> None:
    assert canonical_json(content) == text
    assert content_hash(content) == digest


def test_a_document_has_the_hash_of_its_content() -> None:
    assert content_hash(Part(name="a", labels={2: "x", 10: "y"})) == content_hash(
        {"labels": {"10": "y", "2": "x"}, "name": "a"}
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("aä☺\n"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcä"), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abcä"), JSON, max_size=5), st.randoms())
def test_the_order_of_keys_does_not_matter(content: dict[str, Any], shuffler: random.Random) -> None:
    keys = list(content)
    shuffler.shuffle(keys)
    assert content_hash({key: content[key] for key in keys}) == content_hash(content)


@given(JSON, JSON)
def test_different_content_has_a_different_hash(one: Any, other: Any) -> None:
    same_text = canonical_json(one) == canonical_json(other)
    assert (content_hash(one) == content_hash(other)) == same_text


SHIPPED = sorted(path for suffix in ("yaml", "yml") for path in PACKAGE.rglob(f"*.{suffix}"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_quick_reader_of_shipped_files_reads_what_yaml_1_2_says(path: Path) -> None:
    # repr tells 1 from True and 1.0, and the order of keys
    text = path.read_text(encoding="utf-8")
    assert repr(shipped_content(text)) == repr(loaded(text))


def test_there_are_shipped_files_to_compare() -> None:
    assert len(SHIPPED) > 100


def test_the_quick_reader_reads_nothing_but_shipped_files(tmp_path: Path) -> None:
    assert shipped_content("title: no") != loaded("title: no")  # by YAML 1.1 it is false
    path = tmp_path / "own.yaml"
    path.write_text("title: no\n", encoding="utf-8")
    assert read_document(path, Whole, MaterialError).title == "no"


def test_what_the_quick_reader_cannot_take_is_explained_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "PACKAGE", tmp_path)
    path = tmp_path / "shipped.yaml"
    for text, told in (("title: a\nsiz: 1\n", "shipped.yaml:2: siz: unknown key"), ("title: [\n", "not valid YAML")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(MaterialError, match=told):
            read_document(path, Whole, MaterialError)
