"""Forms: the ways in which one instrument is put, and the signs under which its options are shown."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import Field

from emotionbench.documents import Document, left_out
from emotionbench.errors import StudyError
from emotionbench.materials.instruments import Instrument, LongText, ResponseScale, ShortText
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.recitation import LOW, targets_of

OptionLabels = Literal["none", "a", "A", "i", "I"]
OptionOrder = Literal["ascending", "descending"]
ItemOrder = Literal["balanced", "given"]
Conversation = Literal["kept", "fresh"]
Answers = Literal["drawn", "json", "logprobs"]
ProbeKind = Literal["recite_items", "recite_key", "recite_situation", "target_score"]

TARGET_SCORE: ProbeKind = "target_score"
"""The probe that asks for answers, to a stated score; the others ask for texts."""
RECITE_SITUATION: ProbeKind = "recite_situation"
"""The probe that asks for situations; the others ask about an instrument."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_SYMBOLS = len(LETTERS)
ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
NOBODY = "none"
"""The level of a persona that is nobody in particular."""
REASONING_END = "###"
"""The line between reasoning and answers."""
PROBE_FIX = "choose the template plain in English, or add the text to the protocol"
MARK = ")"
"""What stands behind a symbol: ``a)``."""


class Form(Document):
    """How an instrument is put, by the levels of what a study varies; null is what its protocol does anyway.

    ``template``, ``paraphrase`` and ``language`` say which texts were chosen (the texts themselves are the
    administration's instrument and protocol); the others change how these are put:

    ``option_labels``
        The signs of the options: the numbers alone (``none``), or ``a)``, ``A)``, ``i)``, ``I)``.
    ``option_order``
        Options listed from lowest to highest, or ``descending``. Signs go in the order listed, so that ``a)`` is then
        the highest; numbers keep their meaning.
    ``item_order``
        ``balanced``: every administration has its own order; ``given``: that of the instrument.
    ``items_per_message``, ``conversation``
        So many items a message, the following messages in the same conversation (``kept``) or each in one of its own.
    ``answers``
        Whether the respondent writes its answers (``drawn``, in lines; ``json``, held to a JSON schema), or the
        probability of every answer is read (``logprobs``): item by item, each in a message of its own, in a
        conversation of its own or, where that is ``kept``, after the respondent's own answers to the items before.
    ``persona``, ``persona_text``
        Who the respondent is told to be, as the system message says it; ``none`` without a text for nobody.
    ``chain_of_thought``
        Whether reasoning is asked for before the answers; these then stand below a line ``###``.
    ``temperature``
        Of the model, where it differs from the protocol's.
    ``probe``, ``target``
        What is asked instead of answers, for the probes of contamination: to continue the items, the key or a
        situation from memory; or answers that make a stated score (see ``recitation.targets_of``).
    """

    template: ShortText | None = left_out()
    paraphrase: ShortText | None = left_out()
    language: ShortText | None = left_out()
    option_labels: OptionLabels | None = left_out()
    option_order: OptionOrder | None = left_out()
    item_order: ItemOrder | None = left_out()
    items_per_message: Literal["all"] | Annotated[int, Field(ge=1)] | None = left_out()
    conversation: Conversation | None = left_out()
    answers: Answers | None = left_out()
    persona: ShortText | None = left_out()
    persona_text: LongText | None = left_out()
    chain_of_thought: bool | None = left_out()
    temperature: Annotated[float, Field(ge=0, le=2)] | None = left_out()
    probe: ProbeKind | None = left_out()
    target: ShortText | None = left_out()

    @property
    def id(self) -> str:
        """The levels in words: ``language de · option_labels a``."""
        return " · ".join(f"{name} {level}" for name, level in self.levels().items()) or "plain"

    @property
    def has_signs(self) -> bool:
        """Whether options stand behind signs such as ``a)`` instead of numbers."""
        return self.option_labels not in (None, "none")

    @property
    def recites(self) -> bool:
        """Whether texts are asked for instead of answers."""
        return self.probe is not None and self.probe != TARGET_SCORE

    @property
    def starts_anew(self) -> bool:
        """Whether each message of an administration is a conversation of its own."""
        return self.conversation == "fresh" or (self.reads_probabilities and self.conversation is None)

    @property
    def reads_probabilities(self) -> bool:
        """Whether the probabilities of answers are read, an item a message, instead of answers."""
        return self.answers == "logprobs"

    def n_messages(self, n_items: int) -> int:
        """Over how many messages so many items are spread."""
        if self.reads_probabilities:
            return n_items
        per_message = self.items_per_message
        return math.ceil(n_items / per_message) if isinstance(per_message, int) else 1

    def levels(self) -> dict[str, str]:
        """What is varied → its level as text, in the order of the fields; ``persona_text`` aside."""
        found = self.model_dump(mode="json", exclude={"persona_text"})
        return {name: _level(value) for name, value in found.items()}


def _level(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def symbols(scale: ResponseScale, form: Form | None) -> dict[int, str] | None:
    """Value → its sign (``a``, ``iv``), in the order in which options are listed; None where numbers are shown."""
    if form is None or not form.has_signs:
        return None
    signs = [sign(str(form.option_labels), place) for place in range(scale.highest - scale.lowest + 1)]
    return dict(zip(option_values(scale, form), signs, strict=True))


def option_values(scale: ResponseScale, form: Form | None) -> list[int]:
    """The values of the response scale in the order in which options are listed."""
    values = list(range(scale.lowest, scale.highest + 1))
    return values[::-1] if form is not None and form.option_order == "descending" else values


def sign(style: str, place: int) -> str:
    """The sign of the option at a place counted from 0: ``c`` for 2 in style ``a``, ``III`` in style ``I``."""
    lower = LETTERS[place] if style in ("a", "A") else roman(place + 1)
    return lower.upper() if style in ("A", "I") else lower


def roman(number: int) -> str:
    """A whole number from 1 to 39 in small Roman numerals."""
    signs = ""
    for value, letters in ROMAN:
        while number >= value:
            signs += letters
            number -= value
    return signs


def check_fits(instrument: Instrument, protocol: Protocol, form: Form | None) -> None:
    """Raise a StudyError where the protocol or the instrument lacks what a form needs."""
    if form is None:
        return
    uses_scale = "{scale}" in protocol.baseline
    needs = {
        f"the probe {form.probe}": (form.probe, form.probe and getattr(protocol, form.probe)),
        "option signs": (form.has_signs, uses_scale and protocol.scale_symbols and protocol.symbol_label),
        "a chain of thought": (form.chain_of_thought, protocol.think_first and "{reply}" in protocol.baseline),
        "an answer alone": (form.reads_probabilities, protocol.reply_alone and "{reply}" in protocol.baseline),
        "several messages": (
            (isinstance(form.items_per_message, int) or form.reads_probabilities) and not form.starts_anew,
            protocol.next_items,
        ),
    }
    for what, (wanted, has_words) in needs.items():
        if wanted and not has_words:
            raise StudyError(
                f"protocol {protocol.id!r} has no words for {what}",
                fix="choose a template: emotionbench materials list" if form.probe is None else PROBE_FIX,
            )
    if form.probe == TARGET_SCORE:
        targets_of(instrument, form.target or LOW)
    n_options = len(option_values(instrument.response_scale, form))
    if form.has_signs and n_options > MOST_SYMBOLS:
        raise StudyError(
            f"{instrument.id} has {n_options} options, and there are signs for {MOST_SYMBOLS}",
            fix="use option_labels: none",
        )
    labelled = instrument.response_scale.labels or all(item.labels for item in instrument.items)
    if form.has_signs and not labelled:
        raise StudyError(
            f"{instrument.id} has no response labels that signs could stand before", fix="use option_labels: none"
        )
