from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from emotionbench.documents import parse_document
from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.norms import Moments, Movement, NormRow
from emotionbench.materials.writing import to_yaml


def test_a_shipped_instrument_survives_being_written() -> None:
    panas = catalogue.instrument("PANAS")
    text = to_yaml(panas)
    assert parse_document(text, Instrument, MaterialError, where="written") == panas
    assert "items: [1, 3, 5, 9, 10, 12, 14, 16, 17, 19]" in text
    assert "  - Interested\n" in text
    assert "note:" not in text


def test_required_nulls_stay_and_numbers_share_a_line() -> None:
    moments = Moments(mean=-1.5, sd=2.0)
    movement = Movement(baseline=moments, evoked=moments, change=moments, r=0.25)
    row = NormRow(emotion=None, factor=None, n=2, subscales={"positive": movement})
    text = to_yaml(row)
    assert "factor: null\n" in text or "factor:\n" in text
    assert "baseline: {mean: -1.5, sd: 2.0}" in text
    assert parse_document(text, NormRow, MaterialError, where="written") == row


def test_folded_lines_end_without_blanks() -> None:
    text = to_yaml(catalogue.instrument("PANAS"))
    assert not [line for line in text.splitlines() if line.endswith(" ")]


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp")), min_size=1)
LONG = st.lists(TEXT, min_size=1, max_size=30).map("  ".join)


@given(TEXT | LONG, st.dictionaries(st.integers(1, 3), TEXT.map(lambda text: text[:50]), min_size=1))
def test_any_text_and_labels_survive(text: str, labels: dict[int, str]) -> None:
    assume(len({label.casefold() for label in labels.values()}) == len(labels))
    content = {
        "id": "made-up",
        "name": "Made up",
        "edition": "1",
        "language": "en",
        "validated": False,
        "source": "here",
        "licence": "Apache-2.0",
        "instructions": text,
        "response_scale": {"lowest": 1, "highest": 3},
        "items": [{"text": text, "labels": labels}],
        "subscales": {"all": {"name": "All", "items": [1]}},
        "score": {"rule": "sum"},
    }
    instrument = Instrument.model_validate(content)
    assert parse_document(to_yaml(instrument), Instrument, MaterialError, where="written") == instrument
