"""What was spent on asking: by respondent and instrument, and on each finding."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from emotionbench.materials.prices import Price
from emotionbench.records import Condition, Design

if TYPE_CHECKING:
    from emotionbench.comparisons.change import ChangeBlock, ChangeRow
    from emotionbench.store.tokens import Cell, Usage

NO_PRICE, NO_COUNTS = "no price is known", "no server told how many tokens"
NO_INTERVAL = "no interval"
SEVERAL = "compared in several forms, each with an interval of its own"
TOO_NARROW = "already within one point"
POINT = 1.0

KeyT = TypeVar("KeyT", bound=Hashable)


@dataclass(frozen=True)
class Spent:
    """What some attempts took.

    ``n_failed`` brought no response and ``n_uncounted`` one without a count of tokens: neither is in the sums.
    ``cached_tokens`` are part of the input, ``reasoning_tokens`` of the output; null where no server told them.
    ``dollars`` is what the counted attempts cost, at least what all did; null, with a ``why``, where no price is known
    or nothing was counted.
    """

    n_administrations: int
    n_attempts: int
    n_failed: int
    n_uncounted: int
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    dollars: float | None
    why: str | None = None

    @property
    def each(self) -> float | None:
        """US dollars for one administration answered, with all retries; null where some attempts were not counted."""
        if self.dollars is None or self.n_uncounted or not self.n_administrations:
            return None
        return self.dollars / self.n_administrations


@dataclass(frozen=True)
class CostRow:
    """What was spent on one respondent and instrument; ``instrument`` is null in the row of all of them.

    ``price_date`` is the day of the price, null where there is none or nothing is paid by the token.
    """

    respondent: str
    instrument: str | None
    spent: Spent
    price_date: str | None
    n_batched: int


@dataclass(frozen=True)
class FindingCost:
    """What one finding cost: the change of one respondent's answers to one instrument after one emotion's situations.

    ``own`` is what the administrations after these situations cost, ``baseline`` (US dollars) what those without a
    situation did that they are compared with: in the independent design all of the instrument's, which all emotions
    share; in the paired one those of the same conversations. Together they are what this finding alone would cost.
    ``half_width`` is that of the 95 % interval of ``subscale``, the widest of the instrument's, raw points;
    ``narrower`` what making it one point narrower would cost more, null with a ``why`` where that cannot be told.
    """

    respondent: str
    instrument: str
    emotion: str
    own: Spent
    baseline: float | None
    subscale: str | None = None
    half_width: float | None = None
    narrower: float | None = None
    why: str | None = None

    @property
    def dollars(self) -> float | None:
        """US dollars for the finding alone."""
        if self.own.dollars is None or self.baseline is None:
            return None
        return self.own.dollars + self.baseline


@dataclass(frozen=True)
class Spending:
    """What a store says of money: the attempts, and how they are labelled.

    ``usages`` and ``n_administrations`` are those of ``store.tokens``. ``respondents``
    and ``instruments`` give names by id and hash, ``emotions`` the emotion of a situation by hash, and ``prices`` the
    price of each respondent by id.
    """

    usages: Sequence[Usage]
    n_administrations: Mapping[Cell, int]
    respondents: Mapping[str, str]
    instruments: Mapping[str, str]
    emotions: Mapping[str, str]
    prices: Mapping[str, Price | None]

    def rows(self) -> tuple[CostRow, ...]:
        """What was spent by respondent, all instruments first where there are several, then each."""
        found = []
        for respondent, own in _groups(self.usages, lambda usage: self.respondents[usage.respondent]):
            by_instrument = _groups(own, lambda usage: self.instruments[usage.instrument])
            if len(by_instrument) > 1:
                found.append(self._row(respondent, None, own))
            found += [self._row(respondent, instrument, of_it) for instrument, of_it in by_instrument]
        return tuple(found)

    def findings(self, blocks: Iterable[ChangeBlock] = ()) -> tuple[FindingCost, ...]:
        """What each emotion's change cost, and where ``blocks`` holds its interval, what a narrower one would."""
        intervals = _intervals(blocks)
        found = []
        for (respondent, instrument, design), own in _groups(self.usages, self._comparison):
            without = [usage for usage in own if usage.condition == Condition.BASELINE]
            evoked = [usage for usage in own if usage.condition == Condition.EVOKED and usage.situation is not None]
            baseline, n_evoked = self._spent(without).dollars, self._n_of(evoked)
            for emotion, of_it in _groups(evoked, lambda usage: self.emotions[str(usage.situation)]):
                share = self._n_of(of_it) / n_evoked if design == Design.PAIRED and n_evoked else 1.0
                finding = FindingCost(
                    respondent, instrument, emotion, self._spent(of_it), None if baseline is None else share * baseline
                )
                found.append(_with_interval(finding, intervals.get((respondent, instrument, design, emotion), [])))
        return tuple(found)

    def _comparison(self, usage: Usage) -> tuple[str, str, str]:
        return self.respondents[usage.respondent], self.instruments[usage.instrument], usage.design

    def _n_of(self, usages: Iterable[Usage]) -> int:
        return sum(self.n_administrations.get(cell, 0) for cell in {usage.cell for usage in usages})

    def _row(self, respondent: str, instrument: str | None, usages: Sequence[Usage]) -> CostRow:
        dates = sorted({price.date for price in self._prices_of(usages) if not price.is_free})
        n_batched = sum(usage.n_attempts for usage in usages if usage.batched)
        return CostRow(respondent, instrument, self._spent(usages), dates[0] if dates else None, n_batched)

    def _prices_of(self, usages: Sequence[Usage]) -> list[Price]:
        return [price for key in {usage.respondent for usage in usages} if (price := self.prices.get(key)) is not None]

    def _spent(self, usages: Sequence[Usage]) -> Spent:
        return spent(usages, self.prices, self._n_of(usages))


def spent(usages: Sequence[Usage], prices: Mapping[str, Price | None], n_administrations: int = 0) -> Spent:
    """The sum of some attempts; ``prices`` by the id of the respondent."""
    n_counted = sum(usage.n_attempts - usage.n_failed - usage.n_uncounted for usage in usages)
    dollars, why = _dollars(usages, prices, n_counted)
    return Spent(
        n_administrations,
        n_attempts=sum(usage.n_attempts for usage in usages),
        n_failed=sum(usage.n_failed for usage in usages),
        n_uncounted=sum(usage.n_uncounted for usage in usages),
        input_tokens=sum(usage.input_tokens for usage in usages) if n_counted else None,
        cached_tokens=_told(usage.cached_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages) if n_counted else None,
        reasoning_tokens=_told(usage.reasoning_tokens for usage in usages),
        dollars=dollars,
        why=why,
    )


def narrower(dollars: float, half_width: float, by: float = POINT) -> float | None:
    """US dollars that an interval narrower by so many points would cost more; null where it is no wider than that.

    ``dollars`` is what the interval of ``half_width`` cost. Taken for granted is that its variance falls as one over
    the administrations, as it does where new situations are added: (h / (h − by))² as many are needed in all. More
    repeats of the same situations bring less.
    """
    if half_width <= by:
        return None
    return dollars * ((half_width / (half_width - by)) ** 2 - 1)


def _intervals(blocks: Iterable[ChangeBlock]) -> dict[tuple[str, str, str, str], list[tuple[str, float]]]:
    """The widest interval of each emotion's change, one for each block that has one: subscale and half-width."""
    found: dict[tuple[str, str, str, str], list[tuple[str, float]]] = {}
    for block in blocks:
        for row in block.rows:
            widest = _widest(row)
            if row.kind == "emotion" and row.emotion is not None and widest is not None:
                found.setdefault((block.respondent, block.instrument, block.design, row.emotion), []).append(widest)
    return found


def _with_interval(finding: FindingCost, intervals: Sequence[tuple[str, float]]) -> FindingCost:
    """The finding with its interval, and what a narrower one would cost."""
    if finding.dollars is None:
        return replace(finding, why=finding.own.why or NO_PRICE)
    if len(intervals) != 1:
        return replace(finding, why=SEVERAL if intervals else NO_INTERVAL)
    subscale, half_width = intervals[0]
    more = narrower(finding.dollars, half_width)
    return replace(
        finding, subscale=subscale, half_width=half_width, narrower=more, why=TOO_NARROW if more is None else None
    )


def _widest(row: ChangeRow) -> tuple[str, float] | None:
    """The subscale whose change has the widest interval, and half its width; null where none has one."""
    widths = [
        (key, (one.high - one.low) / 2)
        for key, one in row.contrasts.items()
        if one.low is not None and one.high is not None
    ]
    return max(widths, key=lambda pair: pair[1], default=None)


def _dollars(
    usages: Sequence[Usage], prices: Mapping[str, Price | None], n_counted: int
) -> tuple[float | None, str | None]:
    if not usages:
        return 0.0, None
    total = 0.0
    for usage in usages:
        price = prices.get(usage.respondent)
        if price is None:
            return None, NO_PRICE
        total += price.cost(usage.input_tokens, usage.output_tokens, usage.cached_tokens or 0, batched=usage.batched)
    is_free = all((price := prices.get(usage.respondent)) is not None and price.is_free for usage in usages)
    n_replies = sum(usage.n_attempts - usage.n_failed for usage in usages)
    if not n_counted and n_replies and not is_free:
        return None, NO_COUNTS
    return total, None


def _told(counts: Iterable[int | None]) -> int | None:
    """The sum of those that were told; null where none was."""
    known = [one for one in counts if one is not None]
    return sum(known) if known else None


def _groups(usages: Iterable[Usage], key: Callable[[Usage], KeyT]) -> list[tuple[KeyT, list[Usage]]]:
    """Usages that share a key, in order of the keys."""
    found: dict[KeyT, list[Usage]] = {}
    for usage in usages:
        found.setdefault(key(usage), []).append(usage)
    return sorted(found.items(), key=lambda pair: str(pair[0]))
