from __future__ import annotations

from emotionbench.materials.original_facts import facts_of


def test_a_published_instrument_has_its_source_and_licence() -> None:
    facts = facts_of("BFNE")
    assert facts.validated
    assert "Leary" in facts.source
    # the question that each item asks is ours
    gasp = facts_of("GASP")
    assert not gasp.validated
    assert "Cohen" in gasp.source
    assert "permission" in gasp.licence


def test_an_unknown_one_claims_nothing() -> None:
    facts = facts_of("TEA")
    assert facts.name == "TEA"
    assert not facts.validated
