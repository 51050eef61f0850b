"""The limits of self-report, in plain words: what the figures say and what they cannot."""

from __future__ import annotations

from emotionbench.reports.views import More

LIMITS = (
    (
        "A self-report is a text, not a feeling.",
        "A questionnaire asks for words and numbers. That they move says how answers move; nothing here shows"
        " that anything"
        " is felt.",
    ),
    (
        "Moving as people do may be learned wording.",
        "Models have read what people say after such events, and probably these questionnaires too. High"
        " alignment can mean"
        " that a model knows how people answer.",
    ),
    (
        "Answers are not conduct.",
        "A model that answers calmly may still write an angry reply, and the other way round. What it does has to be"
        " measured where it does it.",
    ),
    (
        "People are a sample, not a norm of health.",
        "The people beside the figures are those of one study, in one language, who imagined one situation each."
        " To differ"
        " from them is not a fault, and to agree is not a merit by itself.",
    ),
    (
        "Flagged answers come first.",
        "Where a respondent answers at the floor of the scale, always the same, or not at all, its change cannot"
        " be read as"
        " calm or warmth. The flags beside the headline say so.",
    ),
)
OF_NORMS = (
    "A profile is not a personality.",
    "Norms are of people who answered for themselves. That a model’s score lies among theirs says how a questionnaire"
    " made for people is answered, not that there is somebody whom it describes.",
)
OF_WAYS = (
    "One form is one way of asking.",
    "Where the ways of asking move answers, a figure from a single form speaks of that form. What is said here of all"
    " forms holds for the forms that were put, and no further.",
)
OF_PROBES = (
    "No sign is no proof.",
    "A model may know a text and not recite it, and a pull that a probe does not ask for is not seen by it.",
)


def limits_of(more: More) -> tuple[tuple[str, str], ...]:
    """The limits, with those of the sections that a report has."""
    found = ((more.norms, OF_NORMS), (more.ways, OF_WAYS), (more.probes, OF_PROBES))
    return (*LIMITS, *(limit for tables, limit in found if tables))
