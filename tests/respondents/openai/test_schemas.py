from __future__ import annotations

import pytest

from asking import make, sent
from emotionbench.respondents.openai.schemas import response_format
from mock_server import MockServer
from reading_helpers import questions, read, stopping

pytestmark = pytest.mark.usefixtures("no_keys")


def test_each_number_shown_has_one_of_the_allowed_values(fresh: MockServer) -> None:
    answerer = make(fresh)
    question = questions(answerer, answers=["json"])[0]
    schema = response_format(question)["json_schema"]["schema"]
    numbers = [str(number) for number in range(1, 21)]
    assert list(schema["properties"]) == schema["required"] == numbers
    assert schema["properties"]["20"] == {"type": "integer", "enum": [1, 2, 3, 4, 5]}
    assert schema["additionalProperties"] is False
    read(answerer, question)
    assert sent(fresh)["response_format"] == response_format(question)


def test_signs_stand_in_place_of_values_and_a_message_holds_its_own_items(fresh: MockServer) -> None:
    made = questions(make(fresh), answers=["json"], option_labels=["i"], items_per_message=[8])
    schemas = [response_format(question)["json_schema"]["schema"] for question in made]
    assert [len(schema["properties"]) for schema in schemas] == [len(question.shown) for question in made]
    assert schemas[0]["properties"]["1"] == {"type": "string", "enum": ["i", "ii", "iii", "iv", "v"]}


def test_drawn_answers_are_held_to_nothing(fresh: MockServer) -> None:
    answerer = make(fresh)
    read(answerer, questions(answerer, answers=["drawn"])[0])
    assert "response_format" not in sent(fresh)


def test_a_server_without_schemas_stops_and_says_so(fresh: MockServer) -> None:
    answerer = make(fresh, "compatible/mock+no_response_format")
    message = stopping(answerer, questions(answerer, answers=["json"])[0])
    assert "does not hold its replies to a JSON schema" in message
    assert "--answers drawn" in message
