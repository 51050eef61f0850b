"""Measure the rules that a situation text must keep, over the bank that ships with emotionbench.

    python tools/check_situations.py [FILE.yaml ...] [--upstream PATH]

Prints one line for each text that breaks a rule, then the counts; exit code 1 if any rule is broken.
With ``--upstream`` (a checkout of the original EmotionBench) texts are also compared with the original's.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

BANK = Path(__file__).parents[1] / "src/emotionbench/materials/data/situations/everyday"
MIN_WORDS, MAX_WORDS = 12, 60
SHARED_RUN = 8  # words in a row that may not stand in the original's texts
OWN_RUN = 7  # words in a row that may not stand in two unrelated texts of the bank
SITUATIONS_PER_FACTOR, COUNTERPARTS_PER_FACTOR = 12, 3

# The PANAS adjectives and the eight emotions in any form, and words that would tell instead of show.
NAMED = re.compile(
    r"\b(interest\w*|distress\w*|excit\w*|upset\w*|strong\w*|guilt\w*|scar(?:e|ed|es|ing|y|ily)|hostil\w*|"
    r"enthus\w*|proud\w*|pride|irrita\w*|alert\w*|asham\w*|sham(?:e|es|ed|ing|eful\w*)|inspir\w*|nervous\w*|"
    r"determin\w*|attentive\w*|jitter\w*|active|actively|afraid|ang(?:er|ers|ered|ry|rily|rier)|anxi\w*|depress\w*|"
    r"frustrat\w*|jealous\w*|env(?:y|ies|ied|ious\w*)|fear\w*|embarrass\w*)\b",
    re.IGNORECASE,
)
TOLD = re.compile(
    r"\b(feel|feels|feeling|feelings|felt|emotion\w*|furious\w*|fury|rage|enrag\w*|outrag\w*|mad|annoy\w*|resent\w*|"
    r"worr(?:y|ies|ied|ying)|panic\w*|terri(?:fy|fies|fied|fying|ble|bly)|terror\w*|fright\w*|dread\w*|humiliat\w*|"
    r"mortif\w*|awkward\w*|remorse\w*|regret\w*|sad|sadly|sadness|sorrow\w*|grie(?:f|ve|ves|ved|ving)|miserabl\w*|"
    r"hopeless\w*|lonely|loneliness|disappoint\w*|heartbr\w*|despair\w*|happy|happily|happiness|joy\w*|delight\w*|"
    r"glad\w*|cheerful\w*|thrilled|calm\w*|relie[fv]\w*)\b",
    re.IGNORECASE,
)
PAST = re.compile(r"\byou (?:were|had|went|was|did|said|saw|came|took|got|made|\w+ed)\b(?! to be)", re.IGNORECASE)


class Text(NamedTuple):
    where: str
    scene: str
    text: str


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+(?:['’][a-z]+)?", text.lower().replace("’", "'"))


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    tokens = words(text)
    return {tuple(tokens[i : i + length]) for i in range(len(tokens) - length + 1)}


def texts_of(path: Path) -> Iterator[Text]:
    document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    for factor in document["factors"]:
        for situation in factor["situations"]:
            scene = situation["id"]
            yield Text(scene, scene, situation["text"])
            for kind in ("neutral", "positive"):
                if kind in situation:
                    yield Text(f"{scene}-{kind}", scene, situation[kind])


def counts_of(path: Path) -> Iterator[str]:
    """Complaints about the number of situations and counterparts, and about ids."""
    document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    for number, factor in enumerate(document["factors"], 1):
        if factor["id"] != f"{document['emotion']}-{number}":
            yield f"{path.name}: factor id {factor['id']!r} should be '{document['emotion']}-{number}'"
        situations = factor["situations"]
        if len(situations) < SITUATIONS_PER_FACTOR:
            yield f"{factor['id']}: {len(situations)} situations, at least {SITUATIONS_PER_FACTOR} wanted"
        for kind in ("neutral", "positive"):
            have = sum(kind in situation for situation in situations)
            if have != COUNTERPARTS_PER_FACTOR:
                yield f"{factor['id']}: {have} {kind} counterparts, {COUNTERPARTS_PER_FACTOR} wanted"
        for index, situation in enumerate(situations, 1):
            if situation["id"] != f"{factor['id']}-{index}":
                yield f"{factor['id']}: situation id {situation['id']!r} should be '{factor['id']}-{index}'"


def upstream_runs(root: Path) -> dict[tuple[str, ...], str]:
    """Every run of eight words in the original's situations, with where it stands."""
    found: dict[tuple[str, ...], str] = {}
    for path in root.rglob("situations.json"):
        for emotion in json.loads(path.read_text(encoding="utf-8"))["emotions"]:
            for factor in emotion["factors"]:
                for scenario in factor["scenarios"]:
                    found.update(dict.fromkeys(runs(scenario, SHARED_RUN), f"{emotion['name']}: {factor['name']}"))
    for path in root.rglob("situations.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    found.update(dict.fromkeys(runs(cell, SHARED_RUN), "situations.csv"))
    return found


def complaints(texts: list[Text], upstream: dict[tuple[str, ...], str]) -> Iterator[str]:
    for where, _, text in texts:
        n_words = len(words(text))
        if not MIN_WORDS <= n_words <= MAX_WORDS:
            yield f"{where}: {n_words} words, {MIN_WORDS} to {MAX_WORDS} wanted"
        if not re.search(r"\byou(?:r|rs|rself)?\b", text, re.IGNORECASE):
            yield f"{where}: not in the second person"
        for pattern, what in ((NAMED, "names"), (TOLD, "tells"), (PAST, "past tense?")):
            for match in pattern.finditer(text):
                yield f"{where}: {what} {match.group()!r}"
        for run in runs(text, SHARED_RUN) & upstream.keys():
            yield f"{where}: shares {' '.join(run)!r} with the original ({upstream[run]})"
    yield from repeated_runs(texts)
    yield from repeated_openings(texts)


def repeated_runs(texts: list[Text]) -> Iterator[str]:
    scenes_of: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for _, scene, text in texts:
        for run in runs(text, OWN_RUN):
            scenes_of[run].add(scene)
    for run, scenes in scenes_of.items():
        if len(scenes) > 1:
            yield f"{' and '.join(sorted(scenes))}: share {' '.join(run)!r}"


def repeated_openings(texts: list[Text]) -> Iterator[str]:
    """A text's first three words may open at most 2 % of the scenes (at least three)."""
    scenes_of: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for _, scene, text in texts:
        scenes_of[tuple(words(text)[:3])].add(scene)
    n_scenes = len({scene for _, scene, _ in texts})
    for opening, scenes in scenes_of.items():
        if len(scenes) > max(3, 0.02 * n_scenes):
            yield f"{len(scenes)} scenes open with {' '.join(opening)!r}: {', '.join(sorted(scenes))}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--upstream", type=Path)
    arguments = parser.parse_args()
    paths = arguments.files or sorted(BANK.glob("*.yaml"))
    texts = [text for path in paths for text in texts_of(path)]
    found = [line for path in paths for line in counts_of(path)]
    found += complaints(texts, upstream_runs(arguments.upstream) if arguments.upstream else {})
    print(*found, sep="\n" if found else "")
    lengths = [len(words(text.text)) for text in texts]
    n_scenes = len({text.scene for text in texts})
    print(
        f"{n_scenes} situations, {len(texts) - n_scenes} counterparts; "
        f"{min(lengths)} to {max(lengths)} words, mean {sum(lengths) / len(lengths):.1f}; {len(found)} complaints"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
