"""Claims that only repeat what the response scale is: ``1 = a little``, ``a) a little``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from emotionbench.parsing.claims import Claim
from emotionbench.parsing.questionnaire import Questionnaire
from emotionbench.parsing.readings import ANSWERED
from emotionbench.parsing.signs import Signs

_FEW_OPTIONS = 3


def without_legend(claims: list[Claim], asked: Questionnaire) -> list[Claim]:
    """The claims without those that only explain the response scale."""
    if asked.tables.signs:
        claims = _without_signed(claims, asked, asked.tables.signs)
    explaining = [claim for claim in claims if _explains_number(claim)]
    if not explaining:
        return claims
    others = [claim for claim in claims if claim.reading.kind in ANSWERED and not _explains_number(claim)]
    numbers = Counter(claim.position for claim in explaining)
    is_legend = max(numbers.values()) == 1 and _is_complete(set(numbers), asked)
    by_number = [claim.position for claim in others if claim.position is not None and claim.item is None]
    answers = bool(by_number) and not set(by_number) & set(numbers)
    otherwise = any(claim.item is not None or claim.is_bare for claim in others)
    drop = otherwise or (is_legend and not answers)
    if asked.tables.signs:
        # no number was shown beside an option, so that only a whole legend is one
        drop = is_legend and (otherwise or (not answers and asked.n_shown != len(explaining)))
    return [claim for claim in claims if not _explains_number(claim)] if drop else claims


def _explains_number(claim: Claim) -> bool:
    return claim.explains and claim.position is not None


def _is_complete(numbers: set[int | None], asked: Questionnaire) -> bool:
    """Whether these are the numbers of all labelled options, or of both ends."""
    tables = asked.tables
    if tables.signs:
        return numbers == set(range(1, len(tables.signs.values) + 1))
    return numbers in (set(tables.labels), {tables.lowest, tables.highest})


def _without_signed(claims: list[Claim], asked: Questionnaire, signs: Signs) -> list[Claim]:
    """The claims without bare signs beside their own labels that stand together as the options do in a list of them."""
    values, n_options = signs.values, len(signs.values)
    n_bare = sum(claim.is_bare for claim in claims)
    dropped: set[int] = set()
    for run in _runs(claims):
        shown = [claims[at].reading.number for at in run]
        in_doubt = n_bare != asked.n_shown or n_options > _FEW_OPTIONS
        if signs.lists([value for value in shown if value is not None]):
            dropped.update(run)
        elif in_doubt and shown[:n_options] in (values, values[::-1]):
            dropped.update(run[:n_options])
        elif in_doubt and shown[-n_options:] in (values, values[::-1]):
            dropped.update(run[-n_options:])
        elif n_bare == asked.n_shown + 2:
            ends = [values[0], values[-1]]
            dropped.update(run[:2] if shown[:2] == ends else run[-2:] if shown[-2:] == ends else [])
    return [claim for at, claim in enumerate(claims) if at not in dropped]


def _runs(claims: list[Claim]) -> Iterator[list[int]]:
    """The places of claims that follow one another line by line, each a bare sign beside its own label."""
    run: list[int] = []
    for at, claim in enumerate(claims):
        if not (claim.explains and claim.is_bare):
            continue
        if run and claim.line > claims[run[-1]].line + 1:
            yield run
            run = []
        run.append(at)
    if run:
        yield run
