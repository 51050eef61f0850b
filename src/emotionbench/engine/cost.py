"""What a study takes, known before anything is asked or every form is made."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from emotionbench.engine.lane import Wordings
from emotionbench.plan import Plan, Session
from emotionbench.records import Message, Respondent, RespondentKind
from emotionbench.respondents.embedded import reply_text
from emotionbench.study import Materials, Size, Study, materials_of_forms, size_of

CHARACTERS_PER_TOKEN = 4
FORMS_READ, SESSIONS_READ = 60, 500


@dataclass(frozen=True)
class Cost:
    """Administrations, messages and tokens of a study; tokens at 4 characters each, without reasoning or retries."""

    size: Size
    n_messages: int
    input_tokens: int
    output_tokens: int

    def __str__(self) -> str:
        return (
            f"{self.size.n_administrations:,} administrations, {self.n_messages:,} messages, about"
            f" {self.input_tokens:,} tokens in and {self.output_tokens:,} out"
        )

    def times(self, factor: float) -> Cost:
        """The cost of so many times as many forms."""
        size = self.size
        larger = Size(
            size.n_respondents,
            round(size.n_forms * factor),
            round(size.n_baselines * factor),
            round(size.n_after * factor),
        )
        messages, tokens_in, tokens_out = (
            round(n * factor) for n in (self.n_messages, self.input_tokens, self.output_tokens)
        )
        return Cost(larger, messages, tokens_in, tokens_out)


def cost_of(study: Study) -> Cost:
    """Estimate from the prompts of some sessions in some forms, spread over all; raises as ``materials_of``."""
    size = size_of(study)
    plan = sample_plan(study)
    read = _Read(plan.materials)
    for session in islice(plan, 0, None, max(1, plan.n_administrations // SESSIONS_READ)):
        read.take(session)
    of_all = size.n_administrations / max(read.n_administrations, 1)
    tokens = of_all / CHARACTERS_PER_TOKEN
    return Cost(size, round(read.n_messages * of_all), round(read.n_input * tokens), round(read.n_output * tokens))


def sample_plan(study: Study) -> Plan:
    """The plan for one respondent in some of the forms, spread over all."""
    forms = study.ways.spread(study.seed, FORMS_READ) if study.ways else (None,)
    return Plan(study, materials_of_forms(study, forms), (Respondent.of(RespondentKind.LLM, "anybody", {}),))


class _Read:
    """Characters of the prompts and replies of sessions."""

    def __init__(self, materials: Materials) -> None:
        self.wordings = Wordings(materials)
        self.n_administrations = self.n_messages = self.n_input = self.n_output = 0

    def take(self, session: Session) -> None:
        history: tuple[Message, ...] = ()
        for administration in session:
            self.n_administrations += 1
            for part in range(1, administration.n_messages + 1):
                question = self.wordings.question(administration, history, part=part)
                lowest = question.instrument.response_scale.lowest
                reply = reply_text(question, dict.fromkeys(question.shown, lowest))
                self.n_messages += 1
                self.n_input += sum(len(message["content"]) for message in question.messages)
                self.n_output += len(reply)
                history = (*question.messages, {"role": "assistant", "content": reply})
