"""The original EmotionBench's questionnaires (``questionnaires.json``) as our instruments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.original_facts import facts_of
from emotionbench.materials.original_files import LICENCE, REPOSITORY
from emotionbench.materials.original_questionnaires import Origin, entries, instrument_of

PANAS = "PANAS"
CONVERTED_PANAS = "emotionbench-PANAS"
ORIGIN = Origin(REPOSITORY, LICENCE, ids={PANAS: CONVERTED_PANAS})


def read_questionnaires(path: Path) -> dict[str, Instrument]:
    """The instruments of ``questionnaires.json`` by the original's names.

    'PANAS' is ours where items and keys are equal, so that recorded and fresh answers belong to one instrument.
    """
    instruments = convert_questionnaires(path)
    converted = instruments.get(PANAS)
    ours = catalogue.instrument(PANAS)
    if converted is not None and _what_is_scored(converted) == _what_is_scored(ours):
        instruments[PANAS] = ours
    return instruments


def convert_questionnaires(path: Path) -> dict[str, Instrument]:
    """Every questionnaire of the file, converted; a MaterialError names file, entry and what is wrong."""
    return {raw.name: instrument_of(raw, facts_of(raw.name), ORIGIN, where) for where, raw in entries(path)}


def _what_is_scored(instrument: Instrument) -> Any:
    scale = instrument.response_scale
    subscales = {(subscale.items, subscale.reverse) for subscale in instrument.subscales.values()}
    return [item.text for item in instrument.items], scale.lowest, scale.highest, subscales, instrument.score
