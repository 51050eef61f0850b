"""The part of a pre-registration about people: how many, who, what is done for them, and who is left out."""

from __future__ import annotations

from collections.abc import Iterator

from emotionbench.reports.phrases import count, listed, plural
from emotionbench.reports.preregistration_plan import EVOKING, TO_FILL_IN, Planned, bullets, quoted
from emotionbench.survey import Eligibility, Exclusions


def numbers(planned: Planned) -> Iterator[str]:
    """How many people, and when collecting stops."""
    collection = planned.survey.collection
    rules = list(_stopping(planned))
    if rules:
        yield bullets(rules)
        yield (
            "What comes first ends the collection. The rule counts sessions and never looks at how anybody feels. A"
            " completed session is one that came to its end and, where failed checks leave people out, did not fail"
            " them; people left out by the other rules below count as completed, so that fewer are analysed than are"
            " collected."
        )
        if planned.n_people is not None:
            yield (
                "The number is kept by giving nobody a situation while completed and running sessions reach it. Who"
                " comes back after a reservation has lapsed can still finish, so that there can be a few more."
            )
    else:
        yield (
            "**No number, no close date and no quota was set in the study.** When collecting stops is to be written"
            f" here, without looking at how people feel: {TO_FILL_IN}"
        )
    if collection.n_per_situation is None and planned.n_people is None and rules:
        yield f"No number of people was set; how many are expected: {TO_FILL_IN}"
    yield f"Why this many: see the precision below; other reasons: {TO_FILL_IN}"


def people(planned: Planned) -> Iterator[str]:
    """Who can take part, and how they are found."""
    survey, collection = planned.survey, planned.survey.collection
    yield f"Population and recruitment (where, how, what they are paid): {TO_FILL_IN}"
    rules = [f"{question}: {_eligible(rule)}" for question, rule in survey.screening.items()]
    if rules:
        yield (
            "Screening: only people whose answers are these go on; everybody else, and who leaves such a question out,"
            " is thanked and asked nothing more. They get no situation."
        )
        yield bullets(rules)
    else:
        yield "Screening: none; everybody who agrees takes part."
    if "age" not in survey.screening:
        yield f"The study does not screen by age. How minors are kept out: {TO_FILL_IN}"
    entry = "single-use links alone" if collection.links == "single-use" else "an open link"
    yield f"Entry by {entry}{', from Prolific' if collection.panel else ''}. {_twice(planned)}"


def care(planned: Planned) -> Iterator[str]:
    """What people are told, what is stored of them, and who is there for them."""
    survey, pages = planned.survey, planned.edition.pages
    yield f"Approved by (committee, number, date): {TO_FILL_IN}"
    yield f"Where answers are kept, who can read them, and on which legal basis: {TO_FILL_IN}"
    yield f"Consent is asked for first, with these words ({planned.edition.language}), and nothing is stored before it:"
    yield quoted(planned.words(survey.consent))
    retention = pages.retention.format(days=survey.collection.retention_days)
    yield quoted(f"{pages.voluntary.strip()}\n\n{pages.stored.strip()} {retention.strip()}")
    yield bullets(_cares(planned))
    yield "Debriefing:"
    yield quoted(planned.words(survey.debriefing))


def exclusions(planned: Planned) -> Iterator[str]:
    """Whom the analysis leaves out, rule by rule in the order in which they are applied."""
    found = exclusion_lines(planned.survey.exclusions, planned.survey.attention_checks)
    yield (
        "The rules stand in the study, whose hash is below, and the tool applies them itself. They are applied in this"
        " order; a person is left out by the first that holds, is left out of everything, and is counted under it:"
    )
    yield "\n".join(f"{number}. {text} (`{reason}`)" for number, (reason, text) in enumerate(found, 1))
    unused = [rule for rule, text in _UNUSED.items() if not getattr(planned.survey.exclusions, rule) and text]
    if unused:
        yield f"Nobody is left out for {listed([_UNUSED[rule] for rule in unused], 'or')}: no rule for it is declared."
    yield (
        "Who withdraws is deleted and only counted. No outlier is removed and no score is changed. Any other exclusion"
        " is a deviation from this text."
    )


def exclusion_lines(rules: Exclusions, n_checks: int) -> list[tuple[str, str]]:
    """Reason and rule in words, in the order in which ``Exclusions.reason`` applies them."""
    lines = [
        ("unfinished", "who did not come to the end of the last questionnaire"),
        ("screened_out", "who was screened out"),
        ("full", "who came when every place was taken"),
    ]
    if rules.failed_checks is not None:
        most = (
            f"{rules.failed_checks} or more of the {n_checks} attention checks"
            if n_checks > 1
            else "the attention check"
        )
        lines.append(("failed_checks", f"who failed {most} of a session: another answer than instructed, or none"))
    if rules.seconds_an_item is not None:
        lines.append(
            (
                "too_fast",
                "who answered any questionnaire, before or after, in less than"
                f" {rules.seconds_an_item:g} s an item on average, from its first display to its being sent",
            )
        )
    if rules.same_answer:
        lines.append(
            (
                "same_answer",
                "who gave one and the same answer to all items of a questionnaire that they answered (two or more),"
                " before or after",
            )
        )
    if rules.missing_items is not None:
        lines.append(
            (
                "missing_items",
                f"who left {plural(rules.missing_items, 'item')} or more of the session without an answer",
            )
        )
    if rules.reading_seconds is not None:
        lines.append(
            (
                "read_too_fast",
                f"who sent the situation’s page in less than {rules.reading_seconds:g} s after its first display",
            )
        )
    if rules.reflection_words is not None:
        lines.append(
            (
                "no_reflection",
                f"whose own account of the situation has fewer than {plural(rules.reflection_words, 'word')}, or who"
                " wrote none (in writing without blanks every character counts as a word)",
            )
        )
    return lines


_UNUSED = {
    "failed_checks": "failed attention checks",
    "seconds_an_item": "answering fast",
    "same_answer": "giving one answer throughout",
    "missing_items": "leaving items out",
    "reading_seconds": "reading fast",
    "reflection_words": "writing little about the situation",
}


def _stopping(planned: Planned) -> Iterator[str]:
    collection = planned.survey.collection
    if planned.n_people is not None:
        own = f" (the study says {count(collection.n)})" if planned.n and collection.n not in (None, planned.n) else ""
        each = planned.n_people / planned.n_texts
        yield (
            f"{plural(planned.n_people, 'completed session')} in all{own}, about {round(each, 1):g} for each of"
            f" {plural(planned.n_texts, 'situation')}{_in_languages(planned)}."
        )
    if collection.n_per_situation is not None:
        yield (
            f"At most {plural(collection.n_per_situation, 'completed session')} of each"
            f" situation{_in_languages(planned)}."
        )
    for quota in collection.quotas:
        yield f"At most {plural(quota.n, 'completed session')} of people whose {quota.question} is {quota.value}."
    if collection.closes is not None:
        yield f"{collection.closes} (UTC) is the last day on which situations are given; who has one can finish."


def _in_languages(planned: Planned) -> str:
    return " and language" if len(planned.languages) > 1 else ""


def _eligible(rule: Eligibility) -> str:
    if rule.values:
        return listed(rule.values, "or")
    bounds = [f"{rule.lowest} or more" if rule.lowest is not None else ""]
    bounds += [f"{rule.highest} or less" if rule.highest is not None else ""]
    return " and ".join(filter(None, bounds)) or "any whole number"


def _twice(planned: Planned) -> str:
    if planned.survey.collection.links == "single-use":
        return "Each link lets one person in once."
    if planned.survey.collection.panel:
        return "The panel’s id lets each person in once."
    return "Nothing keeps a person from taking part twice."


def _cares(planned: Planned) -> Iterator[str]:
    survey = planned.survey
    collection = survey.collection
    yield f"Responsible: {' '.join(planned.words(survey.contact).split())}"
    yield (
        f"Burden: people imagine one situation{_meant(planned)} and say how they feel; each question can be left out,"
        " and the session be ended at any time."
    )
    yield (
        "Withdrawal: a link at the foot of each page deletes everything of the person at once and for good, and asks"
        " for no reason; a count stays."
    )
    support = listed([f"{planned.words(one.name)} ({one.reach})" for one in survey.support])
    yield f"Support named at the end: {support}"
    yield (
        "After an evoking situation a pleasant one is offered to end on."
        if survey.positive_ending
        else "No pleasant scene is offered at the end."
    )
    yield (
        "Stored: the answers, the time each page took, when it was sent, a random code; no name, no address, no"
        " internet address of a device."
        + (" The panel’s ids are kept apart from the answers, and only as keyed hashes." if collection.panel else "")
    )
    after = (
        "the link’s id, the code, where the person came from and the account of the situation are deleted; answers"
        " stay, those about the person among them"
        if collection.then == "anonymise"
        else "the whole session is deleted"
    )
    yield f"{collection.retention_days} days after a person’s last page {after}."
    yield (
        "Files that the tool writes for others hold no code, no id of a link or a panel and no time of day. What people"
        " wrote themselves is in them, and is to be read before they are shared."
    )


def _meant(planned: Planned) -> str:
    """What the situations are meant to stir."""
    emotions = dict.fromkeys(one.emotion for one in planned.situations if one.kind == EVOKING)
    others = dict.fromkeys(one.kind for one in planned.situations if one.kind != EVOKING)
    meant = [f"meant to stir {listed(emotions, 'or')}"] if emotions else []
    meant += [f"{listed(others, 'or')} counterparts of such"] if others else []
    return f" ({', or '.join(meant)})"
