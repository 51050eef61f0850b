"""What the tests of forms share: an instrument put in any form, and answered as an embedded respondent writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.situations import Situation
from emotionbench.parsing import parse
from emotionbench.records import Administration, AnswerStatus, Condition, Design, Message
from emotionbench.respondents.base import Question
from emotionbench.respondents.embedded import reply_text
from emotionbench.ways import LANGUAGES, TEMPLATES
from emotionbench.wording import Wording

INSTRUMENTS = ("PANAS", "ECL-8")
PERSONAS = ("ordinary", "hero", "liar", "psychopath", "calm")
OPTION_LABELS = ("none", "a", "A", "i", "I")
OPTION_ORDERS = ("ascending", "descending")
SIGNS = {"a": "abcde", "A": "ABCDE", "i": ("i", "ii", "iii", "iv", "v"), "I": ("I", "II", "III", "IV", "V")}
"""The signs of five options, in the order listed."""


@dataclass(frozen=True)
class Put:
    """One administration with its materials."""

    instrument: Instrument
    protocol: Protocol
    form: Form | None
    administration: Administration
    situation: Situation | None = None

    def conversation(self, values: Mapping[int, int], history: tuple[Message, ...] = ()) -> list[tuple[Question, str]]:
        """Every message with the reply to it that gives these values (by item number)."""
        wording = Wording(self.instrument, self.protocol, self.form)
        turns = []
        for part in range(1, self.administration.n_messages + 1):
            messages = wording.messages(self.administration, self.situation, history, part)
            question = Question(
                self.administration, self.instrument, self.protocol, self.situation, messages, part, self.form, part
            )
            reply = reply_text(question, values)
            turns.append((question, reply))
            history = (*messages, {"role": "assistant", "content": reply})
        return turns

    def read(self, turns: list[tuple[Question, str]]) -> dict[int, int | None]:
        """The values that are read from the replies, each of which has to be valid; by item number."""
        found: dict[int, int | None] = {}
        for question, reply in turns:
            answers = parse(reply, self.instrument, question.shown, self.form)
            assert [answer.item for answer in answers] == sorted(question.shown)
            assert {answer.status for answer in answers} == {AnswerStatus.VALID}, reply
            assert not found.keys() & {answer.item for answer in answers}
            found |= {answer.item: answer.value for answer in answers}
        return found


def put(
    name: str = "PANAS",
    template: str = "plain",
    language: str = "en",
    *,
    form: Form | None = None,
    order: tuple[int, ...] | None = None,
    **changes: Any,
) -> Put:
    """A shipped instrument in a shipped template; ``changes`` are condition, design and situation."""
    instrument, protocol = catalogue.edition(name, language), catalogue.template(template, language)
    situation = changes.pop("situation", None)
    condition = changes.pop("condition", Condition.EVOKED if situation else Condition.BASELINE)
    order = order or tuple(range(1, instrument.n_items + 1))
    n_messages = form.n_messages(instrument.n_items) if form else 1
    design = changes.pop("design", Design.INDEPENDENT)
    administration = Administration(
        "id", "r", "i", "p", design, condition, "s" if situation else None, 0, 0, None, order, "f", n_messages
    )
    return Put(instrument, protocol, form, administration, situation)


def some_values(n_items: int, scale: tuple[int, ...] = (1, 2, 3, 4, 5), shift: int = 0) -> dict[int, int]:
    """Values of every kind, by item number."""
    return {number: scale[(number * 7 + shift + number // 5) % len(scale)] for number in range(1, n_items + 1)}


def form_of(language: str = "en", persona: str | None = None, **levels: Any) -> Form:
    """A form with its persona's text in the language."""
    text = catalogue.persona(persona).texts[language] if persona not in (None, "none") else None
    return Form(language=language, persona=persona, persona_text=text, **levels)


@st.composite
def forms(draw: st.DrawFn, language: str) -> Form:
    """Any form in a language."""
    one_of = {
        "option_labels": st.sampled_from([None, *OPTION_LABELS]),
        "option_order": st.sampled_from([None, *OPTION_ORDERS]),
        "item_order": st.sampled_from([None, "balanced", "given"]),
        "items_per_message": st.sampled_from([None, "all", 1, 2, 3, 5, 7, 8, 19, 20, 50]),
        "conversation": st.sampled_from([None, "kept", "fresh"]),
        "chain_of_thought": st.sampled_from([None, True, False]),
        "temperature": st.sampled_from([None, 0.0, 0.7]),
    }
    levels = {name: draw(levels) for name, levels in one_of.items()}
    return form_of(language, draw(st.sampled_from([None, "none", *PERSONAS])), **levels)


def languages() -> st.SearchStrategy[str]:
    """Any of the ten."""
    return st.sampled_from(LANGUAGES)


def templates() -> st.SearchStrategy[str]:
    """Any of the five."""
    return st.sampled_from(TEMPLATES)
