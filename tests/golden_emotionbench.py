"""Answer sheets scored by hand: answers in item order, keys as published, sums written out.

A long sum is written as its parts: ten items each, in the order of the key, reversed ones turned round.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """One answer a digit, in item order; keys such as ``1 6R 8-10`` (R: reverse-keyed); what the subscales score."""

    answers: str
    keys: dict[str, str]
    scores: dict[str, float]

    @property
    def values(self) -> list[int]:
        return [int(digit) for digit in self.answers.replace(" ", "")]

    def key(self, subscale: str) -> tuple[list[int], list[int]]:
        """The items of a subscale, and those of them that are reverse-keyed."""
        items, reverse = [], []
        for part in self.keys[subscale].split():
            first, _, last = part.removesuffix("R").partition("-")
            items += range(int(first), int(last or first) + 1)
            reverse += [int(first)] if part.endswith("R") else []
        return items, reverse


EMOTIONBENCH = {
    "AGQ": Sheet(
        answers="5163731755 5115727363 567176723",
        keys={
            "overall": "1-6 7R 8-17 18R 19-29",
            "physical-aggression": "1-6 7R 8 9",
            "verbal-aggression": "10-14",
            "anger": "15 16 17 18R 19 20 21",
            "hostility": "22-29",
        },
        scores={
            "overall": 49 + 42 + 44,
            "physical-aggression": 5 + 1 + 6 + 3 + 7 + 3 + (8 - 1) + 7 + 5,
            "verbal-aggression": 5 + 5 + 1 + 1 + 5,
            "anger": 7 + 2 + 7 + (8 - 3) + 6 + 3 + 5,
            "hostility": 6 + 7 + 1 + 7 + 6 + 7 + 2 + 3,
        },
    ),
    "DASS-21": Sheet(
        answers="1023113003 3302233030 3",
        keys={
            "anxiety": "2 4 7 9 15 19 20",
            "depression": "3 5 10 13 16 17 21",
            "stress": "1 6 8 11 12 14 18",
            "overall": "1-21",
        },
        scores={
            "anxiety": 2 * (0 + 3 + 3 + 0 + 2 + 3 + 0),
            "depression": 2 * (2 + 1 + 3 + 0 + 3 + 3 + 3),
            "stress": 2 * (1 + 1 + 0 + 3 + 3 + 2 + 0),
            "overall": 2 * (14 + 19 + 3),
        },
    ),
    "BDI": Sheet(
        answers="2222322220 2132013130 1",
        keys={
            "overall": "1-21",
        },
        scores={
            "overall": 19 + 16 + 1,
        },
    ),
    "FDS": Sheet(
        answers="5244452211 5541115445 25252142",
        keys={
            "overall": "1-28",
            "discomfort-intolerance": "1 5 9 13 17 21 25",
            "entitlement": "2 6 10 14 18 22 26",
            "emotional-intolerance": "3 7 11 15 19 23 27",
            "achievement": "4 8 12 16 20 24 28",
        },
        scores={
            "overall": 30 + 35 + 23,
            "discomfort-intolerance": 5 + 4 + 1 + 4 + 5 + 2 + 2,
            "entitlement": 2 + 5 + 1 + 1 + 4 + 5 + 1,
            "emotional-intolerance": 4 + 2 + 5 + 1 + 4 + 2 + 4,
            "achievement": 4 + 2 + 5 + 1 + 5 + 5 + 2,
        },
    ),
    "MJS": Sheet(
        answers="3366227625 7716533656 6175",
        keys={
            "cognitive-jealousy": "1-8",
            "emotional-jealousy": "9-16",
            "behavioral-jealousy": "17-24",
        },
        scores={
            "cognitive-jealousy": 3 + 3 + 6 + 6 + 2 + 2 + 7 + 6,
            "emotional-jealousy": 2 + 5 + 7 + 7 + 1 + 6 + 5 + 3,
            "behavioral-jealousy": 3 + 6 + 5 + 6 + 6 + 1 + 7 + 5,
        },
    ),
    "GASP": Sheet(
        answers="2613777165 222152",
        keys={
            "guilt-negative-behavior-evaluation": "1 9 14 16",
            "guilt-repair": "2 5 11 15",
            "shame-negative-self-evaluation": "3 6 10 13",
            "shame-withdraw": "4 7 8 12",
        },
        scores={
            "guilt-negative-behavior-evaluation": 2 + 6 + 1 + 2,
            "guilt-repair": 6 + 7 + 2 + 5,
            "shame-negative-self-evaluation": 1 + 7 + 5 + 2,
            "shame-withdraw": 3 + 7 + 1 + 2,
        },
    ),
    "FSS": Sheet(
        answers="4544155455 1125251444 5421251442 1452142241 5252142245 14",
        keys={
            "overall": "1-52",
            "social-fears": "5 8 9 10 15 20 27 33 41 44 47 51 52",
            "agoraphobia-fears": "2 3 6 7 11 17 18 19 23 24 35 40 42",
            "injury-fears": "1 4 12 14 22 32 36 38 39 43 46 50",
            "sex-aggression-fears": "25 26 28 30 31 34 48 49",
            "fear-of-harmless-animals": "13 16 21 29 37 45",
        },
        scores={
            "overall": 42 + 29 + 30 + 26 + 32 + 5,
            "social-fears": 1 + 4 + 5 + 5 + 2 + 4 + 1 + 5 + 5 + 2 + 2 + 1 + 4,
            "agoraphobia-fears": 5 + 4 + 5 + 5 + 1 + 1 + 4 + 4 + 2 + 1 + 1 + 1 + 2,
            "injury-fears": 4 + 4 + 1 + 5 + 4 + 4 + 4 + 2 + 4 + 5 + 4 + 5,
            "sex-aggression-fears": 2 + 5 + 4 + 2 + 1 + 2 + 2 + 4,
            "fear-of-harmless-animals": 2 + 5 + 5 + 4 + 2 + 1,
        },
    ),
    "BFNE": Sheet(
        answers="4412515525 25",
        keys={
            "overall": "1 2R 3 4R 5 6 7R 8 9 10R 11 12",
        },
        scores={
            "overall": 4 + (6 - 4) + 1 + (6 - 2) + 5 + 1 + (6 - 5) + 5 + 2 + (6 - 5) + 2 + 5,
        },
    ),
    "emotionbench-PANAS": Sheet(
        answers="5221415115 2125525222",
        keys={
            "positive": "1 3 5 9 10 12 14 16 17 19",
            "negative": "2 4 6 7 8 11 13 15 18 20",
        },
        scores={
            "positive": 5 + 2 + 4 + 1 + 5 + 1 + 5 + 2 + 5 + 2,
            "negative": 2 + 1 + 1 + 5 + 1 + 2 + 2 + 5 + 2 + 2,
        },
    ),
}
