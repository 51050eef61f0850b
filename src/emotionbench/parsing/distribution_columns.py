"""What many readings tell, worked out in columns as ``probabilities.DistributionReader`` works it out one by one.

The spelling of a text is looked up once however often it is listed. The steps are gone through level by level: first
what stands at the beginning of the answers, then what was told behind it. What is so near to a limit that sums in
another order could fall to its other side is left to the reader of single readings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotionbench.parsing.probabilities import MOST_UNSEEN, ROUNDING, Why
from emotionbench.parsing.spelling_columns import Speller, SpellingColumns
from emotionbench.parsing.told_columns import ToldColumns

REASONS = tuple(why.value for why in Why)
"""Why an item has no distribution, in the order of their codes from 1; 0 is that it has one."""
READ = 0
CODES = {why: code for code, why in enumerate(Why, 1)}
_NEAR = 1e-9
_LEAST_TOTAL = 1e-290
"""Under this, numbers have few digits, and so has what is made of them."""
_UNDERFLOW = -746.0, -744.0

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Bits = NDArray[np.uint64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class ReadingColumns:
    """What readings tell, a row for each; the figures are 0 where ``codes`` is not ``READ``.

    Attributes
    ----------
    expected, variances
        float64; mean and variance of the answer.
    masses
        float64; the probability that the answer is on the response scale, NaN where it was not told.
    codes
        uint8; ``READ``, or the place in ``REASONS``, from 1, of why there is no distribution.
    """

    expected: Floats
    variances: Floats
    masses: Floats
    codes: NDArray[np.uint8]

    @classmethod
    def empty(cls, n: int) -> ReadingColumns:
        """Rows without a distribution, since nothing came back."""
        zeros = np.zeros((3, n))
        return cls(zeros[0], zeros[1], zeros[2], np.full(n, CODES[Why.ABSENT], np.uint8))

    def put(self, rows: Places, others: ReadingColumns, their_rows: Places) -> None:
        """Replace rows by rows of others."""
        for own, theirs in zip(vars(self).values(), vars(others).values(), strict=True):
            own[rows] = theirs[their_rows]


class Gathered:
    """What is gathered of readings, as ``probabilities`` gathers it of one; ``by_value`` is (readings, answers).

    ``is_malformed``: one cannot be read. ``is_unsure``: it has to be read by itself.
    """

    def __init__(self, n: int, n_answers: int) -> None:
        self.by_value = np.zeros((n, n_answers))
        self.begun, self.doubtful, self.unlisted = np.zeros(n), np.zeros(n), np.zeros(n)
        self.is_malformed, self.is_unsure = np.zeros(n, np.bool_), np.zeros(n, np.bool_)

    def add(self, readings: Places, answers: Places, shares: Floats) -> None:
        """Add shares to answers of readings."""
        n_answers = self.by_value.shape[1]
        flat = np.bincount(readings * n_answers + answers, shares, self.by_value.size)
        self.by_value += flat.reshape(-1, n_answers)

    def bound(self, readings: Places, totals: Floats) -> None:
        """Note what sums to more than probabilities can."""
        self.is_malformed[readings[~(totals <= 1 + ROUNDING)]] = True
        self.is_unsure[readings[np.abs(totals - (1 + ROUNDING)) < _NEAR]] = True


def gathered_of_known(told: ToldColumns, speller: Speller) -> Gathered:
    """Of readings that name answers and their probabilities."""
    found = Gathered(len(told.rows), len(speller.values))
    readings = np.repeat(told.readings, np.diff(told.begins))
    answers = speller.columns([(text, False) for text in told.texts]).answers[told.tokens]
    is_odd = (answers < 0) | (told.figures < 0) | (told.figures > 1 + ROUNDING)
    found.is_malformed[readings[is_odd]] = True
    found.add(readings[~is_odd], answers[~is_odd], told.figures[~is_odd])
    counts = np.bincount(readings * len(speller.values) + np.maximum(answers, 0), minlength=found.by_value.size)
    # of a key that stands twice the last counts
    found.is_unsure |= (counts.reshape(found.by_value.shape) > 1).any(axis=1)
    found.bound(told.readings, found.by_value.sum(axis=1))
    return found


def gathered_of_listed(told: ToldColumns, speller: Speller) -> Gathered:
    """Of readings that list tokens and their log-probabilities."""
    walk = _Walk(told, speller)
    if len(told.rows):
        walk.run()
    return walk.found


@dataclass(frozen=True)
class _Level:
    """What is gone through at once: of each entry the step, the place of the text before it, and its probability."""

    steps: Places
    befores: list[str]
    before: Places
    weights: Floats


@dataclass(frozen=True)
class _Later:
    """Tokens that may begin a longer answer, or behind which more was told: their texts (by place in ``spelled``), the
    reading, the probability, and the answers that are listed whole beside them."""

    spelled: SpellingColumns
    codes: Places
    readings: Places
    p: Floats
    whole: Bits


class _Walk:
    """Goes through the steps of readings."""

    def __init__(self, told: ToldColumns, speller: Speller) -> None:
        self._told, self._speller = told, speller
        self.found = Gathered(len(told.rows), len(speller.values))
        self._p = np.exp(np.minimum(told.figures, 1.0))  # more than 1 is malformed, however much
        self._sizes = np.diff(told.begins)
        self._is_multiple = np.bincount(told.readings, minlength=len(told.rows)) > 1
        self._after_places = {text: place for place, text in enumerate(told.after_texts)}
        keys = told.readings * len(told.after_texts) + told.afters
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def run(self) -> None:
        """Fill in ``found``."""
        told, found = self._told, self.found
        self._totals = np.add.reduceat(self._p, told.begins[:-1])
        self._least = np.minimum.reduceat(self._p, told.begins[:-1])
        found.bound(told.readings, self._totals)
        is_vague = (told.figures > _UNDERFLOW[0]) & (told.figures < _UNDERFLOW[1])
        if is_vague.any():
            found.is_unsure[np.repeat(told.readings, self._sizes)[is_vague]] = True
        # of two steps behind the same text the last counts
        is_again = self._keys[1:] == self._keys[:-1]
        found.is_unsure[told.readings[self._order[1:][is_again]]] = True
        first = np.flatnonzero(told.afters == self._after_places.get("", -1))
        found.is_malformed[np.bincount(told.readings[first], minlength=len(told.rows)) == 0] = True
        level = _Level(first, [""], np.zeros(len(first), np.intp), np.ones(len(first)))
        while len(level.steps):
            level = self._behind(self._through(level))

    def _through(self, level: _Level) -> _Later:
        """Add what the tokens of a level say, and what answers that are not listed could have."""
        told, found, steps = self._told, self.found, level.steps
        entry, at = self._tokens_of(steps)
        spelled, codes = self._spelled(level, entry, told.tokens[at])
        chosen = np.flatnonzero(spelled.has_core[codes])
        entry, at, codes = entry[chosen], at[chosen], codes[chosen]
        p, reading = level.weights[entry] * self._p[at], told.readings[steps][entry]
        is_open = (spelled.longer > 0)[codes] | (self._is_multiple[reading] & ~spelled.ends[codes])
        goes_on, answers = is_open & (self._p[at] > 0), spelled.answers[codes]
        plain = np.flatnonzero((answers >= 0) & ~goes_on)
        found.add(reading[plain], answers[plain], p[plain])
        whole = _united(spelled.own[codes], entry, len(steps))
        later = np.flatnonzero(goes_on)
        begun = _united(spelled.opens[codes[later]], entry[later], len(steps))
        left = self._n_not_begun(level, whole | begun)
        rest = np.minimum(np.maximum(0.0, 1.0 - self._totals[steps]), left * self._least[steps])
        found.unlisted += np.bincount(told.readings[steps], level.weights * rest, len(found.unlisted))
        return _Later(spelled, codes[later], reading[later], p[later], whole[entry[later]])

    def _tokens_of(self, steps: Places) -> tuple[Places, Places]:
        """The tokens of steps: the place of the step among these, and the token."""
        sizes = self._sizes[steps]
        entry = np.repeat(np.arange(len(steps)), sizes)
        return entry, np.arange(len(entry)) + (self._told.begins[steps] - np.cumsum(sizes) + sizes)[entry]

    def _spelled(self, level: _Level, entry: Places, tokens: Places) -> tuple[SpellingColumns, Places]:
        """The texts that tokens make with what stands before them, and the place of each token's among them."""
        # an empty token ends what stands before it
        if level.befores == [""]:
            return self._speller.columns([(token, not token) for token in self._told.texts]), tokens
        n = len(self._told.texts)
        pairs, codes = np.unique(level.before[entry] * n + tokens, return_inverse=True)
        made = [(level.befores[pair // n], self._told.texts[pair % n]) for pair in pairs.tolist()]
        return self._speller.columns([(before + token, not token) for before, token in made]), codes

    def _n_not_begun(self, level: _Level, begun: Bits) -> NDArray[np.int64]:
        """How many answers that begin with what stands before are neither listed nor begun."""
        cores = [self._speller.core(before) if before else "" for before in level.befores]
        possible = np.array([self._speller.beginning_with(core or "") for core in cores], np.uint64)
        left, counts = possible[level.before] & ~begun, np.zeros(len(begun), np.int64)
        for place in range(len(self._speller.values)):
            counts += ((left >> np.uint64(place)) & np.uint64(1)).astype(np.int64)
        return counts

    def _behind(self, later: _Later) -> _Level:
        """Add tokens behind which nothing was told, and give the level of what was told behind the others."""
        found, spelled = self.found, later.spelled
        step = self._step_after(later)
        is_told, answers = step >= 0, spelled.answers[later.codes]
        begun, is_answer = ~is_told & (answers < 0), ~is_told & (answers >= 0)
        found.begun += np.bincount(later.readings[begun], later.p[begun], len(found.begun))
        found.add(later.readings[is_answer], answers[is_answer], later.p[is_answer])
        doubtful = is_answer & ((spelled.longer[later.codes] & ~later.whole) > 0)
        found.doubtful += np.bincount(later.readings[doubtful], later.p[doubtful], len(found.doubtful))
        different, before = np.unique(later.codes[is_told], return_inverse=True)
        return _Level(step[is_told], [spelled.texts[code] for code in different.tolist()], before, later.p[is_told])

    def _step_after(self, later: _Later) -> Places:
        """The step told behind each text, or behind the same part of an answer in another spelling; -1: none."""
        different, codes = np.unique(later.codes, return_inverse=True)
        texts = [later.spelled.texts[code] for code in different.tolist()]
        cores = [self._speller.core(text) or None for text in texts]
        own, plain = (
            np.array([-1 if part is None else self._after_places.get(part, -1) for part in parts], np.intp)
            for parts in (texts, cores)
        )
        step = self._find(later.readings, own[codes])
        return np.where(step >= 0, step, self._find(later.readings, plain[codes]))

    def _find(self, readings: Places, afters: Places) -> Places:
        keys = readings * len(self._told.after_texts) + afters
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where((afters >= 0) & (self._keys[at] == keys), self._order[at], -1)


def _united(sets: Bits, entries: Places, n: int) -> Bits:
    """The union of the sets of each of ``n`` entries, which stand side by side."""
    found = np.zeros(n, np.uint64)
    if len(sets):
        begins = np.flatnonzero(np.diff(entries, prepend=-1))
        found[entries[begins]] = np.bitwise_or.reduceat(sets, begins)
    return found


@dataclass(frozen=True)
class Settled:
    """What readings tell; ``is_unsure``: one has to be read by itself, since nothing of this can be relied on."""

    columns: ReadingColumns
    is_unsure: Flags


def settled(found: Gathered, told: ToldColumns, values: Floats, n_items: int) -> Settled:
    """The distributions of what was gathered, as ``probabilities`` settles one."""
    total = found.by_value.sum(axis=1)
    doubt = found.begun + found.doubtful + found.unlisted
    has = total > 0
    unseen = np.divide(doubt, total + found.begun + found.unlisted, out=np.zeros_like(total), where=has)
    shares = np.divide(found.by_value, total[:, None], out=np.zeros_like(found.by_value), where=has[:, None])
    means = (shares * values).sum(axis=1)
    variances = (np.square(values - means[:, None]) * shares).sum(axis=1)
    own = np.where(told.are_whole, np.minimum(1.0, total), np.nan)
    masses = np.where(np.isnan(told.masses), own, np.minimum(1.0, told.masses))
    is_malformed = found.is_malformed | (told.items > n_items) | (told.masses < 0) | (told.masses > 1 + ROUNDING)
    is_short = has & (unseen > MOST_UNSEEN)
    conditions = [is_malformed, ~has & (found.begun > 0), ~has, is_short & (found.unlisted > doubt / 2), is_short]
    reasons = [CODES[why] for why in (Why.MALFORMED, Why.BEGUN, Why.NOWHERE, Why.UNSEEN, Why.BEGUN)]
    codes = np.select(conditions, reasons, READ).astype(np.uint8)
    is_near = (np.abs(unseen - MOST_UNSEEN) < _NEAR) | (
        is_short & (np.abs(found.unlisted - doubt / 2) <= _NEAR * doubt)
    )
    figures = [np.where(codes == READ, figure, 0.0) for figure in (means, variances, masses)]
    columns = ReadingColumns(figures[0], figures[1], figures[2], codes)
    return Settled(columns, found.is_unsure | is_near | (has & (total < _LEAST_TOTAL)))
