"""What the scores of an instrument can be."""

from __future__ import annotations

from emotionbench.materials.instruments import Instrument


def score_range(instrument: Instrument, subscale: str) -> tuple[float, float]:
    """The lowest and highest score that answers within the response scale can give on a subscale."""
    scale, rule = instrument.response_scale, instrument.score
    n_items = len(instrument.subscales[subscale].items) if rule.rule == "sum" else 1
    return float(scale.lowest * n_items * rule.multiply), float(scale.highest * n_items * rule.multiply)
