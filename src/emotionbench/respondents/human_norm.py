"""Answers as people did on average: a known truth that planning, asking, parsing, scoring and comparing must return.

It knows a human norm of change on PANAS and draws answer sheets from it. Positive and negative affect are drawn
independently of each other; each is the total of ten answers, and every sheet of answers with the total drawn is
equally likely. Exact in expectation, whatever the number of administrations (``totals`` says how):

- a baseline has the mean and SD of everyone's baseline;
- after an evoking situation the mean is everyone's baseline plus the factor's mean change, so that the change is
  people's, and the SD is the factor's after imagining;
- in the paired design a baseline cannot know the factor that will follow, so that it is everyone's there too, and the
  evoked total has the factor's correlation with the session's baseline. The SD of the change follows from these and is
  not quite the factor's own.

After a control situation, or one of a factor that the norm does not know, it answers as at baseline, drawn anew.
Draws are seeded by the administration and the attempt; the baseline totals of a session by the session, so that the
evoked administration finds the same ones.
"""

from __future__ import annotations

from emotionbench.documents import Document, content_hash
from emotionbench.errors import RespondentError
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument, ShortText
from emotionbench.materials.norms import Moments, Movement, Norm, NormRow
from emotionbench.materials.protocols import Protocol
from emotionbench.records import Design
from emotionbench.respondents import totals
from emotionbench.respondents.base import Question, settings_of
from emotionbench.respondents.embedded import Embedded, Values, draws, embedded, seeded
from emotionbench.study import Execution, RespondentSpec

AFFECTS = ("positive", "negative")


class Settings(Document):
    """``norm`` is the id or the file of a norm on PANAS."""

    norm: ShortText = "emotionbench-people"


def build(spec: RespondentSpec, protocol: Protocol, execution: Execution) -> Embedded:
    """Make the respondent; a MaterialError or RespondentError where the norm is unknown or not of PANAS."""
    norm = catalogue.norm(settings_of(spec, Settings).norm)
    return embedded(spec, {"norm": norm.id, "norm_hash": content_hash(norm)}, People(norm).fill)


class People:
    """The people of a norm, as one who answers like them."""

    def __init__(self, norm: Norm) -> None:
        everyone = norm.row()
        if everyone is None or any(affect not in everyone.subscales for affect in AFFECTS):
            raise RespondentError(
                "has no row of everyone with positive and negative affect",
                where=f"norm {norm.id!r}",
                fix="choose a norm of PANAS",
            )
        self.norm, self.everyone = norm, everyone

    def fill(self, question: Question) -> Values:
        """A value for each of the 20 items."""
        _check_panas(question.instrument)
        values: dict[int, int] = {}
        for affect in AFFECTS:
            answers = totals.spread(self.total(question, affect), draws(question, f"{affect} items", totals.N_ITEMS))
            values.update(zip(question.instrument.subscales[affect].items, answers, strict=True))
        return values

    def total(self, question: Question, affect: str) -> int:
        """The drawn total of one subscale, 10 to 50."""
        try:
            return self._total(question, affect, self._row(question))
        except RespondentError as problem:
            where = f"norm {self.norm.id!r}, {affect} affect"
            raise RespondentError(problem.what, where=where, fix=problem.fix) from None

    def _row(self, question: Question) -> NormRow | None:
        """The people who imagined the question's factor; None where it is to be answered as at baseline."""
        situation = question.situation
        if situation is None or situation.kind != "evoking":
            return None
        return self.norm.factor_row(situation.factor)

    def _total(self, question: Question, affect: str, row: NormRow | None) -> int:
        administration = question.administration
        is_paired = administration.design is Design.PAIRED
        baseline = self.everyone.subscales[affect].baseline
        uniform = draws(question, f"{affect} total", 1)[0]
        before = totals.totals(baseline).draw(seeded(f"{administration.session}|{affect} total", 1)[0])
        if row is None:
            opens_session = is_paired and question.situation is None
            return before if opens_session else totals.totals(baseline).draw(uniform)
        movement = self._movement(row, affect)
        evoked = Moments(mean=baseline.mean + movement.change.mean, sd=movement.evoked.sd)
        if not is_paired:
            return totals.totals(evoked).draw(uniform)
        if movement.r is None:
            raise RespondentError(
                f"factor {row.factor!r} has no correlation of before with after", fix="choose the independent design"
            )
        return totals.totals_after(baseline, evoked, movement.r)[before - totals.LEAST].draw(uniform)

    def _movement(self, row: NormRow, affect: str) -> Movement:
        if affect not in row.subscales:
            raise RespondentError(f"factor {row.factor!r} lacks this subscale", fix="add it to the norm")
        return row.subscales[affect]


def _check_panas(instrument: Instrument) -> None:
    """Refuse what is not 20 items from 1 to 5, ten each of positive and negative affect, none reversed."""
    scale, subscales = instrument.response_scale, instrument.subscales
    counted = [set(subscale.items) - set(subscale.reverse) for subscale in subscales.values()]
    if (
        set(subscales) != set(AFFECTS)
        or {len(numbers) for numbers in counted} != {totals.N_ITEMS}
        or set.union(*counted) != set(range(1, 2 * totals.N_ITEMS + 1))
        or instrument.n_items != 2 * totals.N_ITEMS
        or (scale.lowest, scale.highest) != (totals.LOWEST, totals.HIGHEST)
    ):
        raise RespondentError(
            f"asked {instrument.id}, and the norm covers PANAS only",
            where="human-norm",
            fix="leave the instrument out, or ask another respondent",
        )
