"""What is known of PsychoBench's thirteen instruments, in our words, and of the groups that its norms stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from emotionbench.materials.original_facts import APA_LICENCE, ARTICLE_LICENCE, Facts

LICENCE_NEEDED = "Any use needs the publisher's permission."
BSRI_SDS = (
    "The file's SDs have ten digits, but each is a figure of two decimals times the root of n, so a standard error as "
    "it was published; they are good to about 5 %."
)


@dataclass(frozen=True)
class NormFacts:
    """Where the file's ``crowd`` figures come from, and what its groups are (name in the file → name).

    ``decimals`` are those that SDs are rounded to; None leaves them as they are. ``same_scores`` are other instruments
    that the norm holds for, because they have the same items, keys and response scale.
    """

    source: str
    groups: Mapping[str, str] = field(default_factory=lambda: {"Crowd": "people"})
    decimals: int | None = None
    same_scores: tuple[str, ...] = ()


UNNAMED = "The file does not say which study the people took part in."
NORM_FACTS = {
    "BFI": NormFacts(UNNAMED, same_scores=("BFI-44",)),
    "EPQ-R": NormFacts(
        f"{UNNAMED} The women's SDs of extraversion and neuroticism are the same figure, which may be a slip.",
        {"Male": "men", "Female": "women"},
    ),
    "DTDD": NormFacts(UNNAMED),
    "BSRI": NormFacts(
        f"{UNNAMED} {BSRI_SDS}",
        {
            "Students (Women)": "students, women",
            "Students (Men)": "students, men",
            "Workers (Women)": "workers, women",
            "Workers (Men)": "workers, men",
        },
        decimals=2,
    ),
    "CABIN": NormFacts(UNNAMED),
    "ICB": NormFacts(UNNAMED),
    "ECR-R": NormFacts(UNNAMED),
    "GSE": NormFacts(
        "Scholz, U., Gutiérrez Doña, B., Sud, S., & Schwarzer, R. (2002). Is general self-efficacy a universal "
        "construct? European Journal of Psychological Assessment, 18(3), 242-251. "
        "https://doi.org/10.1027//1015-5759.18.3.242",
        {"Crowd": "people of 25 countries"},
    ),
    "LOT-R": NormFacts(UNNAMED),
    "LMS": NormFacts(
        "Tang, T. L.-P., Sutarso, T., et al. (2006). The love of money and pay level satisfaction: Measurement and "
        "functional equivalence in 29 geopolitical entities around the world. Management and Organization Review, "
        "2(3), 423-452. https://doi.org/10.1111/j.1740-8784.2006.00051.x",
        {"Whole Sample": "people of 29 countries and regions", "USA": "people of the USA"},
    ),
    "EIS": NormFacts(
        "Schutte, N. S., et al. (1998). Development and validation of a measure of emotional intelligence. Personality "
        "and Individual Differences, 25(2), 167-177. https://doi.org/10.1016/S0191-8869(98)00001-4",
        {"Men": "men", "Women": "women"},
    ),
    "WLEIS": NormFacts(UNNAMED),
    "Empathy": NormFacts(UNNAMED),
}

AGREEMENT_5 = {1: "strongly disagree", 2: "disagree", 3: "neutral", 4: "agree", 5: "strongly agree"}
STATEMENTS = "Below are statements a person might make. For each one, say how far you agree with it."
FACTS = {
    "BFI": Facts(
        name="Big Five Inventory",
        edition="44 items, five traits",
        source=(
            "John, O. P., Donahue, E. M., & Kentle, R. L. (1991). The Big Five Inventory: Versions 4a and 54. "
            "University of California, Berkeley. Keys: Benet-Martínez, V., & John, O. P. (1998). Los Cinco Grandes "
            "across cultures and ethnic groups. Journal of Personality and Social Psychology, 75(3), 729-750. "
            "https://doi.org/10.1037/0022-3514.75.3.729"
        ),
        licence="Copyright Oliver P. John: free in research that is not commercial.",
        instructions=(
            "Below are characteristics that people have or lack. For each one, say how far you agree that it is yours."
        ),
        trait=True,
        mends=("The labels are those of the published form; the file has 'little agree' for 4.",),
        labels={
            1: "disagree strongly",
            2: "disagree a little",
            3: "neither agree nor disagree",
            4: "agree a little",
            5: "agree strongly",
        },
    ),
    "EPQ-R": Facts(
        name="Eysenck Personality Questionnaire, revised",
        edition="100 items, four scales",
        source=(
            "Eysenck, S. B. G., Eysenck, H. J., & Barrett, P. (1985). A revised version of the psychoticism scale. "
            "Personality and Individual Differences, 6(1), 21-29. https://doi.org/10.1016/0191-8869(85)90026-1"
        ),
        licence=f"Copyright of the authors and their publishers. {LICENCE_NEEDED}",
        instructions="Below are questions about how people behave, feel and act. Answer each one with yes or no.",
        note="The lie scale counts answers that are too good to be true.",
        trait=True,
        mends=("A reverse-keyed item counts 1 minus its answer, by the ends of the response scale, 0 and 1.",),
        subscale_names={"Pschoticism": "Psychoticism", "Lying": "Lie"},
        misprints={5: ("think?.", "think?"), 78: ("patty", "party")},
        labels={0: "no", 1: "yes"},
    ),
    "DTDD": Facts(
        name="Dark Triad Dirty Dozen",
        edition="12 items, three subscales",
        source=(
            "Jonason, P. K., & Webster, G. D. (2010). The dirty dozen: A concise measure of the dark triad. "
            "Psychological Assessment, 22(2), 420-432. https://doi.org/10.1037/a0019265"
        ),
        licence=APA_LICENCE,
        instructions=STATEMENTS,
        trait=True,
        mends=("Items 9 to 12 measure narcissism, as published; the file calls them neuroticism.",),
        subscale_names={"Neuroticism": "Narcissism"},
        misprints={3: ("have use flattery", "have used flattery")},
        labels={1: "disagree strongly", 9: "agree strongly"},
    ),
    "BSRI": Facts(
        name="Bem Sex Role Inventory",
        edition="60 items, of which 40 are scored; ordered by scale and alphabet, not as published",
        source=(
            "Bem, S. L. (1974). The measurement of psychological androgyny. Journal of Consulting and Clinical "
            "Psychology, 42(2), 155-162. https://doi.org/10.1037/h0036215"
        ),
        licence=f"Copyright Mind Garden. {LICENCE_NEEDED}",
        instructions=(
            "Below are words and phrases that may describe a person. For each one, say how well it describes you."
        ),
        note=(
            "Items 41 to 60 are fillers, which stand between the others in the published form and are not scored. "
            "The labels are those of PsychoBench; the published ones run from never to always true."
        ),
        trait=True,
        mends=(
            "Items 41 to 60 are kept and named as fillers; in the file they are in no category.",
            f"The norm's SDs are rounded to two decimals. {BSRI_SDS}",
        ),
        labels={1: "does not match at all", 7: "matches fully"},
    ),
    "CABIN": Facts(
        name="Comprehensive Assessment of Basic Interests",
        edition="164 items, 41 interests",
        source=(
            "Su, R., Tay, L., Liao, H.-Y., Zhang, Q., & Rounds, J. (2019). Toward a dimensional model of vocational "
            "interests. Journal of Applied Psychology, 104(5), 690-714. https://doi.org/10.1037/apl0000373"
        ),
        licence=APA_LICENCE,
        instructions=(
            "Below are things that people do at work or at leisure. For each one, say how much you would like doing it."
        ),
        trait=True,
        subscale_names={
            "Business Iniatives": "Business Initiatives",
            "Construction/WoodWork": "Construction/Woodwork",
        },
        misprints={
            22: ("diSEMses", "diseases"),
            48: ("ReSEMrch", "Research"),
            51: ("ReSEMrch", "Research"),
            52: ("diSEMses", "diseases"),
            56: ("ReSEMrch", "Research"),
            147: ("disSEMinate", "disseminate"),
        },
        labels={
            1: "dislike",
            2: "slightly dislike",
            3: "neither like nor dislike",
            4: "slightly like",
            5: "like very much",
        },
    ),
    "ICB": Facts(
        name="Implicit Culture Beliefs",
        edition="8 items; high scores say that culture fixes what people are like",
        source=(
            "Chao, M. M., Takeuchi, R., & Farh, J.-L. (2017). Enhancing cultural intelligence: The roles of implicit "
            "culture beliefs and adjustment. Personnel Psychology, 70(1), 257-292. https://doi.org/10.1111/peps.12142"
        ),
        licence=ARTICLE_LICENCE,
        instructions=STATEMENTS,
        trait=True,
        mends=(
            "Items 1, 2, 5 and 6 are put whole; the original's reader cuts an item at its first full stop, so that "
            "these four of the eight were put as fragments.",
        ),
        labels={
            1: "strongly disagree",
            2: "disagree",
            3: "slightly disagree",
            4: "slightly agree",
            5: "agree",
            6: "strongly agree",
        },
    ),
    "ECR-R": Facts(
        name="Experiences in Close Relationships, revised",
        edition="36 items, two subscales",
        source=(
            "Fraley, R. C., Waller, N. G., & Brennan, K. A. (2000). An item response theory analysis of self-report "
            "measures of adult attachment. Journal of Personality and Social Psychology, 78(2), 350-365. "
            "https://doi.org/10.1037/0022-3514.78.2.350"
        ),
        licence="Free in research that is not commercial, say the authors.",
        instructions=(
            "Below are statements about how people feel in close relationships. Think of yours in general; for each "
            "statement, say how far you agree with it."
        ),
        trait=True,
        misprints={
            5: ("panaer", "partner"),
            8: ("'same", "same"),
            18: ("sEEMs", "seems"),
            24: ("toa close", "too close"),
            27: ("parmer", "partner"),
        },
        labels={
            1: "strongly disagree",
            2: "disagree",
            3: "slightly disagree",
            4: "neutral",
            5: "slightly agree",
            6: "agree",
            7: "strongly agree",
        },
    ),
    "GSE": Facts(
        name="General Self-Efficacy Scale",
        edition="10 items; wording and labels of PsychoBench, which differ from the English edition of 1995",
        source=(
            "Schwarzer, R., & Jerusalem, M. (1995). Generalized Self-Efficacy scale. In J. Weinman, S. Wright, & M. "
            "Johnston (Eds.), Measures in health psychology: A user's portfolio (pp. 35-37). NFER-Nelson."
        ),
        licence="Copyright of the authors: free to use where the source is named.",
        instructions=STATEMENTS,
        note=(
            "Items 3, 8, 9 and 10 are worded otherwise than in the edition of 1995, whose labels run from not at all "
            "true to exactly true; the norm was taken with that edition."
        ),
        trait=True,
        labels={1: "disagree", 2: "somewhat disagree", 3: "somewhat agree", 4: "agree"},
    ),
    "LOT-R": Facts(
        name="Life Orientation Test, revised",
        edition="10 items, of which 6 are scored",
        source=(
            "Scheier, M. F., Carver, C. S., & Bridges, M. W. (1994). Distinguishing optimism from neuroticism (and "
            "trait anxiety, self-mastery, and self-esteem): A reevaluation of the Life Orientation Test. Journal of "
            "Personality and Social Psychology, 67(6), 1063-1078. https://doi.org/10.1037/0022-3514.67.6.1063"
        ),
        licence="Free in research, say the authors.",
        instructions=STATEMENTS,
        note="Items 2, 5, 6 and 8 are fillers, as published, and are not scored.",
        trait=True,
        mends=(
            "Items 2, 5, 6 and 8 are kept and named as fillers; in the file they are in no category.",
            "A reverse-keyed item counts 4 minus its answer, by the ends of the response scale, 0 and 4.",
        ),
        labels={0: "strongly disagree", 1: "disagree", 2: "neutral", 3: "agree", 4: "strongly agree"},
    ),
    "LMS": Facts(
        name="Love of Money Scale",
        edition="9 items, three subscales",
        source=(
            "Tang, T. L.-P., Sutarso, T., et al. (2006). The love of money and pay level satisfaction: Measurement and "
            "functional equivalence in 29 geopolitical entities around the world. Management and Organization Review, "
            "2(3), 423-452. https://doi.org/10.1111/j.1740-8784.2006.00051.x"
        ),
        licence=ARTICLE_LICENCE,
        instructions=STATEMENTS,
        trait=True,
        subscale_names={"Factor rich": "Rich", "Factor motivator": "Motivator", "Factor important": "Important"},
        misprints={3: ("Have a lot", "Having a lot")},
        labels=AGREEMENT_5,
    ),
    "EIS": Facts(
        name="Emotional Intelligence Scale of Schutte and colleagues",
        edition="33 items",
        source=(
            "Schutte, N. S., Malouff, J. M., Hall, L. E., Haggerty, D. J., Cooper, J. T., Golden, C. J., & Dornheim, "
            "L. (1998). Development and validation of a measure of emotional intelligence. Personality and Individual "
            "Differences, 25(2), 167-177. https://doi.org/10.1016/S0191-8869(98)00001-4"
        ),
        licence=ARTICLE_LICENCE,
        instructions="Below are statements a person might make. For each one, say how well it fits you.",
        note=(
            "The labels are those of PsychoBench; the published ones run from strongly disagree to strongly agree, "
            "and the norm was taken with these."
        ),
        trait=True,
        labels={
            1: "does not match at all",
            2: "does not match very well",
            3: "not sure",
            4: "matches quite well",
            5: "matches perfectly",
        },
    ),
    "WLEIS": Facts(
        name="Wong and Law Emotional Intelligence Scale",
        edition="16 items, four subscales",
        source=(
            "Wong, C.-S., & Law, K. S. (2002). The effects of leader and follower emotional intelligence on "
            "performance and attitude: An exploratory study. The Leadership Quarterly, 13(3), 243-274. "
            "https://doi.org/10.1016/S1048-9843(02)00099-1"
        ),
        licence=ARTICLE_LICENCE,
        instructions=STATEMENTS,
        trait=True,
        subscale_names={
            "SEA": "Self-emotion appraisal (SEA)",
            "OEA": "Others' emotion appraisal (OEA)",
            "UOE": "Use of emotion (UOE)",
            "ROE": "Regulation of emotion (ROE)",
        },
        labels={
            1: "strongly disagree",
            2: "disagree",
            3: "slightly disagree",
            4: "neither agree nor disagree",
            5: "slightly agree",
            6: "agree",
            7: "strongly agree",
        },
    ),
    "Empathy": Facts(
        name="Empathy, ten items after the Interpersonal Reactivity Index",
        edition="10 items",
        source=(
            "Dietz, J., & Kleinlogel, E. P. (2014). Wage cuts and managers' empathy: How a positive emotion can "
            "contribute to positive organizational ethics in difficult times. Journal of Business Ethics, 119(4), "
            "461-472. https://doi.org/10.1007/s10551-013-1836-2 Items after: Davis, M. H. (1983). Measuring individual "
            "differences in empathy. Journal of Personality and Social Psychology, 44(1), 113-126. "
            "https://doi.org/10.1037/0022-3514.44.1.113"
        ),
        licence=ARTICLE_LICENCE,
        instructions="Below are statements a person might make. For each one, say how accurately it describes you.",
        trait=True,
        misprints={5: ("than me", "than me.")},
        labels={1: "very inaccurately", 7: "very accurately"},
    ),
}
