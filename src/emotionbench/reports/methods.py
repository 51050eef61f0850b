"""The methods paragraph, written from what was really asked and really computed, with the works it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import emotionbench
from emotionbench.reports.citations import cited, references
from emotionbench.reports.contents import Report
from emotionbench.reports.methods_forms import CALM, INDIRECT, NORMS, PROBABILITIES, PROBES, WAYS, Passage
from emotionbench.reports.people_table import people_sentences
from emotionbench.reports.phrases import count, listed, number, p_equals, plural
from emotionbench.store.studies import Usage

HASH_SHOWN, HASH_LENGTH = 12, 64
ORIGIN = ("recorded", "sha256")
"""Settings of a respondent whose answers come from a file."""


@dataclass(frozen=True)
class Methods:
    """Headed paragraphs, and the works that they cite."""

    paragraphs: tuple[tuple[str, str], ...]
    references: tuple[str, ...]


def methods(report: Report) -> Methods:
    """Write them from the store's facts and the findings."""
    writer = _Writer(report)
    parts: tuple[tuple[str, Callable[[], Iterator[str]]], ...] = (
        ("Materials", writer.materials),
        ("Respondents and administrations", writer.respondents),
        ("Scoring", writer.scoring),
        ("Change", writer.change),
        ("Comparison with people", writer.people),
        ("Norms of scores", lambda: writer.passages(NORMS)),
        ("Indirect questionnaires", lambda: writer.passages(INDIRECT)),
        ("Calm and recovery", lambda: writer.passages(CALM)),
        ("Ways of asking", lambda: writer.passages(WAYS)),
        ("Answers as probabilities", lambda: writer.passages(PROBABILITIES)),
        ("Probes", lambda: writer.passages(*PROBES)),
        ("Answers and their reliability", writer.answers),
        ("To do it again", writer.again),
    )
    paragraphs = tuple((head, text) for head, write in parts if (text := " ".join(write())))
    return Methods(paragraphs, references(writer.used))


class _Writer:
    """Sentences, and what they cited."""

    def __init__(self, report: Report) -> None:
        self.report, self.findings, self.facts = report, report.findings, report.facts
        self.used: set[str] = {"emotionbench"}
        rows = [row for block in self.findings.changes for row in block.rows]
        self.contrasts = [contrast for row in rows for contrast in row.contrasts.values()]

    def cite(self, *keys: str) -> str:
        self.used.update(keys)
        return "; ".join(cited(key) for key in keys)

    def inside(self, *keys: str) -> str:
        """The same within brackets: ``Holm, 1979``."""
        return self.cite(*keys).replace(" (", ", ").replace(")", "")

    def passages(self, *found: Passage) -> Iterator[str]:
        """Sentences that hold for every store that has something for their section."""
        for one in found:
            if one.holds(self.report):
                for words, keys in one.sentences:
                    yield words.format(**{key: self.inside(key) for key in keys})

    def materials(self) -> Iterator[str]:
        named: dict[str, list[str]] = {"instrument": [], "protocol": []}
        for material in self.facts.materials:
            named.setdefault(material.kind, []).append(f"{material.name} (SHA-256 {material.hash[:HASH_SHOWN]}…)")
        wording = f"; wording: {listed(named['protocol'])}" if named["protocol"] else ""
        pages = f"; pages that people read: {listed(named['pages'])}" if named.get("pages") else ""
        yield f"Instruments: {listed(named['instrument'])}{wording}{pages}."
        if any(label.split("#")[0] == "PANAS" for label in self.report.analysis.instruments):
            yield f"PANAS is that of {self.cite('panas')}."
        doubtful = [label for label, found in self.report.analysis.instruments.items() if not found.validated]
        if doubtful:
            yield f"{listed(doubtful)} {'has' if len(doubtful) == 1 else 'have'} not been validated by anyone."
        sets = sorted({b.situation_set for b in self.findings.changes if b.situation_set})
        if sets:
            factors = max((sum(row.kind == "factor" for row in b.rows) for b in self.findings.changes), default=0)
            situations = plural(self.facts.n_situations, "situation")
            yield f"{situations} of the set {listed(sets)}, in {plural(factors, 'factor')}."
        yield f"The procedure re-implements EmotionBench ({self.inside('emotionbench')})."

    def respondents(self) -> Iterator[str]:
        for usage in self.facts.usages:
            known = {key: value for key, value in usage.settings.items() if value is not None}
            settings = ", ".join(f"{key} {_shortened(value)}" for key, value in known.items() if key not in ORIGIN)
            version = f", answering as {listed(usage.model_versions)}" if usage.model_versions else ""
            when = _when(usage)
            shown = f" ({settings})" if settings else ""
            kind = {"llm": "language model", "human": "people"}.get(usage.kind, usage.kind)
            yield f"{usage.respondent}{shown}, {kind}: {_asked(usage)}{version}{when}."
        recorded = {usage.respondent for usage in self.facts.usages if _is_recorded(usage)}
        designs = {block.design for block in self.findings.changes if block.respondent not in recorded}
        if "independent" in designs:
            of = "Independent design of those asked here" if recorded else "Independent design"
            yield f"{of}: every administration is a conversation of its own, baselines among them."
        if recorded:
            yield "How recorded answers were asked for is known from their source only."
        if "paired" in designs:
            yield "Paired design: baseline and situation stand in one session and are compared within it."
        if self.facts.studies:
            items = "In the studies run here items" if recorded else "Items"
            yield (
                f"{items} were shown in seeded orders balanced by Williams squares ({self.inside('williams')}), drawn"
                " anew for every administration."
            )
        yield from people_sentences(self.findings.participations)
        if any(usage.respondent == "lexicon" for usage in self.facts.usages):
            yield f"The respondent lexicon reads situations with VADER ({self.inside('vader')})."

    def scoring(self) -> Iterator[str]:
        rules = {
            label: f"{label}: {found.score.rule} of each subscale’s items"
            + (
                f", from {found.score.min_valid} valid items on prorated"
                if found.score.min_valid
                else ", all items valid"
            )
            for label, found in self.report.analysis.instruments.items()
        }
        yield f"{'; '.join(rules.values())}."
        yield "Answers are parsed by fixed rules without guessing; what is missing stays missing."

    def change(self) -> Iterator[str]:
        if not self.report.has_situations:
            return
        if self.findings.inference.by_situation:
            yield (
                "The unit is the situation: its repeats are averaged first, since they are not independent, and"
                " every factor"
                " counts once in the rows of emotions and overall."
            )
        else:
            yield (
                f"As published ({self.inside('emotionbench')}), every administration counts as an independent"
                " observation, an"
                " F-test of variances choosing between Student’s and Welch’s t. Repeats of one situation are not"
                " independent, so this rule finds too much."
            )
        yield from self._tests()
        yield from self._families()
        yield from self._effect_sizes()
        arrows = "arrows are" if self.findings.inference.by_situation else "nor are arrows"
        yield (
            "Intervals are of 95 %, in raw points of the instrument, and are not adjusted for multiplicity;"
            f" {arrows}{' (Holm)' if self.findings.inference.by_situation else ''}."
        )
        yield from self._runs()

    def _runs(self) -> Iterator[str]:
        """Where answers of one run go together beyond chance."""
        found = []
        for block in self.findings.changes:
            named = [
                f"{block.subscales[key].lower()}: SD {number(effect.sd, 2)} between"
                f" {plural(effect.n_runs, 'run')}, p {p_equals(effect.p)}"
                for key, effect in block.run_effects.items()
            ]
            if named:
                found.append(f"{self.report.title(block)} ({'; '.join(named)})")
        if found:
            yield (
                "Runs (the repeats of one number) differ beyond chance, and their variance is part of the intervals, of"
                f" {listed(found)}."
            )

    def _effect_sizes(self) -> Iterator[str]:
        names = {effect.name for contrast in self.contrasts for effect in contrast.effects}
        known = {
            "hedges_g": f"Hedges’ g with the exact correction ({self.inside('hedges')})",
            "d_z": "d_z (mean change / SD of changes)",
            "d_av": "d_av (mean change / average SD of before and after)",
        }
        if names:
            shown = listed(words for name, words in known.items() if name in names)
            yield f"Effect sizes are signed, with noncentral-t intervals ({self.inside('steiger')}): {shown}."

    def _tests(self) -> Iterator[str]:
        tests = {contrast.test for contrast in self.contrasts if contrast.p is not None}
        if "Welch's t" in tests:
            yield (
                f"Differences were tested by Welch’s t ({self.inside('welch')}) with degrees of freedom after"
                f" {self.cite('satterthwaite')}."
            )
        if "Student's t" in tests:
            yield "Where variances did not differ, by Student’s t."
        if "paired t" in tests:
            yield "Changes within sessions were tested by the t-test of their mean."

    def _families(self) -> Iterator[str]:
        rule = self.findings.inference
        if not rule.by_situation:
            yield f"Arrows: p as it stands below α = {rule.alpha:g}."
            return
        sizes: dict[str, set[int]] = {}
        for contrast in self.contrasts:
            if contrast.family and contrast.n_tests:
                # a family is named "what: whose"
                sizes.setdefault(contrast.family.partition(": ")[0], set()).add(contrast.n_tests)
        if sizes:
            families = [f"{name} ({listed(map(count, sorted(n)), 'or')} tests)" for name, n in sizes.items()]
            yield (
                f"p was adjusted within families by {self.cite('holm')}, which decides the arrows at α ="
                f" {rule.alpha:g}, and"
                f" by {self.cite('bh')}. Families, each of one respondent, instrument, design, protocol and set of"
                f" situations: {'; '.join(families)}."
            )

    def people(self) -> Iterator[str]:
        found = self.findings.alignments
        if not found:
            return
        norms = {norm.id: norm for norm in reversed(self.report.analysis.norms)}
        for identifier in sorted({one.norm for one in found}):
            norm = norms.get(identifier)
            if norm:
                yield f"People: {norm.name}, n = {count(norm.n)} ({norm.source})."
        if any(not one.shares_situations for one in found):
            yield "Where respondent and people imagined different texts of the same factors, only factors are compared."
        yield (
            "Alignment is 1 − D/V: D is the mean squared distance between respondent’s and people’s changes over"
            " factors, V"
            " that of people’s average change from people’s changes, both without the bias of sampling noise"
            f" ({self.inside('searle')}), its interval Fieller’s ({self.inside('fieller')}). 1: as close to people as"
            " people are"
            " to each other; 0: as close as the best answer that ignores the situation; below 0: farther."
        )
        margins = sorted({f"{key} ± {number(value)}" for one in found for key, value in one.margins.items()})
        before = sorted(
            {f"{key} ± {number(gap.equivalence.margin)}" for one in found for key, gap in one.baseline.items()}
        )
        yield (
            f"Equivalence with people was tested by two one-sided tests ({self.inside('schuirmann')}) at .05, the"
            " margins in raw"
            f" points: of changes {listed(margins)} (half a standard deviation of people’s change, after"
            f" {self.cite('cohen')}, unless set"
            f" otherwise), of baselines {listed(before)} (half one of people’s baseline). Its p are not adjusted."
        )
        yield (
            f"Agreement over factors: Pearson’s correlation and the concordance of {self.cite('lin')}; the human"
            " ceiling is"
            f" people’s agreement with people in split halves, stepped up ({self.inside('spearman_brown')})."
        )

    def answers(self) -> Iterator[str]:
        if self.findings.reliabilities:
            yield (
                f"Internal consistency: α ({self.inside('cronbach')}) and ω ({self.inside('mcdonald')}); over repeats"
                " the intraclass"
                f" correlations of {self.cite('shrout')}."
            )
        if self.findings.precisions:
            yield f"Precision follows from variance components ({self.inside('brennan')})."

    def again(self) -> Iterator[str]:
        yield f"Computed with emotionbench {emotionbench.__version__}."
        for study in self.facts.studies:
            yield (
                f"Study “{study.name}” (SHA-256 {study.hash[:HASH_SHOWN]}…, first run with emotionbench"
                f" {study.package_version} on {study.created_at[:10]}):"
                f" {plural(study.n_administrations, 'administration')}"
                f" planned, repeats {study.spec.get('repeats', '–')}, seed {study.spec.get('seed', '–')}."
            )
        if not self.facts.studies:
            yield "The store holds imported answers only: no study was run in it."
        yield "Random numbers have fixed seeds: the same store gives the same page."


def _shortened(value: object) -> str:
    """A setting; a hash by its beginning."""
    text = str(value)
    return f"{text[:HASH_SHOWN]}…" if len(text) == HASH_LENGTH and " " not in text else text


def _is_recorded(usage: Usage) -> bool:
    return "recorded" in usage.settings


def _asked(usage: Usage) -> str:
    """How many administrations, and how they were had."""
    administrations = plural(usage.n_administrations, "administration")
    if not _is_recorded(usage):
        return f"{administrations} in {plural(usage.n_attempts, 'attempt')}"
    source = usage.settings.get("sha256")
    file = f" with SHA-256 {str(source)[:HASH_SHOWN]}…" if source else ""
    return f"{administrations}, the recorded answers of a file{file}, not asked here"


def _when(usage: Usage) -> str:
    if usage.first_at is None or usage.last_at is None:
        return ""
    first, last = usage.first_at[:10], usage.last_at[:10]
    return f", asked on {first} (UTC)" if first == last else f", asked {first} to {last} (UTC)"
