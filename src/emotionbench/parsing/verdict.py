"""From what a reply claims to one status and value for every item."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from emotionbench.parsing.claims import Claim
from emotionbench.parsing.legends import without_legend
from emotionbench.parsing.questionnaire import Questionnaire
from emotionbench.parsing.readings import AMBIGUOUS, ANSWERED, NOISE, Kind, Reading
from emotionbench.parsing.refusals import refuses_all, refuses_rest
from emotionbench.records import Answer, AnswerStatus


def settle(claims: list[Claim], text: str, asked: Questionnaire) -> tuple[Answer, ...]:
    """One answer for every item, in the order of item numbers; ``text`` is the whole reply in plain spelling."""
    numbers = sorted(asked.order)
    readings = _by_item(claims, asked)
    answered = any(reading.kind in ANSWERED for found in readings.values() for reading in found)
    if not answered:
        named = any(claim.item for claim in claims)
        homeless = any(claim.is_bare and claim.reading.kind in ANSWERED for claim in claims)
        status = _without_answers(asked.without_items(text), named=named and not homeless)
        if status is not AnswerStatus.MISSING or not readings:
            return tuple(Answer(number, None, status) for number in numbers)
    answers = tuple([_answer(number, readings.get(number, []), asked) for number in numbers])
    lacking = answered and any(answer.status is AnswerStatus.MISSING for answer in answers)
    if lacking and refuses_rest(asked.without_items(text)):
        return tuple(_refused(answer) if answer.status is AnswerStatus.MISSING else answer for answer in answers)
    return answers


def _refused(answer: Answer) -> Answer:
    return Answer(answer.item, None, AnswerStatus.REFUSED)


def _without_answers(text: str, *, named: bool) -> AnswerStatus:
    if not text.strip():
        return AnswerStatus.MISSING
    if refuses_all(text):
        return AnswerStatus.REFUSED
    return AnswerStatus.MISSING if named else AnswerStatus.UNPARSEABLE


def _answer(number: int, readings: Sequence[Reading], asked: Questionnaire) -> Answer:
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
    return Answer(number, None, AnswerStatus.REFUSED if Kind.REFUSED in kinds else AnswerStatus.MISSING)


def _by_item(claims: list[Claim], asked: Questionnaire) -> dict[int, list[Reading]]:
    """What was read for each item, contradictions between number and text included."""
    listed = _list_that_looks_numbered(claims, asked)
    if listed:
        return dict(zip(asked.order, ([reading] for reading in listed), strict=True))
    claims = without_legend(claims, asked)
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
    if not any(reading.kind in ANSWERED for found in readings.values() for reading in found):
        for item, reading in _bare_list(claims, asked):
            readings[item] = [reading]
    return readings


def _by_number(claim: Claim, *, trusted: bool, doubtful: bool) -> Reading:
    """What a line with a number, and no item's text, says of the item under that number."""
    if claim.reading.kind not in ANSWERED:
        return claim.reading
    if claim.named and (doubtful or not trusted):
        return NOISE
    return AMBIGUOUS if doubtful else claim.reading


def _contradiction(reading: Reading) -> Reading:
    """A line whose number and text disagree decides nothing; without an answer it spoils no other line's."""
    return AMBIGUOUS if reading.kind in ANSWERED else NOISE


def _complete_numbering(claims: list[Claim], asked: Questionnaire) -> bool:
    """Whether the numbered answers are those to all items, once each: then a paraphrased text does no harm."""
    numbers = [claim.position for claim in claims if claim.position is not None and claim.reading.kind in ANSWERED]
    return sorted(numbers) == list(range(1, asked.n_shown + 1))


def _numbering_doubtful(claims: list[Claim], asked: Questionnaire) -> bool:
    """Whether some answer shows that the numbers are not those shown.

    As when a reply counts from 0, or puts the text of one item beside the number of another.
    """
    for claim in claims:
        if claim.position is None or claim.named or claim.reading.kind is not Kind.VALUE:
            continue
        shown = asked.shown_at(claim.position)
        if shown is None and claim.item is not None and claim.item not in asked.places:
            # an item that was not shown may go under any number that was not
            continue
        if shown is None or claim.item not in (None, shown):
            return True
    return asked.tables.signs is not None and _counts_options(claims)


def _counts_options(claims: list[Claim]) -> bool:
    """Whether labels alone stand under the same number twice, which may then be the option's and not the item's."""
    labelled = [claim.position for claim in claims if claim.item is None and claim.reading.worded and not claim.is_bare]
    return len(set(labelled)) < len(labelled)


def _list_that_looks_numbered(claims: list[Claim], asked: Questionnaire) -> list[Reading]:
    """The answers of a bare list of ``4 - quite a bit``, ``4.`` or ``[4]``, whose "numbers" are not those shown.

    Empty where they may be; in doubt where they could be either.
    """
    looks_so = all(
        claim.position is not None and (claim.explains or (claim.item is None and claim.reading.kind is Kind.EMPTY))
        for claim in claims
    )
    if len(claims) != asked.n_shown or not looks_so:
        return []
    numbers = [claim.position for claim in claims if claim.position is not None]
    if _are_values(numbers, asked) or (asked.n_shown == 1 and not claims[0].explains):
        # where signs were asked for, such numbers are no answers
        return [AMBIGUOUS if asked.tables.signs else Reading(Kind.VALUE, number) for number in numbers]
    in_doubt = numbers != sorted(numbers) and any(claim.explains for claim in claims)
    return [AMBIGUOUS] * len(numbers) if in_doubt else []


def _are_values(numbers: Sequence[int], asked: Questionnaire) -> bool:
    """Whether numbers that begin as many lines as items were shown cannot be those of the items."""
    if len(set(numbers)) < len(numbers):
        return True
    on_in_ones = len(numbers) > 2 and all(after == before + 1 for before, after in pairwise(numbers))
    if on_in_ones or not all(map(asked.allows, numbers)):
        return False
    ends = (asked.tables.lowest, asked.tables.highest)
    return tuple(numbers) != ends and any(asked.shown_at(number) is None for number in numbers)


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
    if len(bare) == asked.n_shown:
        return [(item, claim.reading) for item, claim in zip(asked.order, bare, strict=True)]
    if asked.tables.signs:
        return []
    lines = Counter(claim.line for claim in bare)
    numbered = [claim.reading.number for claim in bare[::2]] == list(range(1, asked.n_shown + 1))
    if numbered and set(lines.values()) == {2} and len(bare) == 2 * asked.n_shown:
        return [(item, claim.reading) for item, claim in zip(asked.order, bare[1::2], strict=True)]
    return []


def _echoes_order(claims: list[Claim], asked: Questionnaire) -> bool:
    """Whether the items that a reply repeats before its list stand in the order shown."""
    echoed = []
    for claim in claims:
        if claim.item is None:
            if claim.position is None or claim.named or asked.shown_at(claim.position) is None:
                return False
            echoed.append(claim.position)
        elif claim.item not in asked.places or claim.position not in (None, asked.places[claim.item]):
            return False
        else:
            echoed.append(asked.places[claim.item])
    return echoed == sorted(echoed)
