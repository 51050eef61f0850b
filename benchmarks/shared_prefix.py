"""How much of each prompt was sent before: what a server that keeps the beginnings of prompts need not read again.

    python benchmarks/shared_prefix.py [--instrument PANAS] [--situations-per-factor 2]

For each template, and for reading probabilities item by item, the requests of a study are made in the order in which
they are asked, and set beside those before: the one just before, the first baseline, and all (in blocks of 16 tokens,
as vLLM keeps them; and as OpenAI does, from 1,024 tokens on in steps of 128). Tokens are estimated from the text
(``engine.token_estimate``), so that nothing is downloaded; nothing is asked of anybody.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

BLOCK, LEAST, STEP = 16, 1024, 128
TEMPLATES = ("standard", "plain", "brief", "polite", "strict", "sheet")


@dataclass
class Shared:
    """Tokens of all prompts, and of those parts that stood before."""

    n: int = 0
    tokens: float = 0
    previous: float = 0
    baseline: float = 0
    blocks: float = 0
    discounted: float = 0


def prompts(study: Any) -> Iterator[str]:
    """What is sent, message by message, in the order of asking."""
    from emotionbench.engine.lane import Wordings
    from emotionbench.plan import Plan
    from emotionbench.records import Respondent, RespondentKind
    from emotionbench.study_materials import materials_of

    materials = materials_of(study)
    wordings = Wordings(materials)
    for session in Plan(study, materials, (Respondent.of(RespondentKind.LLM, "anybody", {}),)):
        for administration in session:
            for part in range(1, administration.n_messages + 1):
                messages = wordings.question(administration, part=part).messages
                yield "".join(f"<{message['role']}>{message['content']}" for message in messages)


def common(one: str, other: str) -> str:
    return one[: sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))]


def measure(texts: Iterator[str]) -> Shared:
    from emotionbench.engine.token_estimate import tokens_of

    found, seen, width = Shared(), set[str](), 0
    first = previous = ""
    for text in texts:
        tokens = tokens_of(text)
        found.n += 1
        found.tokens += tokens
        found.previous += tokens_of(common(previous, text))
        found.baseline += tokens_of(common(first, text)) if first else 0
        width = width or max(round(BLOCK * len(text) / tokens), 1)
        n_blocks = 0
        while (n_blocks + 1) * width <= len(text) and text[: (n_blocks + 1) * width] in seen:
            n_blocks += 1
        kept = n_blocks * BLOCK
        found.blocks += kept
        found.discounted += (LEAST + (kept - LEAST) // STEP * STEP) if kept >= LEAST else 0
        # every block is as wide as in the first prompt, so that equal beginnings are cut alike
        seen.update(text[:end] for end in range(width, len(text) + 1, width))
        first, previous = first or text, text
    return found


def main() -> None:
    from emotionbench.study import Study

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instrument", default="PANAS")
    parser.add_argument("--situations-per-factor", type=int, default=2)
    given = parser.parse_args()
    common = {"instruments": given.instrument, "situations_per_factor": given.situations_per_factor}
    print(f"{given.instrument}: tokens of a prompt, and the share of them that stood ...")
    heads = ("prompts", "tokens", "just before", "in a baseline", "in any", "billed less")
    print(" " * 22, *(f"{head:>13}" for head in heads))
    for template in TEMPLATES:
        for answers in ("drawn", "logprobs"):
            ways: dict[str, Any] = {} if template == "standard" else {"template": [template]}
            ways |= {"answers": [answers]} if answers != "drawn" else {}
            study = Study(respondents="openai/anybody", **common, **({"ways": ways} if ways else {}))
            found = measure(prompts(study))
            parts = (found.previous, found.baseline, found.blocks, found.discounted)
            shares = (f"{part / found.tokens:13.0%}" for part in parts)
            print(f"{template + ', ' + answers:22} {found.n:13,} {found.tokens / found.n:13.0f}", *shares)


if __name__ == "__main__":
    main()
