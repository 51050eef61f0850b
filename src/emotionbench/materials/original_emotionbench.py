"""The original EmotionBench's materials as ours: its questionnaires and its situations."""

from __future__ import annotations

from pathlib import Path

from emotionbench.materials.original_files import COMMIT, INSTRUMENT_LICENCES, REPOSITORY, Converted, stage
from emotionbench.materials.original_files import LICENCE as LICENCE_OF_TEXTS
from emotionbench.materials.original_instruments import convert_questionnaires
from emotionbench.materials.original_situations import SET_ID, situation_files

__all__ = ["COMMIT", "FILES", "LICENCE", "REPOSITORY", "convert"]

SITUATIONS, QUESTIONNAIRES = "situations.json", "questionnaires.json"
LICENCE = f"{LICENCE_OF_TEXTS} {INSTRUMENT_LICENCES}"
FILES = (
    (SITUATIONS, "3b4ef2ea1e5452814064bb480ec89feb83228f151a51ff9472134c3d68152b35"),
    (QUESTIONNAIRES, "62df9edf007ba5da0c8e80b027113159ac490574a1f536bbb3d4177af5751585"),
)


def convert(clone: Path, staged: Path) -> Converted:
    """Write the instruments and situations of ``clone`` to ``staged``; a MaterialError names entry and misfit."""
    instruments = convert_questionnaires(clone / QUESTIONNAIRES).values()
    files = situation_files(clone / SITUATIONS)
    for instrument in instruments:
        stage(instrument, staged / "instruments" / f"{instrument.id}.yaml")
    for file in files:
        stage(file, staged / "situations" / SET_ID / f"{file.emotion}.yaml")
    return Converted(
        instruments=tuple(instrument.id for instrument in instruments),
        situation_sets=(SET_ID,),
        n_situations=sum(len(tuple(file.situations())) for file in files),
    )
