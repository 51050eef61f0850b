from __future__ import annotations

import pytest

from emotionbench.documents import content_hash
from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.protocols import PLACEHOLDERS, Protocol
from small_materials import PROTOCOL, changed, protocol


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Imagine {situation} ", "Imagine ", ":8: evoked: lacks the placeholder {situation}; add it"),
        ("Now imagine {situation} ", "Now ", ":9: evoked_after: lacks the placeholder {situation}; add it"),
        (
            'baseline: "{instructions} | {labels} | {items}',
            'baseline: "{labels}',
            ":7: baseline: lacks the placeholder {items}",
        ),
        (
            "Numbers from {lowest}",
            "{situation} from {lowest}",
            ":6: system: unknown placeholder {situation}; known: highest, lowest",
        ),
        ("{position}) {text}", "{number}) {text}", ":10: item: unknown placeholder {number}; known: position, text"),
        ("{value}={label}", "{}={label}", ":11: label: unknown placeholder {}; known: label, value"),
        ("{value}={label}", "{0}={label}", ":11: label: unknown placeholder {0}; known: label, value"),
        ("{value}={label}", "{value.real}", ":11: label: unknown placeholder {value.real}; known: label, value"),
        ("{value}={label}", "{value:{width}}", ":11: label: a placeholder is a bare name in braces; leave out"),
        ("{value}={label}", "{value!r}", ":11: label: a placeholder is a bare name in braces; leave out"),
        ("{value}={label}", "{value:s}", ":11: label: a placeholder is a bare name in braces; leave out"),
        (
            "{value}={label}",
            "{value",
            ":11: label: expected '}' before end of string; write a literal brace as {{ or }}",
        ),
        ("{value}={label}", "value}", ":11: label: Single '}' encountered in format string; write a literal brace as"),
        ("says what its", "says {what} its", ":12: labels_with_items: unknown placeholder {what}; known: "),
        (
            "temperature: 0.5",
            "temperature: 2.5",
            ":5: temperature: Input should be less than or equal to 2 (found 2.5)",
        ),
        ("temperature: 0.5", "temperature: -1", ":5: temperature: "),
        ("temperature: 0.5", "temprature: 0.5", ":5: temprature: unknown key; did you mean 'temperature'?"),
    ],
)
def test_a_single_defect_names_file_line_and_fix(old: str, new: str, message: str) -> None:
    with pytest.raises(MaterialError) as caught:
        protocol(changed(PROTOCOL, old, new))
    assert str(caught.value).startswith(f"plain.yaml{message}")


def test_literal_braces_are_doubled() -> None:
    found = protocol(changed(PROTOCOL, "{value}={label}", "{{{value}}}"))
    assert found.label.format(value=3) == "{3}"


def test_system_and_temperature_may_be_left_out() -> None:
    lines = [line for line in PROTOCOL.splitlines(keepends=True) if not line.startswith(("system:", "temperature:"))]
    found = protocol("".join(lines))
    assert found.system is None
    assert found.temperature is None


def test_every_text_has_its_placeholders_listed() -> None:
    plain = {"id", "name", "language", "source", "temperature", "template", "between_labels"}
    assert set(Protocol.model_fields) - plain == set(PLACEHOLDERS)


def test_the_structure_of_2024_has_a_system_message_and_temperature_zero() -> None:
    found = catalogue.protocol("emotionbench-2024")
    assert found.temperature == 0.0
    assert found.system is not None
    assert "{lowest}" in found.system


def test_the_standard_protocol_leaves_models_their_own_temperature() -> None:
    found = catalogue.protocol("standard")
    assert found.temperature is None
    assert found.system is None


def test_the_hash_is_the_same_on_every_machine() -> None:
    assert content_hash(protocol()) == "0c72cda1f34dc03e8d687cb0c9cfe1e2e728a9db60ece191df4a45c04cb2b6a7"
