"""Looking over a deployment before people come: the study, the secret, the store, backups, and the way in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from emotionbench.errors import EmotionBenchError
from emotionbench.human.study import HumanStudy, human_study
from emotionbench.study import read_study
from emotionbench.survey import COMPLETE, FAILED_CHECKS, SCREENED_OUT, Exclusions, Outcome, Survey
from emotionbench.web.doctor_files import backup_checkups
from emotionbench.web.doctor_site import site_checkups
from emotionbench.web.doctor_store import store_checkups
from emotionbench.web.doctor_words import Checkup, fine, in_all_languages, problem, warning
from emotionbench.web.serving import MAKE_SECRET, SECRET
from emotionbench.web.tokens import LEAST_SECRET

OF_AGE = 18
FEWEST_LETTERS = 9
"""Different characters in a secret; one of 32 random hexadecimal digits has fewer than this once in 10,000."""
OF_EXAMPLES = ("secret", "change", "replace", "example", "password", "emotionbench", "0123456789", "abcdefgh")
PLACEHOLDER = re.compile(r"example\.(?:com|org|net|edu)\b|\bof example\b|\bTODO\b|\bFIXME\b|lorem ipsum", re.IGNORECASE)
REACHES = re.compile(r"\S@\S|https?://|\d(?:[\s()/-]*\d){2}")


@dataclass(frozen=True)
class Deployment:
    """What is looked over: a study file, its store, the address that people see, and where backups lie.

    ``secret`` is what links are signed with; it is never shown.
    """

    study_file: Path
    store: str
    url: str
    backups: Path | None = None
    secret: str = field(default="", repr=False)


def examine(deployment: Deployment, now: float) -> list[Checkup]:
    """Look at everything, and go on where something is amiss; ``now`` in seconds since 1970 UTC. Nothing is changed."""
    found: list[Checkup] = []
    study: HumanStudy | None = None
    try:
        study = human_study(read_study(deployment.study_file))
    except EmotionBenchError as fault:
        found.append(problem("study", f"{fault.where}: {fault.what}" if fault.where else fault.what, fault.fix or ""))
    else:
        found += study_checkups(study, now)
    found.append(secret_checkup(deployment.secret))
    found += store_checkups(deployment.store, study, now)
    found += backup_checkups(deployment.backups, now)
    found += asyncio.run(site_checkups(deployment.url, study))
    return found


def study_checkups(study: HumanStudy, now: float) -> Iterator[Checkup]:
    """What the study file says, and leaves out, that people should be able to count on."""
    survey = study.survey
    yield fine("study", f"{study.name}: everything is there in {', '.join(study.editions)}")
    yield from _not_validated(study)
    yield _contact(survey)
    yield _support(survey)
    yield _closing(survey, datetime.fromtimestamp(now, UTC).date().isoformat())
    yield _minors(survey)
    yield _exclusions(survey.exclusions)
    if survey.collection.panel:
        yield _completion(survey)


def _not_validated(study: HumanStudy) -> Iterator[Checkup]:
    put = (one for edition in study.editions.values() for one, _ in edition.put)
    names = sorted({instrument.id for instrument in put if not instrument.validated})
    if names:
        yield warning(
            "instruments",
            f"not validated: {', '.join(names)}",
            "add a validated edition (docs/asking.md), or say in every publication that it is none",
        )


def _contact(survey: Survey) -> Checkup:
    texts = in_all_languages(survey.contact)
    fix = "name in 'contact' who is responsible, with what reaches them"
    if any(PLACEHOLDER.search(text) for text in texts):
        return problem("contact", "is still that of an example", fix)
    if not all(REACHES.search(text) for text in texts):
        return warning("contact", "has no address, telephone number or page", fix)
    return fine("contact", "says who is responsible and how to reach them")


def _support(survey: Survey) -> Checkup:
    fix = "name in 'support' people who listen to those who take part, in their country and language"
    if any(PLACEHOLDER.search(text) for one in survey.support for text in (*in_all_languages(one.name), one.reach)):
        return problem("support", "is still that of an example", fix)
    if not all(REACHES.search(one.reach) for one in survey.support):
        return warning("support", "has an entry without an address, telephone number or page", fix)
    return fine("support", f"{len(survey.support)} to turn to; call them yourself before you start")


def _closing(survey: Survey, today: str) -> Checkup:
    collection = survey.collection
    if collection.closes is not None and collection.closes < today:
        return problem("end", f"the study closed on {collection.closes}", "set another day in 'closes'")
    if collection.closes is None:
        how = "when its number is reached" if collection.n else "never"
        return warning("end", f"the study ends {how}, with no last day", "set the last day in 'closes'")
    return fine(
        "end", f"open until {collection.closes} (UTC)" + (f", or {collection.n} people" if collection.n else "")
    )


def _minors(survey: Survey) -> Checkup:
    rule = survey.screening.get("age")
    fix = f"ask for it and screen: demographics: [age], screening: {{age: {{lowest: {OF_AGE}}}}}"
    if rule is None or rule.lowest is None:
        return warning("minors", "nobody is asked for being of age", fix)
    if rule.lowest < OF_AGE:
        return warning(
            "minors", f"takes people of {rule.lowest} and older", "have the consent of parents, and your board's"
        )
    return fine("minors", f"takes nobody under {rule.lowest}")


def _exclusions(rules: Exclusions) -> Checkup:
    declared = [name for name, value in rules.model_dump().items() if value]
    if not declared:
        return warning("exclusions", "none are declared", "declare them before you start, or that there are none")
    return fine("exclusions", f"declared: {', '.join(declared)}")


def _completion(survey: Survey) -> Checkup:
    collection = survey.collection
    possible: dict[Outcome, bool] = {
        COMPLETE: True,
        SCREENED_OUT: bool(survey.screening),
        FAILED_CHECKS: survey.exclusions.failed_checks is not None,
    }
    lacking = [
        outcome
        for outcome, can_be in possible.items()
        if can_be and not ((found := collection.completion.get(outcome)) is not None and (found.code or found.redirect))
    ]
    if lacking:
        return problem(
            "panel",
            f"{collection.panel} would not learn of: {', '.join(lacking)}",
            "give each a code or a redirect in 'completion'",
        )
    return fine("panel", f"{collection.panel} has a code or a way back for every outcome")


def secret_checkup(secret: str) -> Checkup:
    """Whether the secret can be guessed; it is not repeated."""
    fix = f"make one once, and keep it: {MAKE_SECRET}"
    if not secret:
        return problem("secret", f"{SECRET} is not set", fix)
    if len(secret) < LEAST_SECRET:
        return problem("secret", f"{SECRET} is shorter than {LEAST_SECRET} characters", fix)
    if len(set(secret)) < FEWEST_LETTERS or any(word in secret.casefold() for word in OF_EXAMPLES):
        return problem("secret", f"{SECRET} looks like an example, or like something that can be guessed", fix)
    return fine("secret", f"{SECRET} is set and long enough")
