"""A small clone in the layout of LLMPersonality: four items of our own in two languages and five wordings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SCALES = {
    "En": {"1": "no", "2": "rather not", "3": "so so", "4": "little yes", "5": "yes"},
    "De": {"1": "nein", "2": "eher nein", "3": "halb", "4": "eher ja", "5": "ja"},
}
STATEMENTS = {
    "En": ["Drinks tea in {}.", "Shuns tea in {}.", "Frets over pots in {}.", "Shrugs off cracks in {}."],
    "De": ["Trinkt Tee in {}.", "Meidet Tee in {}.", "Bangt um Kannen in {}.", "Lacht über Sprünge in {}."],
}
WORDINGS = ("v1", "v2", "v3", "v4", "v5")
MARKER = "<commentblockmarker>###</commentblockmarker>"
TEMPLATE = (
    "a comment\n\n!<INPUT 0>! -- first\n\n"
    f"{MARKER}\n\n"
    "Rate {{all}} from !<INPUT 0>! to !<INPUT 1>!. !<INPUT 2>!.\n!<INPUT 3>!\n"
    'Send JSON: \'{"<place>": "<rate>", "<place>": "<rate>"}\'.\n'
)
CHARACTERS = {"Winson Churchill": {"1": "He smokes.", "2": "He paints. "}}
PERSONALITIES = {"a person of routine": {"1": "Up at six."}, "a person of tea, mostly": {"1": "Sips."}}
ENVIRONMENTS = {"anger": {"1": "The pot broke.", "2": "The pot was stolen."}}


def questionnaires(languages: Iterable[str] = ("En", "De")) -> dict[str, Any]:
    """The content of ``questionnaires.json``: items 1 and 2 (reversed) are openness, 3 and 4 (reversed) neuroticism."""
    questions = {}
    for name in languages:
        texts = {
            wording: {"statements": {str(n): text.format(wording) for n, text in enumerate(STATEMENTS[name], 1)}}
            for wording in WORDINGS
        }
        questions[name] = {"denotes": "is {so}", "system_prompt": "Be kind.", "scales": dict(SCALES[name]), **texts}
    return {
        "BFI": {
            "questions": questions,
            "scales": [1, 2, 3, 4, 5],
            "compute_mode": "AVG",
            "reverse": [2, 4],
            "categories": [
                {"cat_name": "Openness", "cat_questions": [1, 2]},
                {"cat_name": "Neuroticism", "cat_questions": [3, 4]},
            ],
        }
    }


def write_json(path: Path, content: Any) -> Path:
    """Write a file, with the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def write_clone(folder: Path) -> Path:
    """The clone's folder, with everything that is converted."""
    write_json(folder / "dataset/questionnaires.json", questionnaires())
    write_json(folder / "dataset/character.json", CHARACTERS)
    write_json(folder / "dataset/personality.json", PERSONALITIES)
    write_json(folder / "dataset/environment.json", ENVIRONMENTS)
    for language in ("en", "de"):
        for number in range(1, 6):
            path = folder / f"prompt_template/{language}/bfi_{language}_t{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(TEMPLATE.replace("Rate", f"Rate{number}"), encoding="utf-8")
    return folder
