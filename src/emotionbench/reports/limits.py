"""The limits of self-report, in plain words: what the figures say and what they cannot."""

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
