"""What a reply is held against: the items with their texts, the order shown, and the words of the response scale."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument, ResponseScale
from emotionbench.parsing.normal import plain
from emotionbench.parsing.phrases import Phrases
from emotionbench.parsing.readings import AnswerReader, Reader, label_phrases
from emotionbench.parsing.refusals import refuses_rest
from emotionbench.parsing.signs import SignReader, Signs

VALUE_WORDS = frozenset(
    {"rating", "score", "answer", "value", "response", "level", "intensity", "number", "rate", "points", "choice"}
    | {"my rating", "your rating", "my answer", "your answer", "my score", "your score", "my response", "your response"}
    | {"bewertung", "antwort", "wert", "respuesta", "puntuación", "réponse", "note", "resposta", "risposta", "оценка"}
    | {"评分", "分数", "得分", "答案", "回答", "評価", "점수"}
    | {"einschätzung", "valeur", "évaluation", "valor", "calificación", "valore", "punteggio", "valutazione"}
    | {"ответ", "балл", "значение", "评价", "作答", "答え", "点数", "スコア", "답", "답변", "응답", "평가", "값"}
    | {"الإجابة", "الجواب", "التقييم", "الدرجة", "القيمة"}
)
OPTION_WORDS = frozenset(
    {"option", "symbol", "sign", "letter", "selection", "selected", "opción", "opzione", "auswahl", "choix", "scelta"}
    | {"вариант", "选项", "选择", "選択肢", "選択", "보기", "선택", "الخيار"}
)
"""What may stand for an answer where no word of ``VALUE_WORDS`` does."""
ANSWER_WORDS = VALUE_WORDS | OPTION_WORDS
COUNTERS = "题題问問项項号號번"
NUMBER_WORDS = (
    r"(?:item|question|statement|answer|response|rating|score|position|number|no|nr|q|ítem|pregunta|frage|aussage|"
    r"élément|domanda|pergunta|项目|问题|题目|第|题|nummer|punkt|antwort|énoncé|affirmation|réponse|n°|afirmación|"
    r"elemento|respuesta|voce|affermazione|risposta|пункт|вопрос|утверждение|номер|ответ|№|問題|項目|質問|設問|問|回答|"
    r"문항|항목|질문|번호|답변|البند|السؤال|العبارة|رقم|الإجابة)"
)
_POSITION = re.compile(
    rf"[\s*_`#(\[]*(?:{NUMBER_WORDS}[\s_.#-]*)?(?P<position>\d{{1,6}})[\s.)\]*_`:{COUNTERS}]*", re.IGNORECASE
)
_HAN_DIGITS = "一二三四五六七八九"
_HAN_NUMBER = re.compile(rf"[(\[]?(?P<tens>[{_HAN_DIGITS}]?十)?(?P<ones>[{_HAN_DIGITS}])?[)\].,:]+(?=\s*\S)")
_NUMBER_BEFORE = re.compile(r"[\s*_`\"'(\[#]*(?P<position>\d{1,6})\s*[.):\]\-*_]")


class Tables:
    """What parsing needs of one instrument in one form, made once; holds no reference to the instrument itself."""

    def __init__(self, instrument: Instrument, form: Form | None = None) -> None:
        scale = instrument.response_scale
        self.signs = Signs.of(scale, form)
        self.n_items = instrument.n_items
        self.lowest, self.highest = scale.lowest, scale.highest
        self.labels = {value: plain(label) for value, label in scale.labels.items()}
        self.texts = [plain(item.text) for item in instrument.items]
        own = [item.labels and {v: plain(label) for v, label in item.labels.items()} for item in instrument.items]
        self.items = Phrases(_item_phrases(self.texts, own, self.signs), cut=True)
        self.declining = [text for text in self.texts if refuses_rest(text)]
        self.common = self._reader(scale, [self.labels, *(labels for labels in own if labels)])
        shared = self._reader(scale, [self.labels])
        self.readers = [self._reader(scale, [labels]) if labels else shared for labels in own]

    def _reader(self, scale: ResponseScale, labels: Iterable[Mapping[int, str]]) -> Reader:
        phrases = Phrases(phrase for some in labels for phrase in label_phrases(some))
        if self.signs:
            return SignReader(self.signs, phrases)
        return AnswerReader(scale.lowest, scale.highest, phrases)


def _item_phrases(
    texts: Sequence[str], own: Sequence[Mapping[int, str] | None], signs: Signs | None
) -> Iterable[tuple[str, int]]:
    """Each item as its text, and as the text with its own response labels behind it, as it is put."""
    for number, (text, labels) in enumerate(zip(texts, own, strict=True), 1):
        yield text, number
        if labels:
            values = [value for value in signs.values if value in labels] if signs else sorted(labels)
            shown = signs.shown if signs else {value: str(value) for value in values}
            yield f"{text} " + " ".join(f"{shown[value]} = {labels[value]}" for value in values), number


def with_digits(line: str) -> str:
    """A line that begins with a Chinese number as in ``三、`` with that number in digits; any other as it is."""
    number = _HAN_NUMBER.match(line)
    if number is None or not (number["tens"] or number["ones"]):
        return line
    tens = _HAN_DIGITS.find(number["tens"][:-1] or "一") + 1 if number["tens"] else 0
    ones = _HAN_DIGITS.find(number["ones"]) + 1 if number["ones"] else 0
    return f"{10 * tens + ones}. {line[number.end() :]}"


def position_in(cell: str) -> int | None:
    """The number that is all ``cell`` holds, as in ``1.`` or ``Item 1``."""
    number = _POSITION.fullmatch(cell)
    return int(number["position"]) if number else None


class Questionnaire:
    """One instrument with the order in which its items, or some of them, were shown."""

    def __init__(self, tables: Tables, order: Sequence[int]) -> None:
        self.tables, self.order, self.n_shown = tables, order, len(order)
        self.places = {item: place for place, item in enumerate(order, 1)}

    def allows(self, value: int) -> bool:
        """Whether the value is on the response scale."""
        return self.tables.lowest <= value <= self.tables.highest

    def shown_at(self, position: int) -> int | None:
        """The item shown under this number; None where no item was."""
        return self.order[position - 1] if 1 <= position <= len(self.order) else None

    def item_meant(self, position: int | None, item: int | None) -> int | None:
        """The item whose response labels apply: by text, else by number."""
        if item is not None or position is None:
            return item
        return self.shown_at(position)

    def reader_of(self, item: int | None) -> Reader:
        """The reader of the answers to an item; of answers to no particular one for None."""
        return self.tables.common if item is None else self.tables.readers[item - 1]

    def without_items(self, text: str) -> str:
        """``text`` without items that read like a refusal, such as ``I could not bring myself to answer``."""
        for item in self.tables.declining:
            text = text.replace(item, " ")
        return text

    def is_label_of(self, value: int | None, text: str) -> bool:
        """Whether ``text`` is the label of this very value, as in a legend.

        Where options carry signs, numbers in a legend can only count the options as listed.
        """
        reading = self.tables.common.read(text)
        if self.tables.signs is None or reading.number is None or not self.allows(reading.number):
            return reading.worded and reading.number == value
        return reading.worded and not reading.signed and self.tables.signs.place(reading.number) == value

    def item_of(self, cell: str) -> int | None:
        """The item whose text is all that ``cell`` holds, a number before it aside."""
        found = self.tables.items.match(cell)
        start = 0
        if found is None and (number := _NUMBER_BEFORE.match(cell)):
            start = number.end()
            found = self.tables.items.match(cell, start)
        if found is None or re.search(r"[^\W_]", cell[found[1] :]):
            return None
        return found[0]

    def number_before(self, cell: str) -> int | None:
        """The number written before the item's text in ``cell``."""
        number = None if self.tables.items.match(cell) else _NUMBER_BEFORE.match(cell)
        return int(number["position"]) if number else None
