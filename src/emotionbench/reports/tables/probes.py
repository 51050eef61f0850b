"""Probes of biases and contamination, each finding with what may and may not be concluded from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from emotionbench.comparisons.probes import Probes
from emotionbench.comparisons.probes_agreement import Acquiescence
from emotionbench.comparisons.probes_desirability import Desirability
from emotionbench.comparisons.probes_position import PositionBias
from emotionbench.comparisons.probes_recitation import Contamination, Recitation
from emotionbench.reports.phrases import bracketed, count, estimated, number, p_value, plural, share, signed
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing
from emotionbench.statistics.contrasts import Contrast
from emotionbench.statistics.estimate import Estimate

WHO = (Column("respondent", is_text=True), Column("instrument", is_text=True))
PULLS = {
    "first": "towards options listed first",
    "last": "towards options listed last",
    "other": "choices differ with the order",
    "none": "none seen",
    "unknown": "cannot be told",
}
LEANINGS = {
    "agrees": "agrees with both poles",
    "disagrees": "disagrees with both poles",
    "none": "none seen",
    "unknown": "cannot be told",
}
SHIFTS = {
    "desirable": "more desirable, the more items",
    "undesirable": "less desirable, the more items",
    "none": "none seen",
    "unknown": "cannot be told",
}
ASKED_FOR = {
    "recite_items": "items",
    "recite_key": "key",
    "recite_situation": "situations",
    "target_score": "target scores",
}
CONTROLS = {"unpublished": "unpublished texts", "paraphrase": "its paraphrases", "published": "published texts"}


def probe_tables(found: Probes) -> tuple[PageTable, ...]:
    """The tables that have rows: biases first, then contamination with what it rests on."""
    made = (
        _positions(found.positions),
        _shifts(found.positions),
        _agreement(found.acquiescences),
        _desirability(found.desirabilities),
        _contamination(found.contaminations),
        _recitations(found.recitations),
    )
    return tuple(table for table in made if table.rows)


def _columns(lead: Sequence[Column], names: Sequence[str], n_text: int = 0) -> tuple[Column, ...]:
    return (*lead, *(Column(name, is_text=place < n_text) for place, name in enumerate(names)))


def _positions(found: Sequence[PositionBias]) -> PageTable:
    names = ("bias", "n (ascending + descending)", "mean listed place", "p", "chosen, first to last", "p of choices")
    return PageTable(
        name="probe-position",
        title="Option position: does it matter where an option is listed?",
        columns=_columns(WHO, names, 1),
        rows=tuple(_position(one) for one in found),
        notes=(
            "The same form with its options listed from the lowest and from the highest. Mean listed place: 0 is the"
            " option listed first, 1 the last, both orders averaged; 0.5 is no bias, with 95 % interval. Chosen:"
            " shares of all choices by place, both orders averaged. p: that the mean place is 0.5, and that what is"
            " chosen does not hang on the order (exchange of administrations); adjusted by Holm. A pull to the middle"
            " of the list looks the same in both orders and is not seen.",
        ),
    )


def _position(one: PositionBias) -> Row:
    places = [(place.ascending + place.descending) / 2 for place in one.places]
    n = f"{count(one.n_ascending)} + {count(one.n_descending)}"
    n += f", {count(one.n_incomplete)} incomplete" if one.n_incomplete else ""
    place = missing(one.mean_place.why or "") if one.mean_place.value is None else Cell(*estimated(one.mean_place))
    chosen = " ".join(share(value) for value in places) if places else "–"
    cells = (
        Cell(PULLS[one.pull]),
        Cell(n),
        place,
        Cell(p_value(one.p_place)),
        Cell(chosen),
        Cell(p_value(one.p_choices)),
    )
    return Row((*_who(one), *cells))


def _shifts(found: Sequence[PositionBias]) -> PageTable:
    return PageTable(
        name="probe-position-scores",
        title="Option position: how far scores move when options are listed from the highest",
        columns=_columns((*WHO, Column("subscale", is_text=True)), ("difference", "p")),
        rows=tuple(
            Row((*_who(one), Cell(key), *_tested(contrast))) for one in found for key, contrast in one.scores.items()
        ),
        notes=("Score with descending options less that with ascending ones, in raw points; p adjusted by Holm.",),
        n_lead=2,
    )


def _agreement(found: Sequence[Acquiescence]) -> PageTable:
    names = ("subscale", "acquiescence", "n", "keyed items", "reverse-keyed items", "both poles", "p")
    return PageTable(
        name="probe-acquiescence",
        title="Acquiescence: agreement with statements and with their opposites",
        columns=_columns(WHO, names, 2),
        rows=tuple(_agreeing(one) for one in found if one.subscale is not None),
        notes=(
            "Raw answers less the middle of the response scale, in its points, over baseline administrations (all,"
            " where there are none). Who answers what items say is as far above the middle on one pole as below it"
            " on the other; both poles: their mean, with 95 % interval, p adjusted by Holm. Items of the two poles are"
            " never perfect opposites, so that small figures can be the items' own.",
            "Whoever goes by where an option is listed seems to agree or to disagree with both poles, too.",
            *_without_poles(found),
        ),
        n_lead=2,
    )


def _without_poles(found: Sequence[Acquiescence]) -> Iterable[str]:
    without = dict.fromkeys(one.instrument for one in found if one.subscale is None)
    if without:
        yield f"Nothing can be said of {', '.join(without)}: no reverse-keyed items."


def _agreeing(one: Acquiescence) -> Row:
    poles = [missing("no answers") if value is None else Cell(signed(value, 2)) for value in (one.keyed, one.reversed_)]
    lead = (Cell(str(one.subscale)), Cell(LEANINGS[one.leaning]), Cell(count(one.n)))
    return Row((*_who(one), *lead, *poles, *_tested(one.both, 2)))


def _desirability(found: Sequence[Desirability]) -> PageTable:
    names = ("subscale", "shift", "desirable", "items at once: mean (n)", "a doubling", "p", "most − fewest")
    return PageTable(
        name="probe-desirability",
        title="Social desirability: scores as more items are shown at once",
        columns=_columns(WHO, names, 3),
        rows=tuple(_shifted(one) for one in found),
        notes=(
            "Points towards the end of a subscale at which people would rather be seen, for every doubling of the"
            " number of items shown at once, and with the most items against the fewest; 95 % intervals, p adjusted by"
            " Holm over the subscales. Which end is desirable stands in a file with its source; what nobody has said of"
            " a subscale cannot be told. Scores also move for other reasons when items stand together.",
        ),
        n_lead=2,
    )


def _shifted(one: Desirability) -> Row:
    levels = ", ".join(
        f"{number(level.n_shown, 0 if level.n_shown == round(level.n_shown) else 1)}: "
        f"{'–' if level.mean is None else number(level.mean)} ({count(level.n)})"
        for level in one.levels
    )
    end = {1: "high", -1: "low", 0: "–"}[one.direction]
    lead = (Cell(one.subscale), Cell(SHIFTS[one.shift]), Cell(end), Cell(levels))
    return Row((*_who(one), *lead, *_tested(one.trend, 2), _tested(one.ends)[0]))


def _contamination(found: Sequence[Contamination]) -> PageTable:
    names = ("asked for", "verdict", "against", "units", "recalled", "recalled of control", "difference", "p")
    return PageTable(
        name="probe-contamination",
        title="Contamination: are published texts recited better than unpublished ones?",
        columns=_columns((Column("respondent", is_text=True), Column("published", is_text=True)), names, 3),
        rows=tuple(_contaminated(one) for one in found),
        notes=(
            "Recalled: 0 % is nothing, or what chance brings; 100 % is all. Items: recited to the word, but for a slip."
            " Situations: runs of four words. Key: items put into their subscale and direction, beyond chance. Target"
            " scores: made exactly, beyond chance. Units are items, situations or target scores, with replies to one"
            " averaged; 95 % intervals; p by exchange of units, adjusted by Holm over the respondent's comparisons.",
            "Recites: significantly more than of the control, and at least half of it; in part: less than half. No sign"
            " is no proof of the contrary: a respondent may know a text and not tell.",
            "The controls are texts that emotionbench wrote. They are published with this package and will be learnt in"
            " their turn; paraphrases of the items are a second control, and texts of your own a third. Single words"
            " can be guessed, and some lists more easily than others: what is recited in its own place (below) is"
            " stronger evidence than what is recited anywhere. A target score can be made by who understands what the"
            " items mean, without having seen the key.",
        ),
    )  # fmt: skip


def _contaminated(one: Contamination) -> Row:
    units = f"{count(one.n_units)} against {count(one.n_control)}"
    verdict = "cannot be told" if one.verdict == "unknown" else one.verdict
    figures = (_percent(one.share), _percent(one.control_share), _percent(one.difference, sign=True))
    lead = (Cell(one.respondent), Cell(one.material), Cell(ASKED_FOR[one.probe]), Cell(verdict))
    return Row((*lead, Cell(CONTROLS[one.control]), Cell(units), *figures, Cell(p_value(one.p_holm))))


def _percent(found: Estimate, *, sign: bool = False) -> Cell:
    if found.value is None:
        return missing(found.why or "not estimable")
    shown = signed(100 * found.value, 0) if sign else number(100 * found.value, 0)
    low, high = (None if end is None else 100 * end for end in (found.low, found.high))
    return Cell(f"{shown} %", bracketed(low, high, 0))


def _recitations(found: Sequence[Recitation]) -> PageTable:
    names = ("asked for", "text is", "units (replies)", "to the word", "likeness", "in place", "distance", "at random")
    return PageTable(
        name="probe-recitations",
        title="Contamination: what was recalled of each material",
        columns=_columns((Column("respondent", is_text=True), Column("material", is_text=True)), names, 2),
        rows=tuple(_recited(one) for one in found),
        notes=(
            "To the word: texts that stand in the reply as they are, letter case and marks aside. Likeness: of the"
            " reply's line (or stretch) that is most like the text. In place: items under their own number. Distance:"
            " from the target score, as a share of the score's range, and what answers at random would come to.",
        ),
    )


def _recited(one: Recitation) -> Row:
    figures = (one.verbatim, one.likeness, one.in_place, one.error, one.chance_error)
    cells = (Cell(share(value)) if value is not None else Cell("") for value in figures)
    lead = (Cell(one.respondent), Cell(one.material), Cell(ASKED_FOR[one.probe]), Cell(one.standing))
    return Row((*lead, Cell(f"{count(one.n_units)} ({plural(one.n_replies, 'reply', 'replies')})"), *cells))


def _who(one: PositionBias | Acquiescence | Desirability) -> Iterable[Cell]:
    return Cell(one.respondent), Cell(one.instrument)


def _tested(contrast: Contrast, digits: int = 1) -> tuple[Cell, Cell]:
    if contrast.difference is None:
        return missing(contrast.note or "no scores"), Cell("")
    has_ends = contrast.low is not None
    aside = bracketed(contrast.low, contrast.high, digits) if has_ends else contrast.note or ""
    return Cell(signed(contrast.difference, digits), aside), Cell(p_value(contrast.p_holm))
