"""Whether words decline to answer; in English here, and in the commonest turns of other languages."""

from __future__ import annotations

import re

from emotionbench.parsing.normal import plain, without_reasoning
from emotionbench.parsing.refusal_phrases import ANSWERS_ANYWAY, DECLINED_ITEM, DECLINES, DISCLAIMS

_ANSWERING = (
    r"(?:answer|rat(?:e|ing)\b|provid|complete (?:this|the|that|your|an?|such)|respond|fill (?:in|out)|assist|comply|"
    r"giv(?:e|ing) (?:you|an?|any|my|these|this|the|such|numer|number|rating|honest|genuine|meaning|real|true)\b|"
    r"assign|help (?:you )?with|participat|report|tak(?:e|ing) (?:the|an?|part|such|this (?:test|survey|question))|"
    r"fulfil|engage (?:in|with)|self-assess|assess|score|generate|evaluate)"
)
_NOT_ABLE = (
    r"(?:can(?:no|')?t|can not|won't|will not|would not|wouldn't|could not|couldn't|(?:am|'m) (?:unable|not able)|"
    r"(?:am|'m) not (?:in a position|comfortable|going|capable|designed|programmed)|unable|not able|not possible)"
)
_DECLINES = re.compile(
    rf"\b{_NOT_ABLE}\b[^.!?\n]{{0,40}}?\b{_ANSWERING}"
    r"|\b(?:i(?:'m| am) sorry|i apologi[sz]e|my apologies|sorry)\b,?\s+(?:but|i|as)\b(?! (?:have|forgot|meant))"
    r"|\b(?:must|have to|need to|will|prefer to|would like to|respectfully|politely|'ll) decline\b"
    r"|\bi (?:decline|refuse)\b|\b(?:prefer|rather|choose|chose) not (?:to )?(?:answer|say|rate|respond|disclose|share)"
    r"|\bit (?:would be|is|wouldn't be|isn't|would not be|is not) (?:in)?(?:appropriate|meaningful|accurate|possible) "
    r"(?:for me )?to\b"
    r"|" + "|".join(DECLINES.values()),
    re.IGNORECASE,
)
_MACHINE = (
    r"(?:an? |your )?(?:\w{1,12} ){0,3}(?:ai|a\.i\.|artificial intelligence|language model|llm|chatbot|assistant)"
)
_FEELINGS = (
    r"(?:feelings?|emotions?|emotional|moods?|sentien|conscious|subjective|inner (?:life|state|world)|"
    r"personal (?:experience|state)|human experience|affective)"
)
_DISCLAIMS = re.compile(
    rf"\b(?:do(?:n't| not)|cannot|can't|can not|never|not able to|unable to|incapable of|not capable of)\b"
    rf"[^.!?\n]{{0,30}}?\b(?:have|having|feel|feeling|experienc(?:e|ing)|possess(?:ing)?)\b[^.!?\n]{{0,40}}?\b{_FEELINGS}"
    rf"|\b(?:have no|lack|without)\b[^.!?\n]{{0,40}}?\b{_FEELINGS}"
    rf"|\b(?:as|being|since i'?m|because i'?m|i'?m just|i am just|i am only|i'?m only) {_MACHINE}\b"
    r"|" + "|".join(DISCLAIMS.values()),
    re.IGNORECASE,
)
_ANSWERS_ANYWAY = re.compile(
    r"\bhere (?:goes|we go|you go)\b"
    r"|\b(?:here (?:are|is)|here's|below (?:are|is)|these are|following are)\s+(?:\w{1,15} ){0,4}?"
    r"(?:answer|rating|score|response|number|estimate|repl|value|simulat|hypothetical|imagined|list)"
    r"|\bi(?:'ll| will| shall| can) (?:\w{1,12} ){0,2}?"
    r"(?:answer|respond|rate|imagine|try|do my best|role-?play|simulate|attempt|pretend|play along)"
    r"|\blet me (?:try|imagine|answer|respond|rate|simulate)"
    r"|\bif i (?:imagine|were|had|put myself|place myself|picture)|\bimagining (?:myself|that|this|the)"
    r"|\bfor the sake of\b"
    r"|" + "|".join(ANSWERS_ANYWAY.values()),
    re.IGNORECASE,
)
_DECLINED_ITEM = re.compile(
    rf"(?:refus\w*|declin\w*|skip(?:ped)?|no comment|prefer not\b.{{0,40}}|cannot answer|{DECLINED_ITEM})", re.I
)

_LONGEST_EXCUSE = 300


def is_refusal(reply: str) -> bool:
    """Whether the reply, reasoning aside, declines to answer or disclaims feelings and does not go on to answer.

    Goes by its words alone; whether it holds answers all the same is for ``parse`` to find.
    """
    text = plain(without_reasoning(reply))
    return bool(_DECLINES.search(text) or _DISCLAIMS.search(text)) and not _ANSWERS_ANYWAY.search(text)


def refuses_all(text: str) -> bool:
    """Whether plain ``text`` in which no answer was found is a refusal rather than something unreadable."""
    if _DECLINES.search(text):
        return True
    return bool(_DISCLAIMS.search(text)) and not _ANSWERS_ANYWAY.search(text)


def refuses_rest(text: str) -> bool:
    """Whether plain ``text`` that answers some items declines the others; a mere disclaimer does not."""
    return bool(_DECLINES.search(text)) and not _ANSWERS_ANYWAY.search(text)


def refuses_item(text: str) -> bool:
    """Whether what stands in place of one item's answer declines it."""
    text = text[:_LONGEST_EXCUSE]
    return bool(_DECLINED_ITEM.fullmatch(text) or _DECLINES.search(text) or _DISCLAIMS.search(text))
