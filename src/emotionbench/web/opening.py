"""Opening a survey: its study and materials into the store, so that people's answers have something to refer to."""

from __future__ import annotations

from datetime import UTC, datetime

import emotionbench
from emotionbench.documents import canonical_json
from emotionbench.errors import StudyError
from emotionbench.human.study import HumanStudy
from emotionbench.store import Store, writing
from emotionbench.web.retention import versions


def open_survey(store: Store, study: HumanStudy) -> None:
    """Keep what people are put, and the rules declared for them; a second time changes nothing."""
    writing.save_materials(store, study.documents)
    writing.save_respondents(store, [study.respondent])
    instruments = max(len(edition.put) for edition in study.editions.values())
    row = {
        "hash": study.hash,
        "name": study.name,
        "spec": canonical_json(study.spec),
        "n_administrations": (study.survey.collection.n or 0) * 2 * instruments,
        "package_version": emotionbench.__version__,
        "created_at": now_in_words(),
    }
    writing.save_study(store, row)


def check_unchanged(store: Store, study: HumanStudy) -> None:
    """Raise a StudyError where the store has people of a study of this name that asks something else."""
    taken_part_in = [version.hash for version in versions(store, study.name)]
    if taken_part_in and study.hash not in taken_part_in:
        raise StudyError(
            f"{study.name!r}, or emotionbench, was changed after people took part in it: their links would end",
            where="survey",
            fix="restore the study file, or give the changed study another name (collection may change at any time)",
        )


def now_in_words() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
