"""What is known of the nine questionnaires that the original EmotionBench puts, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ARTICLE_LICENCE = "The items belong to the authors and publisher of the article; free use is for research only."
APA_LICENCE = "Copyright American Psychological Association: free in research that is not commercial."


@dataclass(frozen=True)
class Facts:
    """What ``questionnaires.json`` does not say of an instrument; ``instructions`` are emotionbench's own words.

    ``mends`` says what the conversion corrects, or what it takes right that others took wrong. What it corrects by
    rule is said there too: ``subscale_names`` (name in the file → name), and ``misprints`` (item → what stands in the
    file, what should). ``labels`` stands in for labels that cannot be read from the file's prompt; ``item_labels``
    (subscale → labels) for what the file does not say of each item.
    """

    name: str
    edition: str
    source: str
    licence: str
    instructions: str
    note: str | None = None
    validated: bool = True
    trait: bool | None = None
    mends: tuple[str, ...] = ()
    subscale_names: Mapping[str, str] = field(default_factory=dict)
    misprints: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    labels: Mapping[int, str] = field(default_factory=dict)
    item_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)


def facts_of(name: str) -> Facts:
    """What is known of a questionnaire of the original; of an unknown one no more than that."""
    return _FACTS.get(name) or Facts(
        name=name,
        edition="as in the file",
        source="Not one of the nine questionnaires of the published EmotionBench.",
        licence="Unknown; ask whoever wrote it.",
        instructions="For each of the following statements, say how far it holds for you.",
        validated=False,
    )


_FACTS = {
    "PANAS": Facts(
        name="Positive and Negative Affect Schedule, as EmotionBench holds it",
        edition="20 adjectives, state form",
        source=(
            "Watson, D., Clark, L. A., & Tellegen, A. (1988). Development and validation of brief measures of positive "
            "and negative affect: The PANAS scales. Journal of Personality and Social Psychology, 54(6), 1063-1070. "
            "https://doi.org/10.1037/0022-3514.54.6.1063"
        ),
        licence=APA_LICENCE,
        instructions=(
            "Below are words for feelings and moods. For each one, say how much you have this feeling at this very "
            "moment."
        ),
    ),
    "AGQ": Facts(
        name="Aggression Questionnaire",
        edition="29 items, four subscales",
        source=(
            "Buss, A. H., & Perry, M. (1992). The Aggression Questionnaire. Journal of Personality and Social "
            "Psychology, 63(3), 452-459. https://doi.org/10.1037/0022-3514.63.3.452"
        ),
        licence=APA_LICENCE,
        instructions="Below are statements a person might make. For each one, say how well it describes you right now.",
        note=(
            "Item 28 has a misprint ('me back' for 'my back'), which stays: recorded answers name their items by their "
            "texts."
        ),
        trait=True,
        mends=(
            "Items 7 and 18 are reverse-keyed, as published; the original's own figures for this scale are sums in "
            "which they are not.",
        ),
    ),
    "DASS-21": Facts(
        name="Depression Anxiety Stress Scales, short form",
        edition="21 items; sums are doubled to the range of the long form",
        source=(
            "Lovibond, S. H., & Lovibond, P. F. (1995). Manual for the Depression Anxiety Stress Scales (2nd ed.). "
            "Psychology Foundation of Australia."
        ),
        licence="The authors have placed the scales in the public domain.",
        instructions="Below are statements about how people may be doing. For each one, say how far it applies to you.",
        note=(
            "The published form asks about the past week; what somebody imagines now can hardly change that, so the "
            "instructions here name no time."
        ),
        mends=(
            "The sums are doubled, as the manual asks of the short form and the original's file says: 0 to 42 a "
            "subscale and 0 to 126 over all, the range of norms and cut-offs; the original's own figures are not.",
        ),
    ),
    "BDI": Facts(
        name="Beck Depression Inventory",
        edition="BDI-IA (the revision of 1978), not the BDI-II",
        source=(
            "Beck, A. T., Rush, A. J., Shaw, B. F., & Emery, G. (1979). Cognitive therapy of depression. Guilford "
            "Press."
        ),
        licence="Copyright Pearson: any use needs the publisher's permission.",
        instructions=(
            "Each entry below lists several statements, each behind a number. For each entry, give the number of the "
            "statement that fits you best right now."
        ),
        note=(
            "The norms and cut-offs of the BDI-II do not apply. Every item carries its own response labels within its "
            "text. The published form asks about the past week including today."
        ),
        mends=(
            "The edition is named as what the items are, the BDI-IA; the original names the BDI-II (1996).",
            "The instructions ask for the number of a statement, since an item is a choice of statements and not one "
            "to agree with.",
        ),
    ),
    "FDS": Facts(
        name="Frustration Discomfort Scale",
        edition="28 items, four subscales",
        source=(
            "Harrington, N. (2005). The Frustration Discomfort Scale: Development and psychometric properties. "
            "Clinical Psychology & Psychotherapy, 12(5), 374-387. https://doi.org/10.1002/cpp.465"
        ),
        licence=ARTICLE_LICENCE,
        instructions="Below are beliefs that people may hold. For each one, say how strongly you hold it right now.",
        trait=True,
    ),
    "MJS": Facts(
        name="Multidimensional Jealousy Scale",
        edition="24 items, three subscales",
        source=(
            "Pfeiffer, S. M., & Wong, P. T. P. (1989). Multidimensional jealousy. Journal of Social and Personal "
            "Relationships, 6(2), 181-196. https://doi.org/10.1177/026540758900600203"
        ),
        licence=ARTICLE_LICENCE,
        instructions=(
            "In the entries below, X stands for your spouse or partner. For each entry, give the answer that fits you; "
            "what the answers mean stands behind the entry."
        ),
        note=("Item 7 has a misprint ('initimate'), which stays: recorded answers name their items by their texts."),
        trait=True,
        mends=(
            "Each item carries its own response labels; the original ties labels to item numbers, which no longer "
            "hold once the items are shuffled.",
        ),
        subscale_names={"Bahavioral Jealousy": "Behavioral Jealousy"},
    ),
    "GASP": Facts(
        name="Guilt and Shame Proneness scale",
        edition="16 items, four subscales",
        source=(
            "Cohen, T. R., Wolf, S. T., Panter, A. T., & Insko, C. A. (2011). Introducing the GASP scale: A new "
            "measure of guilt and shame proneness. Journal of Personality and Social Psychology, 100(5), 947-966. "
            "https://doi.org/10.1037/a0022641"
        ),
        licence="Any use needs the authors' permission.",
        instructions=(
            "Each entry below describes something that could happen to you. Imagine that it has happened; then say how "
            "likely the feeling or the act would be for you that is named behind the entry."
        ),
        note=(
            "The published scale asks a question of its own with each item, and averages the four items of a subscale "
            "where the original sums them; so scores cannot be held against published values. Item 14 lacks one more "
            "sentence of the published item."
        ),
        validated=False,
        trait=True,
        mends=(
            "Each item carries labels that say what is to be likely, in our words, by subscale; in the original's file "
            "the items end before their question, so that answers were about the event alone.",
        ),
        item_labels={
            key: {1: f"very unlikely that {what}", 7: f"very likely that {what}"}
            for key, what in (
                ("guilt-negative-behavior-evaluation", "I would feel bad about what I did"),
                ("guilt-repair", "I would try to put it right or do better from then on"),
                ("shame-negative-self-evaluation", "I would feel that I am a bad person"),
                ("shame-withdraw", "I would want to hide or get away from it all"),
            )
        },
    ),
    "FSS": Facts(
        name="Fear Survey Schedule III",
        edition="52 items, five subscales of Arrindell and colleagues (1984)",
        source=(
            "Wolpe, J., & Lang, P. J. (1964). A fear survey schedule for use in behaviour therapy. Behaviour Research "
            "and Therapy, 2(1), 27-30. Subscales: Arrindell, W. A., Emmelkamp, P. M. G., & van der Ende, J. (1984). "
            "Phobic dimensions: I. Reliability and generalizability across samples, gender and nations. Advances in "
            "Behaviour Research and Therapy, 6(4), 207-253."
        ),
        licence=ARTICLE_LICENCE,
        instructions="Below are things and events. For each one, say how much fear it would give you right now.",
        trait=True,
    ),
    "BFNE": Facts(
        name="Brief Fear of Negative Evaluation Scale",
        edition="12 items, 4 of them reverse-keyed",
        source=(
            "Leary, M. R. (1983). A brief version of the Fear of Negative Evaluation Scale. Personality and Social "
            "Psychology Bulletin, 9(3), 371-375. https://doi.org/10.1177/0146167283093007"
        ),
        licence=ARTICLE_LICENCE,
        instructions="Below are statements a person might make. For each one, say how much it is like you right now.",
        trait=True,
    ),
}
