from __future__ import annotations

import pytest

from emotionbench.materials.score_ranges import score_range
from small_materials import INSTRUMENT, changed, instrument


@pytest.mark.parametrize(
    ("rule", "up", "down"),
    [
        ("rule: sum", (4, 16), (2, 8)),
        ("rule: mean", (1, 4), (1, 4)),
        ("rule: sum\n  multiply: 2", (8, 32), (4, 16)),
        ("rule: mean\n  multiply: 3", (3, 12), (3, 12)),
    ],
)
def test_what_scores_can_be(rule: str, up: tuple[float, float], down: tuple[float, float]) -> None:
    found = instrument(changed(INSTRUMENT, "rule: sum", rule))
    assert (score_range(found, "up"), score_range(found, "down")) == (up, down)
