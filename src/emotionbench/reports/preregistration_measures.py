"""The part of a pre-registration that says what is measured, what is asked of it, and in which design."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from emotionbench.materials.instruments import Instrument
from emotionbench.materials.score_ranges import score_range
from emotionbench.reports.phrases import listed, plural
from emotionbench.reports.preregistration_plan import (
    EVOKING,
    TO_FILL_IN,
    FactorPlan,
    Planned,
    asked_in_words,
    bullets,
    n_tested,
    table,
)

MOST_TEXTS = 40


def measures(planned: Planned) -> Iterator[str]:
    """Each questionnaire with its subscales and scoring; what is recorded besides."""
    yield "Each person answers every questionnaire twice: before a situation is read, and after."
    for instrument in planned.instruments:
        editions = [
            one for edition in planned.study.editions.values() for one, _ in edition.put if one.base == instrument.base
        ]
        yield from _instrument(instrument, editions)
    yield "Recorded besides:"
    yield bullets(_besides(planned))


def questions(planned: Planned) -> Iterator[str]:
    """What is asked, without a direction, and what is tested for it."""
    yield (
        "The questions have no direction, and every test is two-sided. A direction, if one is predicted, is to be"
        f" written here: {TO_FILL_IN}"
    )
    yield f"Primary are the rows of emotions on all subscales, unless others are named here: {TO_FILL_IN}"
    yield bullets(
        line
        for instrument in planned.instruments
        for line in _questions_of(instrument, planned.factors_around(instrument))
    )


def design(planned: Planned) -> Iterator[str]:
    """Conditions, allocation, situations, pages and what balances them."""
    collection, survey = planned.survey.collection, planned.survey
    kinds = Counter(one.kind for one in planned.situations)
    situations = listed(f"{n} {kind}" for kind, n in kinds.items())
    yield (
        "An experiment, paired: before and after are answered by the same person in one session, and the person’s own"
        f" change is what is compared. Situations vary between people: each person imagines one of {situations}"
        f" situation{'' if len(planned.situations) == 1 else 's'}."
    )
    yield (
        "Allocation: at random and least filled first. When it is a person’s turn, the situation is given that fewest"
        " people fill: those who completed it (who failed the checks does not count), and those who are in it and were"
        f" seen within the last {collection.reservation_minutes:g} minutes. Ties are decided by a hash of the study’s"
        f" seed ({planned.study.study.seed}), the person’s random id and the situation. Nobody chooses: neither the"
        " person nor a researcher can know or change what comes. People see which situation they read; no researcher"
        " is present."
    )
    yield table(
        ("emotion", "factor", "of", *kinds, "situations"),
        (
            (one.emotion, one.id, one.name, *(str(one.counts.get(kind, 0)) for kind in kinds), ", ".join(one.ids))
            for one in planned.factors
        ),
        3,
    )
    yield (
        f"Set of situations: {planned.situations[0].set}, edition {planned.situations[0].edition}. The hash at the end"
        " fixes every text; texts stand in the appendix, and every page shows with: emotionbench survey preview"
    )
    yield bullets(_details(planned, survey.attention_checks))


def texts(planned: Planned) -> Iterator[str]:
    """The situations in the first language; of many, the first of each factor."""
    chosen = planned.situations
    if len(chosen) > MOST_TEXTS:
        firsts = {one.ids[0] for one in planned.factors}
        chosen = tuple(one for one in chosen if one.id in firsts)
        yield f"The first situation of each factor, {len(chosen)} of {len(planned.situations)}:"
    yield bullets(f"{one.id} ({one.kind}): {' '.join(one.text.split())}" for one in chosen)


def _instrument(instrument: Instrument, editions: list[Instrument]) -> Iterator[str]:
    yield f"### {instrument.name} ({instrument.base})"
    scale, rule = instrument.response_scale, instrument.score
    labels = ", ".join(f"{value} = {label}" for value, label in sorted(scale.labels.items()))
    own = "; items have labels of their own" if any(item.labels for item in instrument.items) else ""
    least = f"from {rule.min_valid} answered items on, prorated" if rule.min_valid else "every item must be answered"
    times = f", times {rule.multiply}" if rule.multiply != 1 else ""
    yield bullets(
        [
            *(f"{one.language}: edition {one.edition}; {_validity(one)}" for one in editions),
            f"Source: {instrument.source}",
            f"Licence: {instrument.licence}",
            f"Instruction: “{' '.join(instrument.instructions.split())}”",
            f"{plural(instrument.n_items, 'item')}, answered from {scale.lowest} to {scale.highest}"
            f" ({labels or 'without labels'}{own})",
            f"Score: {rule.rule} of a subscale’s items{times}; {least}",
            *(["It asks about lasting dispositions, which no situation should move"] if instrument.trait else []),
        ]
    )
    yield table(
        ("subscale", "items", "reversed", "scores from", "to"),
        (_subscale(instrument, key) for key in instrument.subscales),
    )


def _validity(one: Instrument) -> str:
    return "validated" if one.validated else "**not validated**: nobody has shown that it measures what it should"


def _subscale(instrument: Instrument, key: str) -> tuple[str, ...]:
    subscale = instrument.subscales[key]
    low, high = score_range(instrument, key)
    return (subscale.name, str(len(subscale.items)), str(len(subscale.reverse)), f"{low:g}", f"{high:g}")


def _besides(planned: Planned) -> Iterator[str]:
    asked = list(asked_in_words(planned))
    yield f"about the person (each may be left out): {'; '.join(asked)}" if asked else "nothing about the person"
    if planned.survey.reflection:
        yield f"the person’s own account of the situation: “{planned.edition.pages.reflection}” (may be left out)"
    if planned.survey.attention_checks:
        yield f"{plural(planned.survey.attention_checks, 'attention check')}, see the design"
    yield "seconds on every page; with JavaScript, milliseconds to the answer of each item"


def _questions_of(instrument: Instrument, factors: tuple[FactorPlan, ...]) -> Iterator[str]:
    subscales = listed([one.name.lower() for one in instrument.subscales.values()], "or")
    evoking = [one for one in factors if EVOKING in one.counts]
    emotions = list(dict.fromkeys(one.emotion for one in evoking))
    name = instrument.base
    of_factors, of_emotions, overall = n_tested(factors)
    if evoking:
        rows = [*(["each emotion"] if of_emotions else []), *(["each of its factors"] if of_factors else [])]
        tested = f"Tested for {listed(rows)}: the mean change of its situations against 0." if rows else "Not tested."
        few = "" if of_factors else " Factors have no test, since one situation does not say how situations vary."
        yield (
            f"{name}: does reported {subscales} change from before to after imagining a situation of"
            f" {listed(emotions, 'or')}? {tested}{few}"
        )
    if overall:
        yield f"{name}: do these change over all {len(evoking)} factors together? Tested: their mean against 0."
    controls = [kind for kind in ("neutral", "positive") if any(kind in one.counts for one in factors)]
    if controls:
        yield (
            f"{name}: do these change after {listed(controls, 'or')} counterparts of these situations, and does the"
            " change after a situation differ from that after its counterpart? Tested: the mean change against 0 for"
            " each kind, and the difference scene by scene."
        )


def _details(planned: Planned, n_checks: int) -> Iterator[str]:
    survey = planned.survey
    yield f"Pages: {_pages(planned)}."
    yield (
        "Order of items: drawn anew for each situation and moment, and balanced over its people by a Williams square,"
        " so that every item comes as often in every place and, over whole walks through the square, behind every"
        " other item."
    )
    if n_checks:
        words = planned.edition.pages.check_item.format(label="…")
        yield (
            f"Attention checks: {plural(n_checks, 'instructed-response item')} a session (“{words}”), spread evenly"
            " over its questionnaires, never before the first item; places and answers are drawn from the session’s id."
        )
    else:
        yield "Attention checks: none."
    yield (
        f"Reading time: the situation’s page is taken after {survey.reading_seconds} s at the earliest."
        if survey.reading_seconds
        else "Reading time: no least time; it is recorded."
    )
    if len(planned.languages) > 1:
        yield (
            f"Languages: {listed(planned.languages)}; people choose, {planned.languages[0]} is shown first. A situation"
            " is counted apart in each language, and so are the answers (see the analysis)."
        )
    else:
        yield f"Language: {planned.languages[0]}."
    apart = [one for one in planned.instruments if planned.factors_around(one) != planned.factors]
    for one in apart:
        yield (
            f"{one.base} is put only around situations of"
            f" {listed(dict.fromkeys(factor.emotion for factor in planned.factors_around(one)))}."
        )


def _pages(planned: Planned) -> str:
    sheets = listed([one.base for one in planned.instruments])
    about = ["questions about the person"] if planned.survey.demographics else []
    account = " with the person’s own account" if planned.survey.reflection else ""
    ending = ["a pleasant scene for those who want it"] if planned.survey.positive_ending else []
    pages = ["consent", *about, f"{sheets} (before)", f"the situation{account}", f"{sheets} (after)", "debriefing"]
    return " → ".join([*pages, *ending, "completion code"])
