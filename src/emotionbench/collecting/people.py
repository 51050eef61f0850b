"""The people of a store's surveys: who took part, and whom the rules of their study leave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from emotionbench.comparisons.participation import Participation, participation
from emotionbench.errors import StoreError
from emotionbench.human.facts import excluded
from emotionbench.records import Respondent
from emotionbench.store import sessions
from emotionbench.store.sessions import Session, Survey
from emotionbench.survey import Exclusions


@dataclass(frozen=True)
class TakenPart:
    """Why sessions are left out, by session; and each study's people in numbers."""

    reasons: Mapping[str, str]
    participations: tuple[Participation, ...]


def taken_part(connection: Connection, respondents: Mapping[str, Respondent]) -> TakenPart:
    """Judge everybody by the rules of their own study.

    ``respondents`` are those of the store by label. A StoreError where the rules of a study cannot be read.
    """
    surveys = sessions.surveys(connection)
    if not surveys:
        return TakenPart({}, ())
    labels = {str(one.settings.get("survey")): label for label, one in respondents.items()}
    people = sessions.sessions(connection)
    judged = [_judged(survey, people.get(survey.hash, ())) for survey in surveys]
    reasons = {session: why for of_study in judged for session, why in of_study.items() if why is not None}
    found = [
        _participation(survey, people.get(survey.hash, ()), labels.get(survey.hash, survey.name), of_study)
        for survey, of_study in zip(surveys, judged, strict=True)
    ]
    return TakenPart(reasons, tuple(found))


def _judged(survey: Survey, people: Sequence[Session]) -> dict[str, str | None]:
    rules = _rules(survey)
    return {one.session: excluded(rules, one.outcome, one.pages) for one in people}


def _participation(
    survey: Survey, people: Sequence[Session], label: str, judged: Mapping[str, str | None]
) -> Participation:
    return participation(
        respondent=label,
        study=survey.name,
        rules=_rules(survey),
        screens=bool(_survey(survey).get("screening")),
        n_finished=sum(one.outcome is not None for one in people),
        reasons=list(judged.values()),
        departures=survey.departures,
    )


def _rules(survey: Survey) -> Exclusions:
    try:
        return Exclusions.model_validate(_survey(survey).get("exclusions", {}))
    except ValidationError as problem:
        raise StoreError(
            f"the exclusion rules of study {survey.name!r} cannot be read: {problem.errors()[0]['msg']}",
            where=f"study {survey.hash[:12]}",
            fix="use the version of emotionbench that collected it, or a newer one",
        ) from None


def _survey(survey: Survey) -> dict[str, Any]:
    found: dict[str, Any] = survey.spec.get("survey") or {}
    return found
