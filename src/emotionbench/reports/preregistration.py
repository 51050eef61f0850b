"""The pre-registration of a study with people, written from its spec, in the order of the usual templates.

It says what the pages and the analysis will do, in the words of the study and from the code's own rules; what the
study cannot know is left to be filled in, and marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import emotionbench
from emotionbench.human.study import HumanStudy
from emotionbench.materials.norms import Norm
from emotionbench.reports import preregistration_analysis as how
from emotionbench.reports import preregistration_measures as what
from emotionbench.reports import preregistration_people as who
from emotionbench.reports.preregistration_plan import TO_FILL_IN, Planned, bullets

LEAD = (
    "Written by emotionbench {version} from the study file. Each heading names the question of AsPredicted that it"
    " answers (A1 to A8) and the part of the OSF template. What the study file cannot know is marked {mark}."
)


def preregistration(study: HumanStudy, norms: Sequence[Norm] = (), *, n: int | None = None) -> str:
    """The text as Markdown; ``n`` completed sessions in place of the study's own number.

    ``norms`` of change, from which the precision is computed; the first that fits an instrument counts.
    """
    planned = Planned(study, n)
    sections: tuple[tuple[str, Callable[[], Iterator[str]]], ...] = (
        ("Before anything (A1; OSF: existing data)", _before),
        ("What is measured (A3; OSF: variables)", lambda: what.measures(planned)),
        ("Questions (A2; OSF: hypotheses)", lambda: what.questions(planned)),
        ("Design (A4; OSF: design plan)", lambda: what.design(planned)),
        ("How many people, and when it stops (A7; OSF: sampling plan)", lambda: who.numbers(planned)),
        ("Who takes part (OSF: data collection procedures)", lambda: who.people(planned)),
        ("Consent, care and privacy", lambda: who.care(planned)),
        ("Who is left out (A6; OSF: data exclusion)", lambda: who.exclusions(planned)),
        ("Missing answers (OSF: missing data)", lambda: how.missing(planned)),
        ("Analysis (A5; OSF: analysis plan)", lambda: how.analysis(planned)),
        ("Precision (A7; OSF: sample size rationale)", lambda: how.precision(planned, norms)),
        ("To do it again (A8)", lambda: _again(planned)),
        ("Appendix: what people read", lambda: what.texts(planned)),
    )
    lead = LEAD.format(version=emotionbench.__version__, mark=TO_FILL_IN)
    blocks = [f"# Pre-registration: {planned.words(planned.survey.title)} ({study.name})", lead]
    for place, (heading, write) in enumerate(sections, 1):
        blocks += [f"## {place}. {heading}", *write()]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _before() -> Iterator[str]:
    yield bullets(
        [
            f"Authors: {TO_FILL_IN}",
            f"Answers collected before this was registered (none, or which and who saw them): {TO_FILL_IN}",
        ]
    )


def _again(planned: Planned) -> Iterator[str]:
    study = planned.study
    yield bullets(
        [
            f"Study “{study.name}”, SHA-256 `{study.hash}`: everything that people are put and asked, and the rules"
            " by which they are left out; how they are recruited (numbers, dates, links) is not part of it.",
            f"emotionbench {emotionbench.__version__}",
            f"Seed {study.study.seed}: orders of items and ties of the allocation; places of attention checks follow"
            " from the session’s id.",
            *([f"Numbers here are for {planned.n} completed sessions, as given on writing."] if planned.n else []),
        ]
    )
    yield "Works:"
    yield how.references()
