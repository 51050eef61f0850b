"""From what a reply claims to one status and value for every item."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from emotionbench.parsing.claims import Claim
from emotionbench.parsing.questionnaire import Questionnaire
from emotionbench.parsing.readings import AMBIGUOUS, NOISE, Kind, Reading
from emotionbench.parsing.refusals import refuses_all, refuses_rest
from emotionbench.records import Answer, AnswerStatus

_ANSWERED = (Kind.VALUE, Kind.AMBIGUOUS)


def settle(claims: list[Claim], text: str, asked: Questionnaire) -> tuple[Answer, ...]:
    """One answer for every item, in the order of item numbers; ``text`` is the whole reply in plain spelling."""
    readings = _by_item(claims, asked)
    numbers = range(1, asked.tables.n_items + 1)
    answered = any(reading.kind in _ANSWERED for found in readings.values() for reading in found)
    if not answered:
        named = any(claim.item for claim in claims)
        homeless = any(claim.is_bare and claim.reading.kind in _ANSWERED for claim in claims)
        status = _without_answers(text, named=named and not homeless)
        if status is not AnswerStatus.MISSING or not readings:
            return tuple(Answer(number, None, status) for number in numbers)
    absent = AnswerStatus.REFUSED if answered and refuses_rest(text) else AnswerStatus.MISSING
    return tuple(_answer(number, readings.get(number, []), absent, asked) for number in numbers)


def _without_answers(text: str, *, named: bool) -> AnswerStatus:
    if not text.strip():
        return AnswerStatus.MISSING
    if refuses_all(text):
        return AnswerStatus.REFUSED
    return AnswerStatus.MISSING if named else AnswerStatus.UNPARSEABLE


def _answer(number: int, readings: Sequence[Reading], absent: AnswerStatus, asked: Questionnaire) -> Answer:
    kinds = {reading.kind for reading in readings}
    values = {reading.number for reading in readings if reading.kind is Kind.VALUE}
    if Kind.AMBIGUOUS in kinds or len(values) > 1:
        return Answer(number, None, AnswerStatus.UNPARSEABLE)
    if values:
        (value,) = values
        if value is not None and asked.allows(value):
            return Answer(number, value, AnswerStatus.VALID)
        return Answer(number, None, AnswerStatus.OUT_OF_RANGE)
    if Kind.NOISE in kinds:
        return Answer(number, None, AnswerStatus.UNPARSEABLE)
    return Answer(number, None, AnswerStatus.REFUSED if Kind.REFUSED in kinds else absent)


def _by_item(claims: list[Claim], asked: Questionnaire) -> dict[int, list[Reading]]:
    """What was read for each item, contradictions between number and text included."""
    listed = _list_that_looks_numbered(claims, asked)
    if listed:
        return dict(zip(asked.order, ([reading] for reading in listed), strict=True))
    claims = _without_legend(claims, asked)
    readings: dict[int, list[Reading]] = defaultdict(list)
    trusted = _complete_numbering(claims, asked)
    doubtful = _numbering_doubtful(claims, asked)
    for claim in [*claims, *_below_headings(claims)]:
        shown = None if claim.position is None else asked.shown_at(claim.position)
        if claim.item is not None:
            contradicted = claim.position is not None and shown != claim.item
            reading = _contradiction(claim.reading) if contradicted else claim.reading
            readings[claim.item].append(reading)
            if contradicted and shown is not None:
                readings[shown].append(reading)
        elif shown is not None:
            readings[shown].append(_by_number(claim, trusted=trusted, doubtful=doubtful))
    if not any(reading.kind in _ANSWERED for found in readings.values() for reading in found):
        for item, reading in _bare_list(claims, asked):
            readings[item] = [reading]
    return readings


def _by_number(claim: Claim, *, trusted: bool, doubtful: bool) -> Reading:
    """What a line with a number, and no item's text, says of the item under that number."""
    if claim.reading.kind not in _ANSWERED:
        return claim.reading
    if claim.named and (doubtful or not trusted):
        return NOISE
    return AMBIGUOUS if doubtful else claim.reading


def _contradiction(reading: Reading) -> Reading:
    """A line whose number and text disagree decides nothing; without an answer it spoils no other line's."""
    return AMBIGUOUS if reading.kind in _ANSWERED else NOISE


def _complete_numbering(claims: list[Claim], asked: Questionnaire) -> bool:
    """Whether the numbered answers are those to all items, once each: then a paraphrased text does no harm."""
    numbers = [claim.position for claim in claims if claim.position is not None and claim.reading.kind in _ANSWERED]
    return sorted(numbers) == list(range(1, asked.tables.n_items + 1))


def _numbering_doubtful(claims: list[Claim], asked: Questionnaire) -> bool:
    """Whether some answer shows that the numbers are not those shown.

    As when a reply counts from 0, or puts the text of one item beside the number of another.
    """
    for claim in claims:
        if claim.position is None or claim.named or claim.reading.kind is not Kind.VALUE:
            continue
        shown = asked.shown_at(claim.position)
        if shown is None or claim.item not in (None, shown):
            return True
    return False


def _list_that_looks_numbered(claims: list[Claim], asked: Questionnaire) -> list[Reading]:
    """The answers of a bare list of ``4 - quite a bit``, ``4.`` or ``[4]``, which repeats its "numbers"; else empty."""
    looks_so = all(
        claim.explains or (claim.item is None and claim.position is not None and claim.reading.kind is Kind.EMPTY)
        for claim in claims
    )
    if len(claims) != asked.tables.n_items or not looks_so:
        return []
    repeated = max(Counter(claim.position for claim in claims).values()) > 1
    return [Reading(Kind.VALUE, claim.position) for claim in claims] if repeated else []


def _without_legend(claims: list[Claim], asked: Questionnaire) -> list[Claim]:
    """The claims without those that only explain the response scale."""
    explaining = [claim for claim in claims if claim.explains]
    if not explaining:
        return claims
    others = [claim for claim in claims if claim.reading.kind in _ANSWERED and not claim.explains]
    numbers = Counter(claim.position for claim in explaining)
    labelled, ends = set(asked.tables.labels), {asked.tables.lowest, asked.tables.highest}
    complete = max(numbers.values()) == 1 and set(numbers) in (labelled, ends)
    by_number = [claim.position for claim in others if claim.position is not None and claim.item is None]
    answers = bool(by_number) and not set(by_number) & set(numbers)
    if any(claim.item is not None or claim.is_bare for claim in others) or (complete and not answers):
        return [claim for claim in claims if not claim.explains]
    return claims


def _below_headings(claims: list[Claim]) -> list[Claim]:
    """Bare answers that stand below an item each, as answers to it; none where one of them does not."""
    found = []
    heading: Claim | None = None
    last_line = None
    for claim in claims:
        if not claim.is_bare:
            heading = claim if claim.reading.kind is Kind.EMPTY else None
        elif heading is None or not (claim.keyed or claim.line == heading.line + 1 != last_line):
            return []
        else:
            found.append(replace(claim, position=heading.position, item=heading.item))
            last_line = claim.line
    return found


def _bare_list(claims: list[Claim], asked: Questionnaire) -> list[tuple[int, Reading]]:
    """Bare answers, where there are exactly as many as items, or pairs of a number and an answer for every item."""
    bare = [claim for claim in claims if claim.is_bare]
    if not _echoes_order([claim for claim in claims if not claim.is_bare], asked):
        return []
    if len(bare) == asked.tables.n_items:
        return [(item, claim.reading) for item, claim in zip(asked.order, bare, strict=True)]
    lines = Counter(claim.line for claim in bare)
    numbered = [claim.reading.number for claim in bare[::2]] == list(range(1, asked.tables.n_items + 1))
    if numbered and set(lines.values()) == {2} and len(bare) == 2 * asked.tables.n_items:
        return [(item, claim.reading) for item, claim in zip(asked.order, bare[1::2], strict=True)]
    return []


def _echoes_order(claims: list[Claim], asked: Questionnaire) -> bool:
    """Whether the items that a reply repeats before its list stand in the order shown."""
    places = {item: place for place, item in enumerate(asked.order, 1)}
    echoed = []
    for claim in claims:
        if claim.item is None:
            if claim.position is None or claim.named or asked.shown_at(claim.position) is None:
                return False
            echoed.append(claim.position)
        elif claim.position not in (None, places[claim.item]):
            return False
        else:
            echoed.append(places[claim.item])
    return echoed == sorted(echoed)
