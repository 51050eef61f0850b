"""Keys in what others recorded: masked wherever they stand, and nothing else is."""

from __future__ import annotations

import json

import pytest

from emotionbench.imports.secrets import fields_without_keys, without_keys
from emotionbench.study import Study
from emotionbench.study_materials import materials_of

SECRET = "sk-proj-0123_abcdefghij-XYZ"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"Bearer {SECRET}", "Bearer ***"),
        ('{"error": "Bearer abc.def-123=="}', '{"error": "Bearer ***"}'),
        (f"the key {SECRET} is wrong", "the key *** is wrong"),
        (f"Incorrect API key provided: {SECRET}.", "Incorrect API key provided: ***."),
        (json.dumps({"x-api-key": "plain0123", "n": 1}), '{"x-api-key": "***", "n": 1}'),
        (json.dumps({"said": json.dumps({"api_key": "plain0123"})}), '{"said": "{\\"api_key\\": \\"***\\"}"}'),
        (json.dumps({"Authorization": "Basic dXNlcjpwYXNz"}), '{"Authorization": "Basic ***"}'),
        (json.dumps([["authorization", "Token abcdefgh"]]), '[["authorization", "Token ***"]]'),
        ("api-key: plain0123\r\nAccept: */*", "api-key: ***\r\nAccept: */*"),
        ("api_key='plain0123', model='m'", "api_key='***', model='m'"),
        (json.dumps({"said": f"a\n{SECRET}\nBearer abcdefgh"}), json.dumps({"said": "a\n***\nBearer ***"})),
        ("AIza" + "a1B2_" * 7, "***"),
        ("gsk_" + "0aB" * 10, "***"),
    ],
)
def test_a_key_is_masked(text: str, masked: str) -> None:
    assert without_keys(text) == masked
    assert without_keys(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "a bearer of bad news, a risk-averse task-oriented person",
        '{"api_key": null, "authorization": false, "api_key_id": 1234567890}',
        "1: 5\n2: 3",
        "the basic emotions; authorization",
    ],
)
def test_nothing_else_is(text: str) -> None:
    assert without_keys(text) == text


def test_no_material_looks_like_a_key() -> None:
    documents = materials_of(Study(respondents=["x"], situations="everyday")).documents
    texts = [document.model_dump_json() for document in documents]
    assert [without_keys(text) for text in texts] == texts


def test_fields_are_masked_at_any_depth() -> None:
    fields = {"temperature": 0.5, "body": {"headers": [{"api-key": "plain0123"}], "é": True}}
    assert fields_without_keys(fields) == {"temperature": 0.5, "body": {"headers": [{"api-key": "***"}], "é": True}}
