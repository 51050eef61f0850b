from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.published.printed import agrees, exact_root, n_printed, rounded, steps_apart

TENTHS = st.integers(-500, 500).map(lambda tenths: Fraction(tenths, 10))
VALUES = st.fractions(-50, 50, max_denominator=2000)


@pytest.mark.parametrize(
    ("value", "figures"),
    [
        (Fraction(-525, 100), ["-5.2", "-5.3"]),
        (Fraction(465, 100), ["4.6", "4.7"]),
        (Fraction(4649, 1000), ["4.6"]),
        (Fraction(-1, 100), ["0", "-0.0"]),
        (Fraction(0), ["0.0"]),
    ],
)
def test_at_an_exact_tie_both_neighbours_agree(value: Fraction, figures: list[str]) -> None:
    assert all(agrees(value, Fraction(figure)) for figure in figures)
    assert n_printed(value) == len({Fraction(figure) for figure in figures})
    assert not agrees(value, Fraction(figures[0]) + Fraction(1, 5))


@given(VALUES, TENTHS)
def test_steps_count_the_printed_figures_between(value: Fraction, figure: Fraction) -> None:
    steps = steps_apart(value, figure)
    assert (steps == 0) == agrees(value, figure)
    nearer = figure + (steps if value > figure else -steps) * Fraction(1, 10)
    assert agrees(value, nearer)


@given(VALUES, st.sampled_from([Fraction(0), Fraction(1, 20)]))
def test_the_number_of_figures_is_what_agrees(value: Fraction, slack: Fraction) -> None:
    around = [rounded(value) + Fraction(step, 10) for step in range(-4, 5)]
    assert n_printed(value, slack) == sum(agrees(value, figure, slack) for figure in around)


@given(st.fractions(0, 400, max_denominator=1000))
def test_a_root_squares_back(value: Fraction) -> None:
    assert exact_root(value * value) == pytest.approx(value, rel=1e-30)
    assert exact_root(Fraction(76_5625, 10_000)) == Fraction(875, 100)
