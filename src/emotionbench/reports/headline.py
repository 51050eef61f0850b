"""The head of the page: its title, one sentence that answers it, and what else the store tells in a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emotionbench.comparisons.norm_comparison import NormComparison
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import listed, number, plural
from emotionbench.reports.tables.indirect import indirect_blocks, telling_contrasts
from emotionbench.reports.tables.leaderboard import Entry, one_sentence

CHANGES = "Do reported feelings move as people’s do?"
INDIRECT = "Which questionnaires do situations move?"
NORMS = "How does it answer, beside people?"
WAYS = "Do answers survive the ways of asking?"
PROBES = "What pulls answers, and what is known by heart?"
SCORES = "How were the questionnaires answered?"
MOST_NAMED = 3
ALPHA = 0.05


@dataclass(frozen=True)
class Also:
    """What a section says, in a sentence; ``section`` is its id."""

    section: str
    name: str
    words: str


@dataclass(frozen=True)
class Head:
    """The title, the sentence below it, and others."""

    title: str
    answer: str
    also: tuple[Also, ...]


def head(report: Report, found: tuple[Entry, ...]) -> Head:
    """Of changes where situations were imagined and people are beside them; else of what there is, most telling first.

    ``found`` are the rows of the leaderboard.
    """
    also = list(_also(report))
    titles = {"indirect": INDIRECT, "norms": NORMS, "ways": WAYS, "probes": PROBES}
    if report.has_situations and (report.has_people or not also):
        return Head(CHANGES, one_sentence(found), tuple(also))
    if not also:
        return Head(SCORES, _scores(report), ())
    first, *others = also
    same = [one for one in others if one.section == first.section]
    answer = " ".join([first.words, *(one.words for one in same[: MOST_NAMED - 1])])
    return Head(titles[first.section], answer, tuple(one for one in others if one.section != first.section))


def _also(report: Report) -> Iterator[Also]:
    for name, blocks in indirect_blocks(report.findings).items():
        arrows = [block.inference.arrow(contrast) for block, contrast in telling_contrasts(blocks)]
        yield Also("indirect", "Indirect questionnaires", _moved(_marked(report, name), arrows))
    for name, comparisons in _by_respondent(report.extras.norms):
        yield Also("norms", "Against norms", _beside_people(name, comparisons))
    for each in report.extras.ways:
        for one in each.instruments:
            outcome = "change" if "change" in one.overall else "score"
            whose = f"{_synthetic(one.respondent, one.kind)} on {one.instrument}"
            yield Also("ways", "Ways of asking", f"{whose}: {one.overall[outcome]}")  # type: ignore[index]
    yield from _probed(report)


def _moved(name: str, arrows: Sequence[str]) -> str:
    up, down, none, unknown = (sum(arrow in kind for arrow in arrows) for kind in ("↑", "↓", "−○", "?"))
    parts = [f"{up} rose", f"{down} fell", f"{none} did not move"]
    parts += [f"{unknown} cannot be tested"] if unknown else []
    return f"Of {plural(len(arrows), 'score')} of {name}, each after its own emotion’s situations, {listed(parts)}."


def _by_respondent(found: Sequence[NormComparison]) -> Iterator[tuple[str, list[NormComparison]]]:
    """Of each norm the first group alone, so that no subscale counts twice; language models first."""
    first: dict[tuple[str, str], str] = {}
    for one in found:
        first.setdefault((one.instrument, one.norm), one.group)
    kept = [one for one in found if first[one.instrument, one.norm] == one.group]
    names = {_synthetic(one.respondent, one.kind): None for one in sorted(kept, key=lambda one: one.kind != "llm")}
    for name in names:
        yield name, [one for one in kept if _synthetic(one.respondent, one.kind) == name]


def _beside_people(name: str, own: Sequence[NormComparison]) -> str:
    tested = [one for one in own if one.contrast.p_holm is not None]
    instruments = list(dict.fromkeys(one.instrument for one in own))
    of = f"of {listed(instruments)}" if len(instruments) <= MOST_NAMED else f"of {len(instruments)} instruments"
    if not tested:
        return f"{name} cannot be told from people, or told apart, on any subscale {of}: no test is possible."
    apart = [one for one in tested if (one.contrast.p_holm or 0.0) < ALPHA]
    words = f"{name} differs from people on {len(apart)} of {plural(len(tested), 'subscale')} {of}"
    far = [(abs(one.delta.value), one) for one in apart if one.delta.value is not None]
    if not far:
        return f"{words}."
    value, farthest = max(far, key=lambda pair: pair[0])
    side = "above" if (farthest.delta.value or 0.0) > 0 else "below"
    return f"{words}; farthest on {farthest.name}, {number(value)} SDs of people {side} their mean."


def _probed(report: Report) -> Iterator[Also]:
    found = report.extras.probes
    for name in dict.fromkeys(one.respondent for one in found.contaminations):
        own = [one for one in found.contaminations if one.respondent == name]
        recited = list(dict.fromkeys(one.material for one in own if one.verdict.startswith("recites")))
        known = all(one.verdict == "unknown" for one in own)
        said = f"recites {listed(recited)} better than its controls" if recited else "shows no sign of reciting"
        words = "cannot be told to recite or not, for want of a control" if known else said
        yield Also("probes", "Probes", f"{_marked(report, name)} {words}.")
    pulled = dict.fromkeys(f"{one.respondent} on {one.instrument}" for one in found.positions if one.pull in PULLS)
    if pulled:
        yield Also("probes", "Probes", f"Where an option is listed matters to {listed(pulled)}.")


PULLS = ("first", "last", "other")


def _scores(report: Report) -> str:
    names = sorted(report.analysis.instruments)
    of = listed(names) if len(names) <= MOST_NAMED else plural(len(names), "instrument")
    if not report.blocks:
        return "Nothing was answered that could be scored."
    return (
        f"Scores of {plural(len(report.respondents), 'respondent')} on {of}. Nothing was imagined, and there is no norm"
        " of these scores: nothing is compared."
    )


def _marked(report: Report, name: str) -> str:
    return f"{name} (synthetic)" if report.kinds.get(name) == "synthetic" else name


def _synthetic(name: str, kind: str) -> str:
    return f"{name} (synthetic)" if kind == "synthetic" else name
