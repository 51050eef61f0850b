"""The part of a pre-registration that says how answers will be analysed, and how precise the outcome can be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from emotionbench.comparisons.alignment import SHARE_OF_SD
from emotionbench.comparisons.human_precision import Expected, Spread, expected_widths, spread_of
from emotionbench.comparisons.inference import Inference
from emotionbench.comparisons.people import people_of
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.norms import Norm
from emotionbench.reports.citations import CITATIONS, cited
from emotionbench.reports.phrases import count, listed, number, plural
from emotionbench.reports.preregistration_plan import (
    EVOKING,
    FactorPlan,
    Planned,
    bullets,
    n_tested,
    n_tested_together,
    table,
)

WITHOUT_NUMBER = (5.0, 10.0, 20.0)
"""People a situation that are shown where no number is set."""
ROWS = {"factor": "a factor", "emotion": "an emotion", "overall": "overall"}
CITED = ("satterthwaite", "holm", "bh", "steiger", "schuirmann", "cohen", "williams", "emotionbench")
WORKS = (
    "Searle, S. R., Casella, G., & McCulloch, C. E. (1992). Variance Components. Wiley.",
    "Johnson, N. L., & Welch, B. L. (1940). Applications of the non-central t-distribution. Biometrika, 31, 362–389.",
)


def missing(planned: Planned) -> Iterator[str]:
    """What becomes of answers that are not there."""
    yield (
        "Whoever leaves lines of a questionnaire out is asked for them once, and can then go on without. Nothing is"
        " imputed beyond the instrument’s own rule of scoring (see the measures): without a score before or after on a"
        " subscale a person has no change there and is not in its means, and is counted as incomplete; on other"
        " subscales the person stays. Pages that were not sent are not used."
    )
    if planned.survey.demographics:
        yield "Questions about the person that are left out stay empty; no analysis here depends on them."


def analysis(planned: Planned) -> Iterator[str]:
    """Units, contrasts, tests, families, effect sizes, margin."""
    alpha = Inference().alpha
    yield bullets(_contrasts(planned))
    yield (
        f"Test: Student’s t of the mean change against 0, two-sided, with the degrees of freedom above; α = {alpha:g}"
        f" after {cited('holm')} within a family (the p of {cited('bh')} is reported beside it). Each family is kept at"
        " α by itself, all of them together are not. Families:"
    )
    yield bullets(line for one in planned.instruments for line in _families(one, planned))
    yield bullets(_estimates())
    yield bullets(_others(planned))


def precision(planned: Planned, norms: Sequence[Norm]) -> Iterator[str]:
    """The half-widths to be expected, instrument by instrument."""
    yield (
        "What is planned is the width of intervals, not power: for each subscale the mean half-width of the 95 %"
        " interval of the change, over studies of this design."
    )
    is_explained = False
    for instrument in planned.instruments:
        norm = next((one for one in norms if one.instrument == instrument.base), None)
        factors = {one.id: one for one in planned.factors_around(instrument) if EVOKING in one.counts}
        spreads = _spreads(norm, instrument)
        yield f"### {instrument.name} ({instrument.base})"
        if norm is None or not spreads or not factors:
            yield _no_figure(instrument, norm, has_factors=bool(factors))
            continue
        if not is_explained:
            yield from _formula()
            is_explained = True
        yield from _of_norm(norm, spreads, instrument)
        yield from _widths(planned, spreads, factors)
    if any(one.kind != EVOKING for one in planned.situations):
        yield "No norm says how people vary after neutral or positive situations: no figure is given for counterparts."


def references() -> str:
    """The works that the analysis and the precision rest on."""
    return bullets(sorted([*(CITATIONS[key][1] for key in CITED), *WORKS]))


def _contrasts(planned: Planned) -> Iterator[str]:
    yield "A person’s change is the score after less the score before, on each subscale."
    yield (
        "The unit is the situation: its change is the mean over the people who imagined it and stay. People of one"
        " situation are not independent observations of its emotion."
    )
    yield "A factor’s change is the mean over its situations; an emotion’s that over its factors, each counted once."
    if len({one.emotion for one in planned.factors}) > 1:
        yield "The overall change is the mean over all factors, each counted once: emotions of more factors weigh more."
    yield (
        "Factors are fixed, situations are drawn from all that a factor could have. How situations vary within factors"
        " is pooled within an emotion; over several emotions degrees of freedom are those of"
        f" {cited('satterthwaite')}. Where an emotion has one situation a factor only, all situations of a row count"
        " as one stratum, which makes its interval too wide rather than too narrow, and a factor has no interval."
    )


def _families(instrument: Instrument, planned: Planned) -> Iterator[str]:
    factors, n_subscales = planned.factors_around(instrument), len(instrument.subscales)
    kinds = dict.fromkeys(kind for one in factors for kind in one.counts if kind != EVOKING)
    names = ("factors", "emotions", "overall")
    sizes = dict(zip(names, n_tested(factors), strict=True))
    # the counterparts of a kind are one row over all factors
    sizes["counterparts"] = sum(n_tested_together(factors, kind) for kind in kinds)
    told = [f"{name}: {plural(n * n_subscales, 'test')}" for name, n in sizes.items() if n]
    apart = ", each language by itself" if len(planned.languages) > 1 else ""
    yield f"{instrument.base} (rows × {plural(n_subscales, 'subscale')}{apart}): {'; '.join(told) or 'no test'}"


def _estimates() -> Iterator[str]:
    yield "Intervals are of 95 %, in raw points, and not adjusted for the number of tests."
    yield (
        "Effect sizes: d_z (mean change / SD of the situations’ changes within factors) and d_av (mean change / mean SD"
        f" of the situations before and after), signed, with noncentral-t intervals (after {cited('steiger')})."
    )
    yield (
        "No difference is not concluded from a test that is not significant. Where other respondents are compared with"
        " these people, the gap (their change − people’s) has an interval, and they count as equivalent where two"
        f" one-sided tests ({cited('schuirmann')}) at .05 put the gap within ± {SHARE_OF_SD:g} standard deviations of"
        f" people’s change (a convention after {cited('cohen')})."
    )


def _others(planned: Planned) -> Iterator[str]:
    if len(planned.languages) > 1:
        yield (
            "Each language is analysed by itself, with families of its own; a norm made of these people (survey norm)"
            " pools them."
        )
    kinds = {kind for one in planned.situations for kind in [one.kind]} - {EVOKING}
    if kinds:
        yield (
            "Manipulation check: the change after a situation less that after its counterpart, scene by scene, between"
            " the people of the one and of the other."
        )
    yield (
        "Exploratory, unless it is written in here: everything else that the report shows (response style,"
        " reliability, agreement over factors, specificity), and all analyses by answers about the person."
    )
    yield "Software: emotionbench, the version below; formulas in docs/statistics.md."


def _spreads(norm: Norm | None, instrument: Instrument) -> dict[str, Spread]:
    found = {key: spread_of(norm, key) for key in instrument.subscales} if norm else {}
    return {key: spread for key, spread in found.items() if spread is not None}


def _no_figure(instrument: Instrument, norm: Norm | None, *, has_factors: bool) -> str:
    if not has_factors:
        return "It is put around no evoking situation, so that there is no change of a factor to be precise about."
    if norm is None:
        return (
            f"No norm says how people’s change on {instrument.base} varies, so that no half-width can be expected for"
            " it. A pilot of this study can: emotionbench survey norm, then plan-precision."
        )
    return f"The norm {norm.name} cannot tell how situations vary, so that no half-width can be expected."


def _formula() -> Iterator[str]:
    yield (
        "Formula: the mean change of a situation with n people has the variance σ²_situation + σ²_person / n around its"
        " factor’s. A row over F factors with k situations each has SE² = Σ (σ²_situation + σ²_person / n) / (k F²),"
        " and its interval’s half-width is on average t(.975; df) · c₄(df) · SE, df = Σ (k − 1) over the factors of the"
        " emotion, c₄ the mean of an estimated SD in true SDs (Johnson & Welch, 1940). Over several emotions, and where"
        " there is one situation a factor, the mean is taken over seeded draws of the variances (there with the spread"
        " of factors, as the analysis has it). It agrees with simulated studies within Monte Carlo error."
    )


def _of_norm(norm: Norm, spreads: dict[str, Spread], instrument: Instrument) -> Iterator[str]:
    one = next(iter(spreads.values()))
    yield (
        f"How people vary is taken from {norm.name} (n = {count(one.n_people)} people, {one.n_situations} situations,"
        f" {one.n_factors} factors; {norm.source}), by analysis of variance (Searle et al., 1992). **It is supposed"
        " that the people, situations and language of this study vary as those did**; they read other texts"
        f"{_other_words(instrument)}."
    )
    yield table(
        ("SD of the change, raw points", "people of a situation", "situations of a factor", "factors of an emotion"),
        (
            (instrument.subscales[key].name, number(s.person, 2), number(s.situation, 2), number(s.factor, 2))
            for key, s in spreads.items()
        ),
    )
    margins = {key: people_of(norm).change_sd(key) for key in spreads}
    known = [
        f"± {SHARE_OF_SD * sd:.1f} ({instrument.subscales[key].name.lower()})" for key, sd in margins.items() if sd
    ]
    if known:
        yield f"To compare with: half an SD of the norm’s persons’ change is {listed(known)}."


def _other_words(instrument: Instrument) -> str:
    return "" if instrument.family is None else f", and answered {instrument.family} in its first language"


def _widths(planned: Planned, spreads: dict[str, Spread], factors: dict[str, FactorPlan]) -> Iterator[str]:
    designed = {key: (one.emotion, one.counts[EVOKING]) for key, one in factors.items()}
    people = _columns(planned)
    found = {key: expected_widths(spread, designed, [n for _, n in people]) for key, spread in spreads.items()}
    rows = [
        (f"{key}, {ROWS[row]}", *(_width(one) for one in widths if one.row == row))
        for key, widths in found.items()
        for row in dict.fromkeys(one.row for one in widths)
    ]
    yield _read_as(planned, factors)
    yield table(("half-width, raw points", *(name for name, _ in people)), rows)
    yield from _width_notes([one for widths in found.values() for one in widths])


def _columns(planned: Planned) -> list[tuple[str, float]]:
    """The numbers of people a situation that are shown, by their heading."""
    endless = ("any number", math.inf)
    n = planned.per_situation
    if n is None:
        return [*((f"{each:g} people", each) for each in WITHOUT_NUMBER), endless]
    numbers = {"half of it": n / 2, "as planned": n, "twice": 2 * n}
    return [*((f"{round(each, 1):g} people ({name})", each) for name, each in numbers.items()), endless]


def _read_as(planned: Planned, factors: dict[str, FactorPlan]) -> str:
    counts = sorted({one.counts[EVOKING] for one in factors.values()})
    situations = listed([str(n) for n in counts], "or")
    what = (
        "people a situation who stay (no number is set)"
        if planned.per_situation is None
        else "people a situation who stay; the planned number supposes that nobody is left out"
    )
    languages = len(planned.languages)
    apart = (
        f" The number is spread evenly over {languages} languages, each analysed by itself." if languages > 1 else ""
    )
    many = f"{situations} situation{'' if counts == [1] else 's'} each"
    return f"{plural(len(factors), 'factor')} with {many}. Columns: {what}.{apart}"


def _width(one: Expected) -> str:
    if one.least is None or one.most is None:
        return "–"
    least, most = number(one.least), number(one.most)
    return f"± {most}" if least == most else f"± {least} to {most}"


def _width_notes(found: Sequence[Expected]) -> Iterator[str]:
    notes = (
        ["A range is that of the rows: those of fewer situations have the wider intervals."]
        if any(one.least is not None and number(one.least) != number(one.most or 0) for one in found)
        else []
    )
    reasons = sorted({one.why for one in found if one.why})
    notes += [f"–: {reason}. Two situations a factor or more would give an interval." for reason in reasons]
    if any(not one.is_pooled and one.most is not None for one in found):
        notes.append(
            "With one situation a factor the spread of factors widens the intervals of emotions and overall; more"
            " situations a factor would narrow them more than more people."
        )
    notes.append(
        "The last column is what more people of the same situations could reach at best: beyond it only more situations"
        " help."
    )
    yield bullets(notes)
