"""What a report is made of, and how its parts belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from emotionbench.analysis import Analysis
from emotionbench.comparisons.alignment import Alignment
from emotionbench.comparisons.answer_mass import worst_flag
from emotionbench.comparisons.change import ChangeBlock
from emotionbench.comparisons.findings import Findings
from emotionbench.comparisons.response_flags import together
from emotionbench.comparisons.response_style import ResponseStyle
from emotionbench.reports.extras import Extras, extras_of
from emotionbench.reports.phrases import kind_word
from emotionbench.store.studies import StoreFacts

SEVERAL = 3


@dataclass(frozen=True)
class Report:
    """The findings of one store, with the facts that they rest on."""

    findings: Findings
    analysis: Analysis
    facts: StoreFacts
    audit: object | None = None

    @cached_property
    def blocks(self) -> tuple[ChangeBlock, ...]:
        """What is compared, in the order of the leaderboard: the highest alignment first, then those without."""

        def rank(block: ChangeBlock) -> tuple[bool, float]:
            found = self.alignment_of(block)
            value = found.headline.value if found else None
            return value is None, -(value or 0.0)

        return tuple(sorted(self.findings.changes, key=rank))

    @cached_property
    def extras(self) -> Extras:
        """The ways of asking, norms of scores, and probes."""
        return extras_of(self.analysis)

    @cached_property
    def has_situations(self) -> bool:
        """Whether anything was imagined; else there are scores, and no change."""
        return any(row.kind in ("emotion", "control") for block in self.blocks for row in block.rows)

    @cached_property
    def has_people(self) -> bool:
        """Whether anybody can be compared with people's changes, or is people."""
        return bool(self.findings.alignments) or any(block.kind == "human" for block in self.blocks)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Respondent → its kind in words."""
        return {block.respondent: kind_word(block.kind) for block in self.findings.changes}

    @cached_property
    def respondents(self) -> tuple[str, ...]:
        """Every respondent, in the order of the leaderboard."""
        return tuple(dict.fromkeys(block.respondent for block in self.blocks))

    def alignment_of(self, block: ChangeBlock) -> Alignment | None:
        """The comparison with people of the same respondent, instrument, protocol, design and situations."""
        return self._alignments.get(_key(block))

    def styles_of(self, block: ChangeBlock) -> Sequence[ResponseStyle]:
        """Response styles of the same respondent, instrument, protocol and design, by condition."""
        wanted = (block.respondent, block.instrument, block.protocol, block.design)
        return [s for s in self.findings.styles if (s.respondent, s.instrument, s.protocol, s.design) == wanted]

    def flags_of(self, block: ChangeBlock) -> dict[str, str]:
        """Short word → sentence of everything that is odd about a block's answers, the worst condition of each."""
        flags = (*together(self.styles_of(block)), *worst_flag(self.findings.masses, block))
        return {flag.short: flag.text for flag in flags}

    def title(self, block: ChangeBlock) -> str:
        """The respondent's name, with whatever else tells this block from others of the same instrument."""
        return " · ".join([block.respondent, *self._differing(block)])

    def setting(self, block: ChangeBlock) -> str:
        """Instrument, design, protocol and situations in one line."""
        doubt = "" if block.validated else " (not validated)"
        texts = ", other texts than people’s" if block.has_people and not block.shares_texts_with_people else ""
        situations = f"situations {block.situation_set}{texts}" if block.situation_set else "no situations"
        words = (f"{block.instrument}{doubt}", f"{block.design} design", f"protocol {block.protocol}", situations)
        return " · ".join(words)

    @cached_property
    def common_setting(self) -> str | None:
        """The setting of all blocks where they share one, so that it need not be said of each."""
        settings = {self.setting(block) for block in self.blocks}
        return settings.pop() if len(settings) == 1 else None

    def n_administrations(self, block: ChangeBlock) -> int:
        """Scored administrations of a block, baselines and controls among them."""
        return block.n_baseline + sum(row.n for row in block.rows if row.kind in ("emotion", "control"))

    def n_situations(self, block: ChangeBlock) -> int:
        """Evoking situations of a block."""
        return sum(row.n_situations for row in block.rows if row.kind == "emotion")

    def _differing(self, block: ChangeBlock) -> list[str]:
        same = [
            b for b in self.findings.changes if b.respondent == block.respondent and b.instrument == block.instrument
        ]
        if len(same) == 1:
            return []
        fields = {"protocol": block.protocol, "design": block.design, "situations": block.situation_set}
        of_all = [(b.protocol, b.design, b.situation_set) for b in same]
        varies = [len({values[index] for values in of_all}) > 1 for index in range(SEVERAL)]
        return [f"{name} {value}" for (name, value), vary in zip(fields.items(), varies, strict=True) if vary and value]

    @cached_property
    def _alignments(self) -> dict[tuple[str, ...], Alignment]:
        return {_key(found): found for found in self.findings.alignments}


def _key(found: Alignment | ChangeBlock) -> tuple[str, ...]:
    return (found.respondent, found.instrument, found.protocol, found.design, found.situation_set)
