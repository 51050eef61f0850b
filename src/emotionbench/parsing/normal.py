"""A reply in one plain spelling: reasoning blocks gone, Unicode digits and punctuation as ASCII, no HTML."""

from __future__ import annotations

import re
import unicodedata

_REASONING = re.compile(
    r"<\s{0,3}(?P<close>/?)\s{0,3}(?:\w{1,20}:)?(?:think|thinking|thought|reasoning|scratchpad)\b[^<>]{0,200}>"
    r"|\[(?P<close_square>/?)think\]"
    r"|◁(?P<close_triangle>/?)think▷",
    re.IGNORECASE,
)
_ANSWERS = (
    r"answers?|responses?|ratings?|replies|reply|respuestas?|réponses?|antwort(?:en)?|rispost[ae]|ответы?|"
    r"答案|回答|答え|作答|评分|답변|답|응답|الإجابات|الإجابة|الأجوبة|إجاباتي|إجابتي|الردود"
)
_ANSWERS_BELOW = re.compile(
    r"[\s*_`>~\-]*+[#＃]{3}[\s*_`:：.\-#＃]*+"
    rf"(?:(?:[^\W\d_]{{1,15}}\s){{0,2}}(?:{_ANSWERS}))?[\s*_`:：.\-#＃]*+",
    re.IGNORECASE,
)
_FINAL_CHANNEL = re.compile(r"<\|channel\|>final[^<>\n]{0,40}<\|message\|>")
_ROW_END = re.compile(r"<(?:br\s{0,3}/?|/(?:p|li|tr|div|h[1-6]))\s{0,3}>", re.IGNORECASE)
_CELL_END = re.compile(r"</t[dh]\s{0,3}>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|li|ul|ol|b|i|u|em|strong|code|div|span|sup|sub|h[1-6]|t[drh]|table|thead|tbody"
    r"|answers?|output|final|response)(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00\x0b\x0c\x1c-\x1e]")
_ESCAPED = re.compile(r"\\([.\-*_()#\[\]{}!+>~`])")
_BOXED = re.compile(r"\\(?:boxed|text|textbf|mathbf)\{([^{}\n]{0,80})\}")

_SPECIAL = {
    **dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", "\n"),
    **dict.fromkeys("‘’‚‛′ʼ´", "'"),
    **dict.fromkeys("“”„‟″«»「」『』", '"'),
    **dict.fromkeys("…⋯", "..."),
    **dict.fromkeys("−﹣⁻", "-"),
    **dict.fromkeys("꞉∶﹕︓ː", ":"),
    **dict.fromkeys("、،﹐", ","),
    **dict.fromkeys("؛﹔", ";"),
    **dict.fromkeys("。．٫﹒", "."),
    **dict.fromkeys("⁄∕⧸", "/"),
    **dict.fromkeys("│┃┆┊║∣￨", "|"),
    **dict.fromkeys("─━═┄┈", "-"),
    **dict.fromkeys("→⇒➔➜➝➡⟶⟹►▶▸", "->"),
    **dict.fromkeys("•◦▪●‣·∙○■□", "*"),
    "\x00": " ",
    "\ufe0f": "",
    # the keycap of 1️⃣ stands where a list has its full stop
    "\u20e3": ".",
}


class _Spelling(dict[int, str]):
    """The plain spelling of each character, worked out when first met."""

    def __missing__(self, code: int) -> str:
        plain = self[code] = _plain_character(chr(code))
        return plain


def _plain_character(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if 0xFF01 <= ord(character) <= 0xFF5E:
        return chr(ord(character) - 0xFEE0)
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    decomposition = unicodedata.decomposition(character)
    if decomposition.startswith("<super>"):
        return " "
    number = unicodedata.numeric(character, None)
    if number is not None and (decomposition.startswith("<circle>") or "❶" <= character <= "➓"):
        return f"({int(number)}) "
    return {"Pd": "-", "Zs": " ", "Cf": ""}.get(unicodedata.category(character), character)


_SPELLING = _Spelling()


def without_reasoning(reply: str) -> str:
    """The reply without its reasoning blocks.

    An opening tag that is never closed makes everything after it reasoning; a closing tag that was never opened makes
    everything before it reasoning.
    """
    reply = _FINAL_CHANNEL.split(reply)[-1]
    kept: list[str] = []
    start, inside = 0, False
    for tag in _REASONING.finditer(reply):
        if tag["close"] or tag["close_square"] or tag["close_triangle"]:
            if not inside:
                kept.clear()
            start, inside = tag.end(), False
        elif not inside:
            kept.append(reply[start : tag.start()])
            inside = True
    if not inside:
        kept.append(reply[start:])
    return "\n".join(kept)


def below_mark(reply: str) -> str:
    """What stands below the last line of nothing but ``###`` outside reasoning blocks; all of it without such a line.

    Emphasis around the mark, or a word such as "Answers:" behind it, does no harm; any other heading is none.
    """
    if not _has_mark(reply):
        return reply
    lines = without_reasoning(reply).split("\n")
    for at in range(len(lines) - 1, -1, -1):
        if _has_mark(lines[at]) and _ANSWERS_BELOW.fullmatch(lines[at]):
            return "\n".join(lines[at + 1 :])
    return reply


def _has_mark(text: str) -> bool:
    return "###" in text or "＃＃＃" in text


def plain(text: str) -> str:
    """``text`` with ASCII digits, quotes, dashes and colons, ``\\n`` line ends, and HTML and LaTeX marks taken out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii() or _CONTROL.search(text):
        text = text.translate(_SPELLING)
    if "<" in text:
        text = _TAG.sub("", _CELL_END.sub(" | ", _ROW_END.sub("\n", text)))
    if "\\" in text:
        text = _ESCAPED.sub(r"\1", _BOXED.sub(r"\1", text.replace("\\|", "/")))
    return text
