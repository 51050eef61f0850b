"""Materials small enough to work through by hand, as texts, as a folder and as models."""

from __future__ import annotations

from pathlib import Path

from emotionbench.documents import parse_document
from emotionbench.errors import MaterialError
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.protocols import Protocol

INSTRUMENT = """\
id: MOOD-6
name: Six Moods
edition: "1"
language: en
validated: false
source: Written for the tests.
licence: Apache-2.0
instructions: Say how much this holds now.
response_scale:
  lowest: 1
  highest: 4
  labels:
    1: no
    4: yes
items:
  - Bright
  - Heavy
  - Quick
  - Dull
  - Warm
  - Cold
subscales:
  up:
    name: Up
    items: [1, 3, 4, 5]
    reverse: [4]
  down:
    name: Down
    items: [2, 6]
score:
  rule: sum
"""

PROTOCOL = """\
id: plain
name: Plain words
language: en
source: Written for the tests.
temperature: 0.5
system: "Numbers from {lowest} to {highest}."
baseline: "{instructions} | {labels} | {items} | {reply}"
evoked: "Imagine {situation} | {instructions} | {labels} | {items} | {reply}"
evoked_after: "Now imagine {situation} | {instructions} | {labels} | {items} | {reply}"
item: "{position}) {text}"
label: "{value}={label}"
labels_with_items: every item says what its numbers mean
reply_by_text: "By word, {lowest}-{highest}."
reply_by_position: "By number, {lowest}-{highest}."
"""

ANGER = """\
set: tiny
edition: "1"
language: en
source: Written for the tests.
licence: Apache-2.0
emotion: anger
factors:
  - id: anger-1
    name: Queues
    situations:
      - id: anger-1-1
        text: Someone steps in front of you.
        neutral: Someone stands in front of you.
        positive: Someone lets you go in front.
      - id: anger-1-2
        text: Someone takes the last seat that you held.
  - id: anger-2
    name: Noise
    situations:
      - id: anger-2-1
        text: A drill starts next door at night.
"""

FEAR = """\
set: tiny
edition: "1"
language: en
source: Written for the tests.
licence: Apache-2.0
emotion: fear
factors:
  - id: fear-1
    name: Heights
    situations:
      - id: fear-1-1
        text: The ladder that you stand on slips.
        neutral: The ladder that you stand on is blue.
"""


def instrument(text: str = INSTRUMENT) -> Instrument:
    return parse_document(text, Instrument, MaterialError, where="MOOD-6.yaml")


def protocol(text: str = PROTOCOL) -> Protocol:
    return parse_document(text, Protocol, MaterialError, where="plain.yaml")


def changed(text: str, old: str, new: str) -> str:
    """The text with its one ``old`` replaced; an error if there is not exactly one."""
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times")
    return text.replace(old, new)


def write_home(folder: Path) -> Path:
    """Write the materials as a home folder of added materials."""
    for kind, name, text in (
        ("instruments", "MOOD-6.yaml", INSTRUMENT),
        ("protocols", "plain.yaml", PROTOCOL),
        ("situations/tiny", "anger.yaml", ANGER),
        ("situations/tiny", "fear.yaml", FEAR),
    ):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / kind / name).write_text(text, encoding="utf-8")
    return folder
