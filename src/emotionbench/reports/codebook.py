"""What every column of the frames means: the one place that codebooks, and the frames' order of columns, come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from emotionbench.comparisons.change import Kind
from emotionbench.parsing.probabilities import Why
from emotionbench.records import AnswerStatus, Condition, Design, RespondentKind
from emotionbench.reports.change_table import Table


@dataclass(frozen=True)
class Variable:
    """One column: its type (text, integer, number), its unit, and the values it may have."""

    name: str
    meaning: str
    type: str
    unit: str = ""
    values: str = "any"


def _words(values: object) -> str:
    return ", ".join(map(str, values))  # type: ignore[call-overload]


CELL = (
    Variable("respondent", "who was asked, with the settings that tell it from others of the same name", "text"),
    Variable("instrument", "the questionnaire; with the beginning of its hash where several share an id", "text"),
    Variable("condition", "when it was put", "text", values=_words(Condition)),
    Variable("emotion", "emotion that the situation is meant to evoke; empty at baseline", "text"),
    Variable("factor", "id of the group of causes within the emotion; empty at baseline", "text"),
    Variable("situation", "id of the imagined situation within its set; empty at baseline", "text"),
    Variable("repeat", "the same cell again, counted from 0", "integer", values="0 and up"),
)
ORIGIN = (
    Variable("administration", "id, as emotionbench show takes it", "text"),
    Variable("kind", "kind of respondent", "text", values=_words(RespondentKind)),
    Variable(
        "protocol", "the words put around the instrument; where forms were varied, the form or their number", "text"
    ),
    Variable("form", "how it was put: the level of every way of asking that was varied; else empty", "text"),
    Variable("edition", "the text of the instrument that was put, where its language or words were varied", "text"),
    Variable("design", "fresh conversations, or before and after in one", "text", values=_words(Design)),
    Variable("session", "joins before and after of one person or conversation; else empty", "text"),
    Variable(
        "situation_kind", "evoking, or its neutral or positive counterpart", "text", values="evoking, neutral, positive"
    ),
    Variable("situation_set", "the set that the situation comes from", "text"),
)
ANSWERS = (
    *CELL,
    Variable("item", "number of the item in the instrument", "integer", values="1 and up"),
    Variable("text", "the item's words", "text"),
    Variable("position", "place at which the item was shown", "integer", values="1 and up"),
    Variable("value", "the answer; empty unless valid", "integer", "raw points", "the instrument's response scale"),
    Variable("status", "whether there is an answer, and why not", "text", values=_words(AnswerStatus)),
    *ORIGIN,
)
SCORES = (
    *CELL,
    Variable("subscale", "key of the subscale", "text"),
    Variable("value", "the score; empty where the instrument's rule allows none", "number", "raw points"),
    Variable("n_valid", "valid answers among its items", "integer", "items", "0 to n_items"),
    Variable("n_items", "items of the subscale", "integer", "items"),
    Variable(
        "variance",
        "of scores of answers drawn from the probabilities read; empty where answers were drawn",
        "number",
        "squared raw points",
        "0 and up",
    ),
    *ORIGIN,
)
READINGS = (
    *CELL,
    Variable("item", "number of the item in the instrument", "integer", values="1 and up"),
    Variable("text", "the item's words", "text"),
    Variable("position", "place at which the item was shown", "integer", values="1 and up"),
    Variable(
        "expected",
        "mean of the answers that the probabilities give; empty without a distribution",
        "number",
        "raw points",
        "the instrument's response scale",
    ),
    Variable("variance", "their variance", "number", "squared raw points", "0 and up"),
    Variable(
        "mass",
        "probability that the answer is one of those allowed; empty where it was not told",
        "number",
        values="0 to 1",
    ),
    Variable("why", "why there is no distribution; empty where there is one", "text", values=_words(Why)),
    *ORIGIN,
)
ANSWER_MASS = (
    Variable("respondent", "who was asked", "text"),
    Variable("kind", "kind of respondent", "text", values=_words(RespondentKind)),
    Variable("instrument", "the questionnaire", "text"),
    Variable("protocol", "the form, or the words put around the instrument", "text"),
    Variable("design", "fresh conversations, or before and after in one", "text", values=_words(Design)),
    Variable("condition", "when it was put", "text", values=_words(Condition)),
    Variable("subscale", "key of the subscale, for n_scores and sd", "text"),
    Variable("n_administrations", "administrations put to be read as probabilities", "integer", "administrations"),
    Variable("n_items", "items of those that got a reply", "integer", "items"),
    Variable("n_read", "items with a distribution", "integer", "items"),
    Variable("unread", "why the others have none, with how many of each", "text"),
    Variable("mean_mass", "mean probability of an allowed answer; empty where not told", "number", values="0 to 1"),
    Variable("lowest_mass", "the lowest of them", "number", values="0 to 1"),
    Variable("n_low", "items whose mass is under 0.9", "integer", "items"),
    Variable("n_untold", "items with a distribution whose mass was not told", "integer", "items"),
    Variable("n_scores", "scores of the subscale", "integer", "administrations"),
    Variable("sd", "SD that such a score would have over draws of answers", "number", "raw points", "0 and up"),
    Variable("note", "why there is no mass", "text"),
)
COMPARISONS = (
    Variable("respondent", "who was asked", "text"),
    Variable("kind", "kind of respondent", "text", values=_words(RespondentKind)),
    Variable("instrument", "the questionnaire", "text"),
    Variable("protocol", "the words put around the instrument", "text"),
    Variable("design", "fresh conversations, or before and after in one", "text", values=_words(Design)),
    Variable("situation_set", "the set of situations", "text"),
    Variable("comparison", "evoked − baseline, or respondent's change − people's", "text", values="change, gap"),
    Variable("row_kind", "what the row covers", "text", values=f"{_words(get_args(Kind))}, baseline"),
    Variable("row", "name of the factor, emotion, or whole", "text"),
    Variable("emotion", "emotion of the row; empty for wholes", "text"),
    Variable("factor", "factor of the row; empty for emotions and wholes", "text"),
    Variable("subscale", "key of the subscale", "text"),
    Variable("n", "administrations that could be compared; empty for gaps", "integer", "administrations"),
    Variable("n_situations", "situations among them", "integer", "situations"),
    Variable("n_excluded", "administrations left out", "integer", "administrations"),
    Variable("excluded", "why, with how many of each", "text"),
    Variable("difference", "the difference; empty where not estimable", "number", "raw points"),
    Variable("low", "lower end of its 95 % interval", "number", "raw points"),
    Variable("high", "upper end of its 95 % interval", "number", "raw points"),
    Variable("standard_error", "its standard error", "number", "raw points"),
    Variable("test", "the test", "text"),
    Variable("t", "the test's statistic", "number"),
    Variable("df", "its degrees of freedom", "number"),
    Variable("p", "two-sided p as it stands", "number", values="0 to 1"),
    Variable("p_holm", "p adjusted by Holm within the family", "number", values="0 to 1"),
    Variable("p_bh", "p adjusted by Benjamini and Hochberg within the family", "number", values="0 to 1"),
    Variable("family", "the tests adjusted together", "text"),
    Variable("n_tests", "how many they are", "integer", "tests"),
    Variable("hedges_g", "Hedges' g", "number", "standard deviations"),
    Variable("hedges_g_low", "lower end of its 95 % interval", "number", "standard deviations"),
    Variable("hedges_g_high", "upper end of its 95 % interval", "number", "standard deviations"),
    Variable("d_z", "mean change / SD of changes, paired designs", "number", "standard deviations"),
    Variable("d_z_low", "lower end of its 95 % interval", "number", "standard deviations"),
    Variable("d_z_high", "upper end of its 95 % interval", "number", "standard deviations"),
    Variable("d_av", "mean change / average SD of before and after, paired designs", "number", "standard deviations"),
    Variable("d_av_low", "lower end of its 95 % interval", "number", "standard deviations"),
    Variable("d_av_high", "upper end of its 95 % interval", "number", "standard deviations"),
    Variable("people", "people's change of the same row (changes only)", "number", "raw points"),
    Variable("people_low", "lower end of its 95 % interval", "number", "raw points"),
    Variable("people_high", "upper end of its 95 % interval", "number", "raw points"),
    Variable("n_people", "people that it is of", "integer", "people"),
    Variable("margin", "margin of equivalence (gaps only)", "number", "raw points"),
    Variable("p_equivalence", "the greater p of the two one-sided tests (gaps only)", "number", values="0 to 1"),
    Variable(
        "is_equivalent", "whether the gap is reliably within the margin (gaps only)", "boolean", values="true, false"
    ),
    Variable("note", "why there is no figure or no test", "text"),
)
FRAMES = {"answers": ANSWERS, "scores": SCORES, "comparisons": COMPARISONS}
READ_FRAMES = {"readings": READINGS, "answer_mass": ANSWER_MASS}
"""Besides, where answers were read as probabilities."""


def codebook_table(name: str) -> Table:
    """The codebook of one frame as a table."""
    rows = tuple((v.name, v.meaning, v.type, v.unit, v.values) for v in {**FRAMES, **READ_FRAMES}[name])
    return Table(f"Codebook of {name}", ("column", "meaning", "type", "unit", "allowed values"), rows, n_text=5)
