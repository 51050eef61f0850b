"""Study files of surveys for tests: small, quick to go through, in English or in several of four languages."""

from __future__ import annotations

from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from emotionbench.documents import parse_document
from emotionbench.errors import StudyError
from emotionbench.human.study import HumanStudy, human_study
from emotionbench.study import Study
from emotionbench.survey import Survey

FILE = "study.yaml"
STUDY: dict[str, Any] = {
    "name": "feelings",
    "respondents": ["lexicon"],
    "instruments": ["PANAS"],
    "emotions": ["anger", "fear"],
    "situations_per_factor": 1,
    "design": "paired",
    "seed": 7,
}
SURVEY: dict[str, Any] = {
    "demographics": ["age", "gender", "education", "country"],
    "screening": {"age": {"lowest": 18}},
    "reading_seconds": 1,
    "reflection": True,
    "attention_checks": 1,
    "exclusions": {"failed_checks": 1},
    "collection": {"n": 400},
}
TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "title": "How situations feel",
        "consent": "We study how imagined situations feel. It takes about ten minutes.",
        "contact": "Dr. A. Example, University of Example, example@example.org",
        "debriefing": "We compare people's answers with those of language models.",
        "support": "Telephone counselling",
    },
    "ar": {
        "title": "كيف نشعر في المواقف",
        "consent": "ندرس كيف يشعر الناس في مواقف متخيلة. يستغرق ذلك نحو عشر دقائق.",
        "contact": "د. أ. مثال، جامعة المثال، example@example.org",
        "debriefing": "نقارن إجابات الناس بإجابات النماذج اللغوية.",
        "support": "الإرشاد عبر الهاتف",
    },
    "ja": {
        "title": "状況の中で感じること",
        "consent": "想像した状況で人がどう感じるかを調べています。所要時間は十分ほどです。",
        "contact": "見本大学 見本太郎 example@example.org",
        "debriefing": "人の回答と言語モデルの回答を比べています。",
        "support": "電話相談",
    },
    "de": {
        "title": "Wie sich Situationen anfühlen",
        "consent": "Wir untersuchen, wie sich vorgestellte Situationen anfühlen. Es dauert etwa zehn Minuten.",
        "contact": "Dr. A. Beispiel, Universität Beispiel, example@example.org",
        "debriefing": "Wir vergleichen die Antworten von Menschen mit denen von Sprachmodellen.",
        "support": "Telefonseelsorge",
    },
}
REACH = "116 123"


def english(**changes: Any) -> str:
    """The file of a survey in English alone, without a choice of language.

    ``changes`` are by the names of fields, those of ``Study`` and those of ``Survey`` alike. A dictionary is merged
    into what is there, ``None`` takes a field out, anything else takes the place of what is there:
    ``english(seed=8, reading_seconds=0, collection={"closes": "2031-05-01"}, screening=None)``.
    """
    texts = dict(TEXTS["en"])
    support = [{"name": texts.pop("support"), "reach": REACH}]
    return _written({**texts, "support": support}, changes)


def in_languages(*languages: str, **changes: Any) -> str:
    """The file of a survey in several of the languages of ``TEXTS``; the first is the one that people see at first."""
    names = ("title", "consent", "contact", "debriefing", "support")
    texts: dict[str, Any] = {name: {language: TEXTS[language][name] for language in languages} for name in names}
    support = [{"name": texts.pop("support"), "reach": REACH}]
    return _written({**texts, "support": support, "languages": list(languages)}, changes)


def read(text: str) -> Study:
    """The study in a file with this text."""
    return parse_document(text, Study, StudyError, where=FILE)


def human(text: str) -> HumanStudy:
    """The study as people take part in it."""
    return human_study(read(text))


def line_of(text: str, part: str) -> int:
    """The number, from 1, of the first line of a file that holds ``part``."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def _written(texts: dict[str, Any], changes: dict[str, Any]) -> str:
    of_survey = {name: changes[name] for name in changes if name in Survey.model_fields}
    of_study = {name: changes[name] for name in changes if name not in of_survey}
    content = {**_merged(STUDY, of_study), "survey": _merged({**texts, **SURVEY}, of_survey)}
    out = StringIO()
    yaml = YAML()
    yaml.width = 10_000
    yaml.dump(content, out)
    return out.getvalue()


def _merged(own: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    found = dict(own)
    for name, value in changes.items():
        before = found.get(name)
        found[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return {name: value for name, value in found.items() if value is not None}
