"""What every column of a survey's files means, in the words that people read: labels of answers, options to choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from emotionbench.comparisons.participation import RULES, UNFINISHED
from emotionbench.human.session import ABOUT, END, PLEASANT, SITUATION
from emotionbench.materials.instruments import Instrument
from emotionbench.records import AnswerStatus, Condition
from emotionbench.reports.codebook import Variable
from emotionbench.reports.survey_records import Asked, SurveyRecords
from emotionbench.survey import FULL, OUTCOMES, SCREENED_OUT

ANSWERS, PEOPLE, CHECKS = "answers", "people", "checks"
CONDITIONS = (Condition.BASELINE, Condition.EVOKED, Condition.CONTROL)
PERSON = Variable("person", "the session of one person: a hash that does not lead back to a link or a name", "text")
FREE = "in the person's own words; in CSV files with an apostrophe before =, +, - and @, which spreadsheets calculate"
NOTES = (
    "Missing is empty. Everybody who consented and did not withdraw is here, whoever the rules leave out, too: keep"
    " those whose exclusion in people is empty to analyse what was declared.",
    "What people wrote themselves can say who they are. Read it before you share these files, and think about which"
    " answers about the person are needed together.",
)


def language_variable(records: SurveyRecords) -> Variable:
    """The language that somebody took part in."""
    return Variable("language", "language of the pages that the person read", "text", values=_listed(records.languages))


def place_variables(records: SurveyRecords) -> tuple[Variable, ...]:
    """Emotion, factor and situation: what the person was given to imagine."""
    given = [one for person in records.people if (one := records.situation(person)) is not None]
    emotions = dict.fromkeys(one.emotion for one in given)
    factors = {one.factor: one.factor_name for one in sorted(given, key=lambda one: one.factor)}
    before = "; the baseline was answered before it was read"
    return (
        Variable("emotion", f"emotion that the situation is meant to evoke{before}", "text", values=_listed(emotions)),
        Variable("factor", f"id of the group of causes within the emotion{before}", "text", values=_pairs(factors)),
        Variable("situation", f"id of the situation that the person was given{before}", "text"),
    )


def answer_variables(records: SurveyRecords) -> tuple[Variable, ...]:
    """The columns of ``answers``: one row an item of every sheet that a person sent."""
    return (
        PERSON,
        language_variable(records),
        *place_variables(records),
        Variable("condition", _CONDITION, "text", values=_listed(CONDITIONS)),
        Variable("instrument", "id of the questionnaire, the same in all languages", "text", values=_families(records)),
        _edition(records),
        Variable("item", "number of the item in the instrument", "integer", values="1 and up"),
        Variable("text", "the item's words", "text"),
        Variable("position", "place at which the item was shown on its page, checks not counted", "integer"),
        Variable("value", "the answer; empty unless valid", "integer", "raw points", _labels(records.instruments)),
        Variable("status", "whether there is an answer, and why not", "text", values=_listed(AnswerStatus)),
        Variable(
            "response_ms",
            "from the display of the page to the last choice of an answer to this item; empty without a script",
            "integer",
            "milliseconds",
        ),
    )


def check_variables(records: SurveyRecords) -> tuple[Variable, ...]:
    """The columns of ``checks``: one row an attention check on a sheet that a person sent."""
    return (
        PERSON,
        Variable("condition", _CONDITION, "text", values=_listed(CONDITIONS)),
        _edition(records),
        Variable("check", "number of the check on its page", "integer", values="1 and up"),
        Variable("behind", "items shown before it on its page", "integer", values="1 and up"),
        Variable("instructed", "the answer that was to be chosen", "integer", "raw points"),
        Variable("chosen", "the answer chosen; empty where none was", "integer", "raw points"),
        Variable("passed", "whether the instructed answer was chosen", "boolean", values="true, false"),
    )


def people_variables(
    records: SurveyRecords, questions: Mapping[str, Asked], pages: Iterable[str]
) -> tuple[Variable, ...]:
    """The columns of ``people``; ``questions`` by the name of their column, ``pages`` those that anybody sent."""
    written = (
        Variable("n_words", "words of the person's own account; empty where there is none", "integer", "words"),
        Variable("account", f"what happened in the situation, {FREE}", "text"),
    )
    return (
        PERSON,
        language_variable(records),
        *(_question(name, asked) for name, asked in questions.items()),
        *place_variables(records),
        Variable("outcome", "how the session ended", "text", values=_listed((*OUTCOMES, UNFINISHED))),
        Variable("exclusion", _EXCLUSION, "text", values=_listed((UNFINISHED, SCREENED_OUT, FULL, *RULES))),
        Variable("n_failed_checks", "attention checks failed, not answered ones among them", "integer", "checks"),
        Variable("n_missing", "items left without an answer, over all sheets that were sent", "integer", "items"),
        *(Variable(seconds_name(page), _SECONDS.format(_page_in_words(page)), "number", "seconds") for page in pages),
        *(written if records.survey.reflection else ()),
    )


def seconds_name(page: str) -> str:
    """The column of the time spent on a page."""
    return f"seconds_{page.replace('-', '_')}"


def scoring(instruments: Iterable[Instrument]) -> dict[str, dict[str, object]]:
    """What it takes to score each edition: its rule, its subscales with their items, and where it comes from."""
    return {
        one.id: {
            "name": one.name,
            "edition": one.edition,
            "language": one.language,
            "validated": one.validated,
            "source": one.source,
            "licence": one.licence,
            "score": one.score.model_dump(mode="json"),
            "subscales": {key: subscale.model_dump(mode="json") for key, subscale in one.subscales.items()},
        }
        for one in instruments
    }


def scoring_in_words(one: Instrument) -> Iterator[str]:
    """A line for the rule of an edition, and one for each of its subscales."""
    rule, scale = one.score, one.response_scale
    least = f"from {rule.min_valid} valid items on, prorated" if rule.min_valid else "all items valid"
    times = f", times {rule.multiply}" if rule.multiply != 1 else ""
    reversing = f"reversed items count {scale.lowest + scale.highest} − value"
    yield f"{one.id}: {rule.rule} of a subscale's items{times}; {least}; {reversing}"
    for key, subscale in one.subscales.items():
        reverse = f"; reversed: {_numbers(subscale.reverse)}" if subscale.reverse else ""
        yield f"{one.id}, {key} ({subscale.name}): items {_numbers(subscale.items)}{reverse}"


def _edition(records: SurveyRecords) -> Variable:
    names = {one.id: one.name for one in records.instruments}
    return Variable("edition", "id of the edition that was put, in its language", "text", values=_pairs(names))


_CONDITION = (
    "baseline: before the situation was read; evoked: after it; control: after its neutral or positive counterpart"
)
_EXCLUSION = (
    "why the rules declared in the study leave the person out of every comparison, the first that applies; empty for"
    " those who stay"
)
_SECONDS = "time on a page, {}: from its first display to its being sent, pauses included; empty where it was not sent"
_PAGES = {
    ABOUT: "the questions about the person",
    SITUATION: "the situation",
    END: "the debriefing",
    PLEASANT: "the pleasant scene at the end",
}


def _page_in_words(page: str) -> str:
    moment, _, number = page.partition("-")
    return _PAGES.get(page) or f"questionnaire {number} {moment} the situation"


def _question(name: str, asked: Asked) -> Variable:
    words = _together(asked.texts)
    if asked.kind == "text":
        return Variable(name, f"“{words}”, {FREE}", "text")
    if asked.kind == "number":
        low, high = asked.bounds or (None, None)
        return Variable(name, f"“{words}”", "integer", asked.unit, "any" if low is None else f"{low} to {high}")
    options = {value: _together(texts) for value, texts in asked.options.items()}
    return Variable(name, f"“{words}”; empty where the person did not say", "text", values=_pairs(options))


def _together(texts: Mapping[str, str]) -> str:
    """The words of all languages, each once and on one line."""
    return " / ".join(dict.fromkeys(" ".join(text.split()) for text in texts.values()))


def _labels(instruments: Iterable[Instrument]) -> str:
    """The response labels of every edition: ``PANAS: 1 = very slightly or not at all, …``."""
    return "; ".join(text for one in instruments for text in _labels_of(one))


def _labels_of(one: Instrument) -> Iterator[str]:
    scale = one.response_scale
    shared = {value: scale.labels.get(value, "") for value in range(scale.lowest, scale.highest + 1)}
    items = [(number, item.labels) for number, item in enumerate(one.items, 1)]
    if any(labels is None for _, labels in items):
        yield f"{one.id}: {_values(shared)}"
    own = [(number, labels) for number, labels in items if labels is not None]
    for said, group in groupby(own, key=lambda pair: _values(pair[1])):
        numbers = [number for number, _ in group]
        yield f"{one.id} item {_numbers(numbers)}: {said}"


def _values(labels: Mapping[int, str]) -> str:
    return ", ".join(f"{value} = {label}" if label else str(value) for value, label in sorted(labels.items()))


def _families(records: SurveyRecords) -> str:
    return _listed(dict.fromkeys(one.base for one in records.instruments))


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))


def _pairs(texts: Mapping[str, str]) -> str:
    return "; ".join(f"{key} = {text}" for key, text in texts.items())
