"""Arithmetic with printed figures: exact, so that no rounding accident decides whether two figures agree."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

STEP = Fraction(1, 10)
"""What the last printed digit stands for: every published figure has one decimal."""
HALF = STEP / 2
ROOT_DIGITS = 60


def agrees(value: Fraction, printed: Fraction, slack: Fraction = Fraction(0)) -> bool:
    """Whether a value rounds to the printed figure; at an exact tie both neighbours agree.

    ``slack`` is how far the value itself may be off, where it is made of figures known to a printed digit only.
    """
    return abs(value - printed) <= HALF + slack


def rounded(value: Fraction) -> Fraction:
    """The printed figure nearest to a value; of two at an exact tie the higher one."""
    return (value + HALF) // STEP * STEP


def steps_apart(value: Fraction, printed: Fraction) -> int:
    """How many printed digits lie between a value's rounding (at a tie the nearer one) and a printed figure."""
    gap = abs(value - printed)
    return 0 if gap <= HALF else int(-((HALF - gap) // STEP))


def n_printed(value: Fraction, slack: Fraction = Fraction(0)) -> int:
    """How many printed figures a value agrees with: 1, at an exact tie 2, more where it has slack."""
    low, high = value - HALF - slack, value + HALF + slack
    return int(high // STEP) - int(-((-low) // STEP)) + 1


def exact_root(square: Fraction) -> Fraction:
    """The square root of a fraction that is not negative, to 60 digits; exact where it has fewer."""
    context = Context(prec=ROOT_DIGITS, rounding=ROUND_HALF_EVEN)
    quotient = context.divide(Decimal(square.numerator), Decimal(square.denominator))
    return Fraction(context.sqrt(quotient))
