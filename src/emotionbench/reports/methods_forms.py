"""What the methods say of norms, indirect questionnaires, calm, the ways of asking, and probes: formulas in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emotionbench.reports.contents import Report
from emotionbench.reports.tables.indirect import indirect_blocks


@dataclass(frozen=True)
class Passage:
    """Sentences with the keys of the works that they cite, where ``holds`` says that a report has need of them."""

    holds: Callable[[Report], bool]
    sentences: tuple[tuple[str, tuple[str, ...]], ...]


NORMS = Passage(
    lambda report: bool(report.extras.norms),
    (
        (
            "Scores before imagining were set beside norms of people, of which mean, SD and n are known, as"
            " PsychoBench does ({psychobench}): respondent − people, by Welch’s t from these figures ({welch}), p"
            " adjusted by Holm ({holm}) over the subscales of a group.",
            ("psychobench", "welch", "holm"),
        ),
        (
            "Hedges’ g is by the average of both variances ({hedges}); the distance in SDs of people is Glass’s Δ"
            " ({glass}); the percentile is where the respondent’s mean would lie among people whose scores are"
            " normal with the norm’s mean and SD.",
            ("hedges", "glass"),
        ),
        (
            "The unit on the respondent’s side is the administration, so that intervals say how sure its own mean"
            " is; its administrations are not persons.",
            (),
        ),
    ),
)
INDIRECT = Passage(
    lambda report: bool(indirect_blocks(report.findings)),
    (
        (
            "Questionnaires that do not name the feeling were put before and after the situations of their own"
            " emotion only, paired as in the original ({emotionbench}); changes and tests are as above, p adjusted"
            " within a questionnaire.",
            ("emotionbench",),
        ),
    ),
)
CALM = Passage(
    lambda report: bool(report.findings.calm),
    (
        (
            "Manipulation check: the change after a situation less that after its neutral or positive counterpart,"
            " scene by scene. Recovery: within one conversation the evoked change less what is left of it after a"
            " calming message; the share undone is 1 − left / evoked, its interval Fieller’s ({fieller}), and none"
            " is given where the evoked change is not told apart from none. A persona’s effect is the change under"
            " it less that without, situation by situation. p adjusted by Holm’s method ({holm}).",
            ("fieller", "holm"),
        ),
    ),
)
WAYS = Passage(
    lambda report: bool(report.extras.ways),
    (
        (
            "A form is one combination of the ways of asking, as in the study of scales’ reliability ({forms}); its"
            " repeats are not independent of each other. The variance of single scores was split by a linear model"
            " of the ways’ main effects, sums of squares of type II ({langsrud}); what is left was split into what"
            " forms differ by beyond the ways and, where forms were repeated, what repeats of one form differ by.",
            ("forms", "langsrud"),
        ),
        (
            "ω² = (SS − df × MS of forms) / (SS total + MS of forms), 0 rather than less; its interval joins the"
            " limits of the noncentral F of the term with those of all others ({donner}; {steiger}).",
            ("donner", "steiger"),
        ),
        (
            "Levels were compared form by form, adjusted for the other ways, with HC2 errors ({mackinnon}) and the"
            " degrees of freedom for such errors ({bell}); p adjusted by Holm. The gap of a way lies between its"
            " highest and its lowest level, its interval from those of all pairs together. What matters is half an"
            " SD of people where there is a norm, else 10 % of the range.",
            ("mackinnon", "bell"),
        ),
        (
            "Answers that flip: pairs of answers to one item that differ, with intervals over groups of"
            " administrations as clusters ({cochran}), beside what chance would do ({scott}).",
            ("cochran", "scott"),
        ),
        (
            "In the picture scores are taken to their ranges and projected on two components of the corners of all"
            " possible scores, in which every subscale has a direction of its own and the same weight; outliers are"
            " DBSCAN’s noise ({ester}), with a radius of 7.5 % of the range and 0.8 % of the forms, at least four,"
            " as neighbours.",
            ("ester",),
        ),
    ),
)
POSITION = Passage(
    lambda report: bool(report.extras.probes.positions),
    (
        (
            "Option position: the same form was put with its options listed both ways; who goes by what options say"
            " chooses places that average 0.5 over both, and the unit is the administration.",
            (),
        ),
    ),
)
ACQUIESCENCE = Passage(
    lambda report: any(one.subscale is not None for one in report.extras.probes.acquiescences),
    (
        (
            "Acquiescence: the mean of keyed and of reverse-keyed items, each counted half, less the middle of the"
            " response scale.",
            (),
        ),
    ),
)
DESIRABILITY = Passage(
    lambda report: bool(report.extras.probes.desirabilities),
    (
        (
            "Social desirability: the slope of mean scores on log₂ of the number of items shown at once ({salecha}).",
            ("salecha",),
        ),
    ),
)
CONTAMINATION = Passage(
    lambda report: bool(report.extras.probes.recitations),
    (
        (
            "Contamination: items, keys, situations and target scores were asked for from memory; what is recalled"
            " of published texts less what is recalled of unpublished ones, tested by exchange of units, p adjusted"
            " by Holm’s method ({holm}).",
            ("holm",),
        ),
    ),
)
PROBABILITIES = Passage(
    lambda report: bool(report.findings.masses),
    (
        (
            "Answers were not drawn where the probability of each was read: tokens that spell the same answer were"
            " added up, and divided by their sum over the allowed answers, the mass. Scores are expectations, and the"
            " variance of drawn ones is the sum of the items’ variances, which are drawn independently of each other"
            " given their conversation. Items of which more than 5 % could belong to other answers than those read"
            " have no distribution.",
            (),
        ),
    ),
)
PROBES = (POSITION, ACQUIESCENCE, DESIRABILITY, CONTAMINATION)
