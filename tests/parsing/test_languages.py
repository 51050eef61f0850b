"""Replies in ten languages: their digits, marks and words for a number, and how they decline."""

from __future__ import annotations

import pytest

from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing import parse
from emotionbench.parsing.normal import plain
from emotionbench.parsing.questionnaire import with_digits
from emotionbench.parsing.refusals import is_refusal
from parsing_helpers import SIGNS, made_up
from reply_writing import LONG_CHINESE, LONG_JAPANESE

THREE = made_up(["Warm", "Cold", "Dry"], 1, 5)


def read(reply: str, instrument: Instrument = THREE, order: tuple[int, ...] = (1, 2, 3)) -> str:
    """What was read, in the order shown: the value, or the initial of its status."""
    answers = {answer.item: answer for answer in parse(reply, instrument, order)}
    return " ".join(SIGNS.get(answers[number].status, str(answers[number].value)) for number in order)


@pytest.mark.parametrize(
    "reply",
    [
        "١. ٣\n٢. ٢\n٣. ١",
        "۱: ۳\n۲: ۲\n۳: ۱",
        "１：３\n２：２\n３：１",
        "①3\n②2\n③1",
        "1. ③\n2. ②\n3. ①",
        "（1）3\n（2）2\n（3）1",
        "1、3\n2、2\n3、1",
        "一、3\n二、2\n三、1",
        "（一）3\n（二）2\n（三）1",
        "第1题：3\n第2题：2\n第3题：1",
        "第１問：３\n第２問：２\n第３問：１",
        "项目1：3分\n项目2：2分\n项目3：1分",
        "問1：3点\n問2：2点\n問3：1点",
        "1번: 3점\n2번: 2점\n3번: 1점",
        "문항 1: 3\n문항 2: 2\n문항 3: 1",
        "Пункт 1: 3\nПункт 2: 2\nПункт 3: 1",
        "№1: 3 балла\n№2: 2 балла\n№3: 1 балл",
        "Вопрос 1 — 3 из 5\nВопрос 2 — 2\nВопрос 3 — 1",
        "السؤال ١: ٣\nالسؤال ٢: ٢\nالسؤال ٣: ١",
        "البند 1: 3 درجات\nالبند 2: 2\nالبند 3: 1",
        "١: ٣، ٢: ٢، ٣: ١",
        "1: 3؛ 2: 2؛ 3: 1",
        "\u200f١. ٣\u200f\n\u202b٢. ٢\u202c\n\u200f٣. ١",
        "\u2067Warm: 3\u2069\nCold: 2\u200f\nDry\u200f: 1",
        "Frage 1: 3\nFrage 2: 2\nFrage 3: 1",
        "Énoncé 1 : 3\nÉnoncé 2 : 2\nÉnoncé 3 : 1",
        "N° 1 : 3\nN° 2 : 2\nN° 3 : 1",
        "Pregunta 1: 3\nPregunta 2: 2\nÍtem 3: 1",
        "Domanda 1: 3\nVoce 2: 2\nAffermazione 3: 1",
        "Warm: 3 punti\nCold: 2 Punkte\nDry: 1 punto",
        "Warm：3\nCold：2\nDry：1",
        "「Warm」：３\n『Cold』：２\n“Dry”：１",
        "Warm（3）\nCold（2）\nDry（1）",
        "Warm: ３／５\nCold: ٢/٥\nDry: 1",
        "Warm - Bewertung: 3\nCold - Ответ: 2\nDry - 评分：1",
        "Warm - الإجابة: 3\nCold - 답변: 2\nDry - 回答：1",
        '{"١": "٣", "٢": "٢", "٣": "١"}',
        '[{"id": 1, "回答": 3}, {"id": 2, "답변": 2}, {"id": 3, "ответ": 1}]',
        "| 项目 | 评分 |\n|--|--|\n| Warm | 3 |\n| Cold | 2 |\n| Dry | 1 |",
        "3，2，1",
        "٣، ٢، ١",
        "3、2、1",
    ],
)
def test_digits_marks_and_words_for_a_number(reply: str) -> None:
    assert read(reply) == "3 2 1"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        # number words are no numbers
        ("Warm: 三\nCold: 二\nDry: 一", "u u u"),
        ("Warm: ثلاثة\nCold: 세\nDry: три", "u u u"),
        ("Warm: drei\nCold: tres\nDry: trois", "u u u"),
        ("三\n二\n一", "u u u"),
        ("三、二、一", "u u u"),
        ("一：三\n二：二\n三：一", "u u u"),
        ("Warm: Ⅲ\nCold: 3번\nDry: 叁", "u u u"),
        ("Warm: 无\nCold: なし\nDry: нет ответа", "m m m"),
        ("Warm: 해당 없음\nCold: لا يوجد\nDry: keine Angabe", "u m m"),
        ("Warm: 3\nCold: 拒答\nDry: 거부", "3 r r"),
        ("Warm: 3\nCold: отказ\nDry: رفض", "3 r r"),
        ("Warm: ٣٫٥\nCold: 3,5\nDry: ٩", "u u o"),
    ],
)
def test_what_is_no_number_in_any_language(reply: str, expected: str) -> None:
    assert read(reply) == expected


def test_long_items_without_blanks() -> None:
    for instrument, values in ((LONG_CHINESE, (4, 1, 3, 2, 1)), (LONG_JAPANESE, (0, 3, 2))):
        order = tuple(range(instrument.n_items, 0, -1))
        expected = " ".join(map(str, values))
        for form in (
            "{t}：{v}",
            "{i}. {t} {v}",
            "{i}、{t}：{v}",
            "{i}．{t}（{v}）",
            "{i}：{v}",
            "「{t}」→{v}",
            "{t}\n{v}",
            "{t}：{l}",
        ):
            lines = [
                form.format(i=i, t=instrument.text(n), v=v, l=instrument.response_scale.labels[v])
                for i, (n, v) in enumerate(zip(order, values, strict=True), 1)
            ]
            assert read("\n".join(lines), instrument, order) == expected
            # the full stop is left out as often as not
            assert read("\n".join(lines).replace("。", ""), instrument, order) == expected


def test_vowel_marks_and_stretched_words_are_the_same_words() -> None:
    instrument = made_up(["قلق", "مرتاح"], 1, 3, {1: "قليلا", 2: "كثيرا", 3: "جدا"})
    assert read("قَلِق: قليلًا\nمرتــاح: كثيراً", instrument, (1, 2)) == "1 2"


def test_halves_of_a_label_joined_by_or() -> None:
    for label, halves in {
        "ganz wenig oder gar nicht": ("ganz wenig", "gar nicht"),
        "قليلا أو أبدا": ("قليلا", "أبدا"),
    }.items():
        instrument = made_up(["Warm", "Cold"], 1, 2, {1: label, 2: "x"})
        assert read(f"Warm: {halves[0]}\nCold: {halves[1]}", instrument, (1, 2)) == "1 1"


REFUSALS = {
    "ar": [
        "أعتذر، لكنني نموذج لغوي ولا أملك مشاعر.",
        "عذرًا، لا أستطيع الإجابة عن هذه الأسئلة.",
        "لا يمكنني تقييم هذه العبارات.",
        "بصفتي نموذج ذكاء اصطناعي، ليس لدي مشاعر.",
        "آسف، لن أتمكن من ملء هذا الاستبيان.",
        "أفضل عدم الإجابة.",
        "لست قادرا على الإجابة.",
    ],
    "de": [
        "Es tut mir leid, aber ich habe keine Gefühle.",
        "Als KI habe ich keine eigenen Emotionen.",
        "Ich kann diese Fragen nicht beantworten.",
        "Leider kann ich dazu nichts sagen.",
        "Ich möchte lieber nicht antworten.",
        "Ich bin nicht in der Lage, das einzuschätzen.",
    ],
    "es": [
        "Lo siento, pero no puedo responder.",
        "Como modelo de lenguaje, no tengo emociones.",
        "Prefiero no contestar.",
        "No me es posible valorar estas afirmaciones.",
        "Debo declinar.",
        "No experimento sentimientos.",
    ],
    "fr": [
        "Je suis désolée, mais je ne peux pas répondre.",
        "En tant que modèle de langage, je n'ai pas d'émotions.",
        "Je préfère ne pas répondre.",
        "Je ne ressens aucune émotion.",
        "Il m'est impossible de répondre.",
        "Je refuse.",
    ],
    "it": [
        "Mi dispiace, ma non posso rispondere.",
        "In quanto intelligenza artificiale, non provo emozioni.",
        "Preferisco non rispondere.",
        "Non sono in grado di valutare queste affermazioni.",
        "Come modello linguistico non ho sentimenti.",
        "Devo declinare.",
    ],
    "ja": [
        "申し訳ありませんが、お答えできません。",
        "AIとして感情を持っていません。",
        "私は言語モデルなので、感情はありません。",
        "回答は控えさせていただきます。",
        "この質問にはお答えしかねます。",
        "すみませんが、答えたくありません。",
    ],
    "ko": [
        "죄송하지만 답변할 수 없습니다.",
        "저는 인공지능이므로 감정이 없습니다.",
        "AI로서 감정을 느끼지 않습니다.",
        "이 질문에는 답하기 어렵습니다.",
        "응답을 거부하겠습니다.",
        "평가를 제공할 수 없습니다.",
    ],
    "ru": [
        "Извините, но я не могу ответить на эти вопросы.",
        "Как языковая модель, я не испытываю эмоций.",
        "Будучи ИИ, я не имею чувств.",
        "Я не в состоянии оценить эти утверждения.",
        "Предпочитаю не отвечать.",
        "У меня нет чувств.",
        "Я вынужден отказаться: отказываюсь.",
    ],
    "zh": [
        "抱歉，我无法回答这些问题。",
        "作为一个人工智能，我没有真正的情感。",
        "對不起，我沒有情緒。",
        "我不能提供评分。",
        "我拒绝回答。",
        "我只是一个语言模型，没有感受。",
        "恕我不能作答。",
        "我选择不便透露。",
    ],
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("三、3", "3. 3"),
        ("十、3", "10. 3"),
        ("十二．3", "12. 3"),
        ("（二十）3", "20. 3"),
        ("三十四：3", "34. 3"),
        ("三", "三"),
        ("三、", "三、"),
        ("一个人：3", "一个人：3"),
        ("、3", "、3"),
    ],
)
def test_chinese_numbers_before_a_line(line: str, expected: str) -> None:
    assert with_digits(plain(line)) == plain(expected)


@pytest.mark.parametrize("reply", [reply for replies in REFUSALS.values() for reply in replies])
def test_refusals(reply: str) -> None:
    assert read(reply) == "r r r"
    assert is_refusal(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "抱歉，我没有情感。以下是我的回答：\nWarm: 3",
        "作为AI，如果让我想象自己在场：\nWarm: 3",
        "AIとして感情はありませんが、以下は仮の回答です。\nWarm: 3",
        "저는 감정이 없지만 상상해 보면 다음과 같습니다.\nWarm: 3",
        "Как ИИ, я не имею чувств, но вот мои ответы:\nWarm: 3",
        "Als KI habe ich keine Gefühle. Hier sind meine Antworten:\nWarm: 3",
        "En tant qu'IA... Voici mes réponses :\nWarm: 3",
        "Como IA no tengo emociones, pero aquí están mis respuestas:\nWarm: 3",
        "Come IA non ho emozioni, ma ecco le risposte:\nWarm: 3",
        "بصفتي نموذج لغوي ليس لدي مشاعر، لكن إليك إجاباتي:\nWarm: 3",
    ],
)
def test_who_answers_all_the_same_does_not_refuse(reply: str) -> None:
    assert not is_refusal(reply)
    assert read(reply) == "3 m m"


def test_no_item_or_label_that_ships_reads_like_a_refusal() -> None:
    for instrument in catalogue.instruments():
        texts = [*(item.text for item in instrument.items), *instrument.response_scale.labels.values()]
        assert [text for text in texts if is_refusal(text)] == []
        everything = "\n".join(f"{text}: {instrument.response_scale.lowest}" for text in texts[: instrument.n_items])
        answers = parse(everything, instrument, range(1, instrument.n_items + 1))
        assert {answer.value for answer in answers} == {instrument.response_scale.lowest}
