"""What people sent beside what the store holds: nothing lost, nothing doubled, nothing that nobody sent."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from emotionbench.store import Store, schema
from emotionbench.web.tokens import Tokens
from survey_server import SECRET

Fields = Mapping[str, str]
_PERSON, _PAGE = schema.participant.c, schema.submission.c
_ASKED, _TRIED = schema.administration.c, schema.attempt.c


@dataclass(frozen=True)
class Sender:
    """One person's side: the link, the fields sent of each page, and the completion code seen.

    ``taken`` are the pages whose sending was answered by leading on; of others nobody can know, as it broke off.
    """

    link: str
    pages: Mapping[str, Fields]
    taken: Collection[str]
    code: str = ""


@dataclass
class Kept:
    """The store's side of one person."""

    row: Any
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    sheets: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    n_administrations: int = 0
    n_drafts: int = 0


def complaints(store: Store, senders: Collection[Sender]) -> list[str]:
    """Every way in which the store is not what these people sent; empty where it is."""
    kept = _kept(store)
    found = []
    for sender in senders:
        identifier = Tokens(SECRET).person(sender.link.split("/")[2]) if sender.link else None
        one = kept.pop(identifier or "", None)
        if one is None:
            found.append(f"{sender.link or 'somebody'}: is not in the store")
        else:
            found += [f"{sender.link}: {what}" for what in _of_person(sender, one)]
    found += [f"{identifier}: in the store, and nobody saw the link" for identifier in kept]
    codes = Counter(sender.code for sender in senders if sender.code)
    return found + [f"code {code}: given to {n} people" for code, n in codes.items() if n > 1]


def spread(store: Store, cells: Collection[str]) -> tuple[int, int]:
    """The fewest and the most people that a situation was given to; a ValueError where places are not 0, 1, 2, …."""
    with store.reading() as connection:
        rows = connection.execute(select(_PERSON.situation, _PERSON.place).where(_PERSON.situation.is_not(None))).all()
    places: dict[str, list[int]] = {cell: [] for cell in cells}
    for row in rows:
        places[row.situation].append(row.place)
    for cell, taken in places.items():
        if sorted(taken) != list(range(len(taken))):
            raise ValueError(f"places of {cell}: {sorted(taken)}")
    return min(map(len, places.values())), max(map(len, places.values()))


def _kept(store: Store) -> dict[str, Kept]:
    with store.reading() as connection:
        kept = {row.id: Kept(row) for row in connection.execute(select(schema.participant))}
        by_session = {one.row.session: one for one in kept.values()}
        for row in connection.execute(select(schema.submission)):
            kept[row.participant].pages[row.page] = json.loads(row.content)
        for row in connection.execute(select(schema.draft)):
            kept[row.participant].n_drafts += 1
        query = select(_ASKED.session, func.count()).group_by(_ASKED.session)
        for session, n in connection.execute(query).all():
            by_session[session].n_administrations = n
        sheets = select(_ASKED.session, _TRIED.request, _TRIED.response).join_from(
            schema.administration, schema.attempt, _TRIED.administration == _ASKED.id
        )
        for row in connection.execute(sheets):
            page = json.loads(row.request)["page"]
            by_session[row.session].sheets[page].append(json.loads(row.response))
    return kept


def _of_person(sender: Sender, kept: Kept) -> Iterator[str]:
    missing = set(sender.taken) - set(kept.pages)
    extra = set(kept.pages) - set(sender.pages)
    yield from (f"{page}: lost" for page in sorted(missing))
    yield from (f"{page}: kept, and never sent" for page in sorted(extra))
    n_sheets = sum(_is_sheet(page) for page in kept.pages)
    if kept.n_administrations != n_sheets or set(kept.sheets) != {page for page in kept.pages if _is_sheet(page)}:
        yield f"{n_sheets} sheets sent, {kept.n_administrations} administrations"
    for page, responses in kept.sheets.items():
        if len(responses) != 1:
            yield f"{page}: {len(responses)} attempts"
    for page in sorted(set(sender.pages) & set(kept.pages)):
        yield from _of_page(page, sender.pages[page], kept)
    if sender.code and sender.code != kept.row.code:
        yield f"saw the code {sender.code} and has {kept.row.code}"
    if sender.code and (kept.row.outcome is None or kept.n_drafts):
        yield f"has ended, with outcome {kept.row.outcome} and {kept.n_drafts} drafts"


def _of_page(page: str, fields: Fields, kept: Kept) -> Iterator[str]:
    if _is_sheet(page):
        response = kept.sheets[page][0] if kept.sheets[page] else {}
        for kind, there in (("item", response.get("answers")), ("check", response.get("checks"))):
            sent = {name.split("-")[1]: int(value) for name, value in fields.items() if name.startswith(f"{kind}-")}
            if there != sent:
                yield f"{page}: {kind}s sent {sent}, kept {there}"
        times = json.loads(fields.get("times") or "{}")
        if response.get("times") != times:
            yield f"{page}: times sent {times}, kept {response.get('times')}"
        return
    content = kept.pages[page]
    answers = content.get("answers", content)
    # besides them, a page's content holds what was counted of it
    there = {name: None if answers.get(name) is None else str(answers[name]) for name in fields}
    sent_here = {name: value or None for name, value in fields.items()}
    if there != sent_here:
        yield f"{page}: sent {sent_here}, kept {there}"


def _is_sheet(page: str) -> bool:
    return page.startswith(("before-", "after-"))
