"""Every form of reply that is read: written once with known answers, and read back."""

from __future__ import annotations

import json

import pytest

from emotionbench.parsing import parse
from parsing_helpers import (
    ECL,
    ECL_ORDER,
    ECL_SHOWN,
    LABELS,
    PANAS,
    STATEMENTS,
    STATEMENTS_ORDER,
    VALUES,
    made_up,
    one,
    signs,
    written,
)

ALL = " ".join(map(str, VALUES))
LEGEND = "\n".join(f"{value} = {label}" for value, label in LABELS.items())
LINES = [
    "{t}: {v}", "{i}. {t}: {v}", "{i}: {v}", "{i}. {v}", "{i}) {v}", "{i} - {v}", "{i}-{v}", "Item {i}: {v}",
    "Q{i}: {v}",
    "Q.{i} {v}", "Item #{i} - {v}", "No. {i}: {v}", "Answer {i}: {v}", "({i}) {v}", "[{i}] {v}", "{i} -> {v}",
    "{i}→{v}",
    "{i} {v}", "{i}\t{v}", "{i},{v}", "{t},{v}", "{t};{v}", "{i},{t},{v}", "{i}\t{t}\t{v}", "{t} {v}", "{t} ({v})",
    "{t} [{v}/5]", "{t} ..... {v}", "{t}: [{v}]", "- **{t}**: {v}", "**{t}:** {v}", "**{t}** – {v}", "- {t} = {v}",
    "**{i}. {t}: {v}**", "**{i}.** {v}", "{i}\\. {t}: {v}", "> {t}: {v}", "{i}) {t} = {v}", "{t} — {v}/5",
    "{t}: {v} out of 5", "{t}: {v} points", "{t}: {v}/5 stars", "{t}: {v}.0", "{t}: **{v}**.", "'{t}': '{v}',",
    '"{t}": "{v}"', "('{t}', {v}),", "{t}: {v} ({l})", "{t}: {l} ({v})", "{t}: {v} - {l}", "{t}: {v} = {l}", "{t}: {l}",
    "{i}: {l}", "{i}. {v} ({l})", "{t}: {v} – the day has been quiet.", "{t}: {v}, because of what came in 2024",
    "{t}: {l}, since nothing else fits", "{t} - Rating: {v}", "{t}: I'd rate this a {v}.", "{t} (right now): {v}",
    "{t}: $\\boxed{{{v}}}$", "<li><b>{t}</b>: {v}</li>", "{i}. Item: {t}, Score: {v}", "😀 {t}: {v} 😀",
    "### {i}. {t}\n**Rating:** {v}\n*Reason:* it has been so.\n", "**{t}**\n{v}\n", "- item: {t}\n  rating: {v}",
    "{i}. **{t}**\n   * Score: {v}\n   * Explanation: 2 reasons: a, b", "| {i} | {t} | {v} |", "| {t} | {v} | {l} |",
    "{t} | {v}", "| {i} | {v} |", "│ {t} │ {v} │", "| Item {i} | {v} |", "第{i}题：{v}", "{i}、{t}：{v}分", "{i}️⃣ {v}",
    # bare lists: as many answers as items
    "{v}", "- {v}", "**{v}**", "{v},", "{v}.", "[{v}]", "({v})", "{v}/5", "{l}", "{v} ({l})", "{v} - {l}",
    "Rating: {v}",
]  # fmt: skip


@pytest.mark.parametrize("form", LINES)
def test_a_line_for_every_item(form: str) -> None:
    assert signs(written(form)) == ALL


@pytest.mark.parametrize("form", [*LINES[:6], "{v}"])
@pytest.mark.parametrize(
    "around",
    [
        "Sure! Here are my ratings:\n\n{}\n\nLet me know if you need anything else.",
        "```\n{}\n```",
        "As an AI I have no feelings, but here goes:\n{}",
        "On a scale from 1 (not at all) to 5 (extremely):\n\n{}",
        "1 = not at all, 2 = a little, 3 = moderately, 4 = very much, 5 = extremely\n\n{}",
        LEGEND + "\n\n{}",
        "- " + LEGEND.replace("\n", "\n- ").replace(" =", ":") + "\n\n{}",
        "1 = not at all\n5 = extremely\n\n{}",
        "<think>Angry: 5\n1. 5\nJealous: 1</think>\n{}",
    ],
)
def test_words_around_the_answers(form: str, around: str) -> None:
    assert signs(around.format(written(form))) == ALL


@pytest.mark.parametrize("form", LINES[:6])
def test_lists_behind_the_answers(form: str) -> None:
    behind = "Strongest of all:\n1. Angry\n2. Afraid\n\nTotals:\n1. Negative affect: 31\nTotal: 43"
    assert signs(f"{written(form)}\n\n{behind}") == ALL


@pytest.mark.parametrize("form", ["{t}: {v}", "{i}. {t}: {v}", "{i}: {v}", "{i}. {v}", "{i}. {l}", "{v}", "{l}"])
@pytest.mark.parametrize("joint", [", ", "; "])
def test_one_line_for_all_items(form: str, joint: str) -> None:
    assert signs(written(form, joint)) == ALL
    assert signs("My answers: " + written(form, joint) + ".") in (ALL, "u u u u u u u u")


@pytest.mark.parametrize("form", ["{t}: {v}", "{i}. {t}: {v}", "{i}: {v}", "{i}. {v}", "{v}"])
def test_one_line_parted_by_spaces(form: str) -> None:
    assert signs(written(form, " ")) == ALL


def test_full_stops_between_answers_are_not_numbers_of_items() -> None:
    assert signs(written("{t}: {v}", ". ")) == ALL


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"])
@pytest.mark.parametrize("form", ["{i}. {t}: {v}", "{i}：{v}", "{i}． {v}", "{t} — {v}", "{v}", "{t}: {v}／5"])
def test_unicode_digits_and_punctuation(digits: str, form: str) -> None:
    assert signs(written(form).translate({ord(str(n)): digits[n] for n in range(10)})) == ALL


@pytest.mark.parametrize(
    ("old", "new"),
    [("\n", "\r\n"), ("\n", "\u2028"), (" ", "\u00a0"), (": ", ":\u200b "), ("\n", "\n\n\n"), (":", "：")],
)
def test_unicode_spaces_and_line_ends(old: str, new: str) -> None:
    assert signs(written("{i}. {t}: {v}").replace(old, new)) == ALL


def test_letter_case_and_quotes_do_not_matter() -> None:
    assert signs(written("“{t}”: {l}").upper()) == ALL


@pytest.mark.parametrize(
    "table",
    [
        "| # | Emotion | Rating |\n|---|:---:|---|\n" + written("| {i} | **{t}** | {v} |"),
        "| Emotion | Rating | Meaning |\n|--|--|--|\n" + written("| {t} | {v} | {l} |"),
        "| Emotion | Rating | Why |\n|--|--|--|\n" + written("| {t} | {v} | I have 2 of them |"),
        "| Rating | Emotion |\n|--|--|\n" + written("| {v} | {t} |"),
        "| **No.** | **Emotion** | **Rating (1-5)** |\n|--|--|--|\n" + written("| {i}. | {t} | **{v}** |"),
        "| " + " | ".join(ECL_SHOWN) + " |\n|" + "--|" * 8 + "\n| " + " | ".join(map(str, VALUES)) + " |",
        " | ".join(map(str, VALUES)),
        "| Emotion | 1 | 2 | 3 | 4 | 5 |\n|--|--|--|--|--|--|\n"
        + "\n".join(
            f"| {text} | " + " | ".join("X" if value == chosen else "" for chosen in LABELS) + " |"
            for text, value in zip(ECL_SHOWN, VALUES, strict=True)
        ),
        "<table><tr><th>Emotion</th><th>Rating</th></tr>"
        + written("<tr><td>{t}</td><td>{v}</td></tr>", "")
        + "</table>",
    ],
)
def test_tables(table: str) -> None:
    assert signs(table) == ALL


BY_TEXT = dict(zip(ECL_SHOWN, VALUES, strict=True))
NUMBERED = list(enumerate(zip(ECL_SHOWN, VALUES, strict=True), 1))


@pytest.mark.parametrize(
    "content",
    [
        BY_TEXT,
        {text: str(value) for text, value in BY_TEXT.items()},
        {text: LABELS[value] for text, value in BY_TEXT.items()},
        {str(place): value for place, (_, value) in NUMBERED},
        {f"item_{place}": value for place, (_, value) in NUMBERED},
        {f"{place}. {text}": value for place, (text, value) in NUMBERED},
        {"ratings": BY_TEXT, "note": "none"},
        {"scale": {str(value): label for value, label in LABELS.items()}, "answers": BY_TEXT},
        {"answers": VALUES},
        VALUES,
        [LABELS[value] for value in VALUES],
        [f"{text}: {value}" for text, value in BY_TEXT.items()],
        [[text, value] for text, value in BY_TEXT.items()],
        [{text: value} for text, value in BY_TEXT.items()],
        [{"item": text, "rating": value, "reason": "1 of 2 “things”"} for text, value in BY_TEXT.items()],
        [{"item": text, "number": value} for text, value in BY_TEXT.items()],
        [{"item": place, "score": value} for place, (_, value) in NUMBERED],
        [{"id": place, "emotion": text, "answer": float(value)} for place, (text, value) in NUMBERED],
        [{"score": value} for value in VALUES],
        {text: {"rating": value, "reason": "so, 2<br>times"} for text, value in BY_TEXT.items()},
        {str(place): {"emotion": text, "value": value} for place, (text, value) in NUMBERED},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_json(content: object, indent: int | None) -> None:
    text = json.dumps(content, indent=indent)
    assert signs(text) == ALL
    assert signs(f"Sure!\n```json\n{text}\n```\nThese are mine.") == ALL
    assert signs(json.dumps(content, ensure_ascii=False)) == ALL


def test_json_by_lines_and_json_that_is_not_quite() -> None:
    assert signs("\n".join(json.dumps({"item": text, "score": value}) for text, value in BY_TEXT.items())) == ALL
    assert signs(json.dumps(BY_TEXT, indent=1).replace("\n}", ",\n}")) == ALL
    assert signs(str(BY_TEXT)) == ALL
    broken_off = json.dumps([{"item": text, "score": value} for text, value in BY_TEXT.items()])[:150]
    assert signs(broken_off) == "1 2 3 4 m m m m"


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Interested: very slightly or not at all", "1"), ("Interested: not at all", "1"),
        ("Interested: a little", "2"),
        ("Interested: Very Slightly", "1"), ("Interested: QUITE A BIT!", "4"), ("Interested: *quite-a-bit*", "4"),
        ("Interested: 1 - very slightly or not at all", "1"), ("Interested: 4, quite a bit", "4"),
        ("Interested: 4/5 (quite a bit)", "4"), ("Interested: quite a bit (4/5)", "4"), ("Interested: 04", "4"),
        ("Interested: +4", "4"), ("Interested: 3 (on a scale of 1 to 5)", "3"), ("Interested: 4 quite a bit", "4"),
        ("Interested:: 3", "3"), ("Interested :4", "4"), ("Interested: = 2", "2"), ("Interested- 3", "3"),
    ],
)  # fmt: skip
def test_the_words_of_the_response_scale(reply: str, value: str) -> None:
    assert one(reply) == value


STATEMENT_FORMS = [
    "{i}: {v}", "{i}. {t}: {v}", "{t}: {v}", "{t} - {v}", "{t} {v}", "{t} ({v})", "{i}: {l}", "{i}. {t}: {l}",
    "{i}. {v} ({l})", "{i}. {l} ({v})", "{l}", "{v}", '{i}. "{t}" – **{v}**', "{i}. {t}\nAnswer: {v} - {l}",
    "{i}. {v}/3", "| {i} | {t} | {v} | {l} |", "| {t} | {l} |", "{i}. {l}, since it never stops",
    "{i}. {v}. I chose this because I never rest.", "{i}. about what was asked: {v}",
]  # fmt: skip


def statements_written(form: str) -> tuple[str, str]:
    values = (3, 0, 2, 1, 0, 3)
    lines = []
    for place, (number, value) in enumerate(zip(STATEMENTS_ORDER, values, strict=True), 1):
        labels = STATEMENTS.items[number - 1].labels or STATEMENTS.response_scale.labels
        lines.append(form.format(i=place, t=STATEMENTS.text(number), v=value, l=labels[value]))
    return "\n".join(lines), " ".join(map(str, values))


@pytest.mark.parametrize("form", STATEMENT_FORMS)
def test_statements_with_labels_of_their_own(form: str) -> None:
    reply, expected = statements_written(form)
    assert signs(reply, STATEMENTS, STATEMENTS_ORDER) == expected
    assert signs(reply.replace("’", "'"), STATEMENTS, STATEMENTS_ORDER) == expected
    assert signs(reply.upper(), STATEMENTS, STATEMENTS_ORDER) == expected


def test_the_text_of_an_item_is_not_its_answer() -> None:
    reply, _ = statements_written("{i}. {t}")
    assert signs(reply, STATEMENTS, STATEMENTS_ORDER) == "m m m m m m"
    assert signs(reply + "\n\n3, 0, 2, 1, 0, 3", STATEMENTS, STATEMENTS_ORDER) == "3 0 2 1 0 3"


def test_an_item_repeated_with_its_labels() -> None:
    shown = (
        "How hard was it? (0 = Not hard at all, 1 = Somewhat hard, 2 = Very hard, 3 = Extremely hard, or impossible)"
    )
    assert signs(f"1. {shown}: 2", STATEMENTS, STATEMENTS_ORDER) == "2 m m m m m"
    assert signs(f"1. {shown}", STATEMENTS, STATEMENTS_ORDER) == "m m m m m m"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("I couldn't stop worr...: 2", "m m m m m 2"),
        ("I couldn't stop worrying: 2", "m m m m m 2"),
        ("6. I couldn't stop…: 2", "m m m m m 2"),
        ("I couldn't stop worrying for 2 days", "u u u u u u"),
        ("I couldn…: 2", "u u u u u u"),
        ("I felt a little…: 2", "u u u u u u"),
        ("I felt a little low…: 2", "u u u u u u"),
        ("I felt a little low: 2", "m m m m 2 m"),
    ],
)
def test_an_item_broken_off(reply: str, expected: str) -> None:
    assert signs(reply, STATEMENTS, STATEMENTS_ORDER) == expected


def test_items_that_contain_one_another() -> None:
    instrument = made_up(["Calm", "Calm 2", "Calm and low", "Calm: not low", "Calmer"])
    reply = "Calm: 2\nCalm 2: 3\nCalm and low: 1\nCalm: not low: 0\nCalmer: 2"
    assert signs(reply, instrument, (1, 2, 3, 4, 5)) == "2 3 1 0 2"


def test_items_of_other_scripts() -> None:
    instrument = made_up(["थोड़ा खुश", "थोड़ी खुशी", "感兴趣", "Décidé", "قلق"])
    reply = "थोड़ा खुश: 1\nथोड़ी खुशी: 2\n感兴趣：3\nde\u0301cide\u0301 : 0\nقلق: ٢"
    assert signs(reply, instrument, (1, 2, 3, 4, 5)) == "1 2 3 0 2"


def test_numbers_mean_the_place_in_the_order_shown() -> None:
    answers = parse("1: 4\n8: 2", ECL, ECL_ORDER)
    assert [(answer.item, answer.value) for answer in answers if answer.value] == [(3, 4), (4, 2)]


def test_values_below_zero_where_the_response_scale_has_them() -> None:
    instrument = made_up(["Warm", "Cold", "Dry"], lowest=-3, highest=3)
    assert signs("Warm: -3\nCold: −1\n3. -2", instrument, (1, 2, 3)) == "-3 -1 -2"
    for reply in (
        "1: -3\n2: 0\n3: 3",
        "1: -3, 2: 0, 3: 3",
        "1:-3, 2:0, 3:3",
        "Warm: -3, Cold: 0, Dry: 3",
        "[-3, 0, 3]",
    ):
        assert signs(reply, instrument, (1, 2, 3)) == "-3 0 3"
    assert signs("1:-3 2:-2 3:-1", instrument, (1, 2, 3)) == "u m m"
    assert signs("1 - -3\n2--2\nDry -1", instrument, (1, 2, 3)) == "-3 -2 u"
    assert signs("-3\n0\n3", instrument, (1, 2, 3)) == "-3 0 3"


def test_one_item_alone() -> None:
    instrument = made_up(["Warm"])
    for reply in ("2", "Warm: 2", "1. 2", "Answer: 2", "2/3", "Warm\n2", "[2]", '{"Warm": 2}'):
        assert signs(reply, instrument, (1,)) == "2"


def test_a_hundred_items() -> None:
    instrument = made_up([f"Feeling number {'abcdefghij'[n // 10]}{'abcdefghij'[n % 10]}" for n in range(100)])
    order = tuple(range(100, 0, -1))
    values = [n % 4 for n in range(100)]
    expected = " ".join(map(str, values))
    assert signs("\n".join(f"{i}. {v}" for i, v in enumerate(values, 1)), instrument, order) == expected
    assert signs(" ".join(map(str, values)), instrument, order) == expected


def test_panas_in_full() -> None:
    order = tuple(range(20, 0, -1))
    values = [1 + n % 5 for n in range(20)]
    reply = "\n".join(f"{PANAS.text(number)}: {value}" for number, value in zip(order, values, strict=True))
    assert signs(reply, PANAS, order) == " ".join(map(str, values))
