"""The original LLMPersonality's materials as ours: the BFI-44 in fifty editions, its templates, its personas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emotionbench.materials.instruments import Instrument
from emotionbench.materials.llmpersonality_bfi import read_languages
from emotionbench.materials.llmpersonality_files import (
    COMMIT,
    COMMITS,
    FILES,
    INSTRUMENT_LICENCE,
    QUESTIONNAIRES,
    REPOSITORY,
)
from emotionbench.materials.llmpersonality_files import LICENCE as NO_LICENCE
from emotionbench.materials.llmpersonality_personas import read_personas
from emotionbench.materials.llmpersonality_templates import NAMES, read_template
from emotionbench.materials.original_files import Converted, stage
from emotionbench.materials.personas import Persona
from emotionbench.materials.protocols import Protocol

__all__ = ["COMMIT", "COMMITS", "FILES", "LICENCE", "REPOSITORY", "convert"]

LICENCE = f"{NO_LICENCE} {INSTRUMENT_LICENCE}"
LEFT_OUT = (
    "The 2,500 recorded administrations of save/save.json are answers, not materials: emotionbench import "
    "llmpersonality takes them in.",
    "The prompts by which the paraphrases were made (dataset/rephrase_prompt) put no questionnaire.",
    "The grids of all scores (reference) are computed where they are needed.",
)


def convert(clone: Path, staged: Path) -> Converted:
    """Write the materials of the clone to ``staged``, as JSON; a MaterialError names file, entry and misfit."""
    languages = read_languages(clone / QUESTIONNAIRES)
    editions = [edition for language in languages.values() for edition in language.instruments.values()]
    protocols = [read_template(clone, name, language) for language in languages.values() for name in NAMES]
    personas = read_personas(clone)
    made: dict[str, Sequence[Instrument | Protocol | Persona]] = {
        "instruments": editions,
        "protocols": protocols,
        "personas": personas,
    }
    for kind, documents in made.items():
        for document in documents:
            stage(document, staged / kind / f"{document.id}.json")
    return Converted(
        instruments=tuple(edition.id for edition in editions),
        protocols=tuple(protocol.id for protocol in protocols),
        personas=tuple(persona.id for persona in personas),
        left_out=LEFT_OUT,
    )
