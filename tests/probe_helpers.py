"""What the tests of probes share: many synthetic respondents asked by the real engine, in one store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from emotionbench import Study, run
from emotionbench.analysis import analyse
from emotionbench.comparisons.probes import Probes
from emotionbench.store import Store

POLES = """
id: POLES
name: Poles
edition: "1"
language: en
validated: false
source: made up for the tests
licence: Apache-2.0
instructions: How far is this so?
response_scale:
  lowest: 1
  highest: 7
  labels: {1: not at all, 2: hardly, 3: little, 4: partly, 5: rather, 6: very, 7: wholly}
items:
  - I like to sing in company.
  - I would sooner be silent in company.
  - I talk to people on trains.
  - I read my paper on trains.
  - I am the first on the floor.
  - I am the first to go home.
  - I count my change twice.
  - I throw my receipts away.
  - I write lists of what to do.
  - I leave it to tomorrow.
  - I fold my socks.
  - I own no two socks alike.
subscales:
  lively: {name: Lively, items: [1, 2, 3, 4, 5, 6], reverse: [2, 4, 6]}
  tidy: {name: Tidy, items: [7, 8, 9, 10, 11, 12], reverse: [8, 10, 12]}
score: {rule: sum}
"""
DESIRABLE = """
source: made up for the tests
instruments:
  POLES: {lively: high, tidy: low}
"""


def write_poles(home: Path) -> Path:
    """A home of added materials with an instrument of two poles, and what is desirable of it."""
    (home / "instruments").mkdir(parents=True)
    (home / "instruments" / "POLES.yaml").write_text(POLES, encoding="utf-8")
    (home / "desirability.yaml").write_text(DESIRABLE, encoding="utf-8")
    return home


def planted(name: str, seeds: Iterable[int], **settings: Any) -> list[dict[str, Any]]:
    """One respondent for each seed, called ``NAME SEED``."""
    return [{"id": "planted", "name": f"{name} {seed}", "settings": {"seed": seed, **settings}} for seed in seeds]


def probes_of(path: Path, respondents: list[dict[str, Any]], **study: Any) -> Probes:
    """What the probes show of these respondents, asked into one store."""
    with Store(path) as store:
        run(Study(respondents=respondents, **study), store)
        return analyse(store).probes()


def rate(found: Iterable[Any], name: str, holds: Callable[[Any], bool]) -> float:
    """The share of findings of the respondents of this name that something holds of."""
    own = [holds(one) for one in found if one.respondent.startswith(f"{name} ")]
    assert own, name
    return sum(own) / len(own)
