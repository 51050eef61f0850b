"""Links, proofs and tickets hold for whom they were made, and for nobody else."""

from __future__ import annotations

import time
from unittest.mock import patch

import pytest

from emotionbench.web.tokens import CODE_LETTERS, Tokens, hash_of_invitation, new_code, new_person

SECRET, OTHER = "s" * 40, "t" * 40
PERSON, ELSE = "a" * 32, "b" * 32


def test_a_link_leads_to_its_person_and_to_nobody_with_another_secret() -> None:
    link = Tokens(SECRET).link(PERSON)
    assert Tokens(SECRET).person(link) == PERSON
    assert Tokens(OTHER).person(link) is None
    assert link != Tokens(SECRET).link(ELSE)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s[:-1],
        lambda s: s + "A",
        lambda s: "c" + s[1:],
        lambda s: s[::-1],
        str.upper,
        lambda s: s + "=",
        lambda s: s.replace(".", "!."),
    ],
)
def test_a_changed_link_leads_nowhere(change: object) -> None:
    assert Tokens(SECRET).person(change(Tokens(SECRET).link(PERSON))) is None  # type: ignore[operator]


def test_a_proof_holds_for_its_person_and_page() -> None:
    tokens = Tokens(SECRET)
    proof = tokens.form(PERSON, "before-1", 12.5)
    shown = tokens.shown(proof, PERSON, "before-1")
    assert shown is not None
    assert shown.first == 12.5
    assert abs(shown.last - time.time()) < 5
    assert tokens.shown(proof, ELSE, "before-1") is None
    assert tokens.shown(proof, PERSON, "after-1") is None
    assert Tokens(OTHER).shown(proof, PERSON, "before-1") is None
    assert tokens.shown("", PERSON, "before-1") is None


def test_a_ticket_is_no_proof_and_a_proof_no_ticket() -> None:
    tokens = Tokens(SECRET)
    assert tokens.admitted(tokens.form(PERSON, "before-1", 0.0)) is None
    assert tokens.shown(tokens.ticket({"person": PERSON}), PERSON, "before-1") is None
    assert tokens.person(tokens.ticket({"person": PERSON})) is None


def test_proofs_and_tickets_end_after_a_day() -> None:
    tokens = Tokens(SECRET)
    proof, ticket = tokens.form(PERSON, "end", 0.0), tokens.ticket({"person": PERSON})
    for later, holds in ((23 * 3600, True), (25 * 3600, False)):
        with patch("emotionbench.web.tokens.time.time", return_value=time.time() + later):
            assert (tokens.shown(proof, PERSON, "end") is not None) is holds
            assert (tokens.admitted(ticket) is not None) is holds


def test_keyed_hashes_need_the_secret_and_keep_parts_apart() -> None:
    assert Tokens(SECRET).keyed("a", "b") == Tokens(SECRET).keyed("a", "b")
    assert Tokens(SECRET).keyed("a", "b") != Tokens(OTHER).keyed("a", "b")
    assert Tokens(SECRET).keyed("ab", "c") != Tokens(SECRET).keyed("a", "bc")


def test_ids_and_codes_are_random() -> None:
    assert len({new_person() for _ in range(1000)}) == 1000
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(set(code) <= set(CODE_LETTERS) and len(code) == 10 for code in codes)
    assert not set("01OI") & set(CODE_LETTERS)


def test_an_invitation_is_kept_as_a_hash() -> None:
    assert len(hash_of_invitation("word")) == 64
    assert hash_of_invitation("word") != hash_of_invitation("Word")
