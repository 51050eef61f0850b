"""The original PsychoBench's materials as ours: thirteen instruments, and the norms of their scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emotionbench.errors import MaterialError, nearest
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.original_files import Converted, stage, validated
from emotionbench.materials.original_psychobench_facts import FACTS, NORM_FACTS
from emotionbench.materials.original_questionnaires import Origin, Questionnaire, entries, instrument_of, subscale_key
from emotionbench.materials.score_norms import ScoreNorm

REPOSITORY = "https://github.com/CUHK-ARISE/PsychoBench"
COMMIT = "d005a04d03a8ba5d07f104d2e28709f459b25e67"
PAPER = (
    "Huang et al. (2024), On the Humanity of Conversational AI: Evaluating the Psychological Portrayal of LLMs, ICLR "
    "2024, https://arxiv.org/abs/2310.01386"
)
TEXTS_LICENCE = (
    f"{REPOSITORY} carries the GNU General Public License 3 and a line that allows research use only, no commercial "
    "use. emotionbench does not ship these texts; this copy was made from your own download."
)
LICENCE = (
    f"{TEXTS_LICENCE} Several of its questionnaires belong to publishers: the BSRI to Mind Garden, and the EPQ-R needs "
    "its publisher's permission."
)
QUESTIONNAIRES = "questionnaires.json"
FILES = ((QUESTIONNAIRES, "eb5d531edd8f9815eb4495fa3de1ff1a783e2f1b5c8a90a8a527967873906826"),)
SIXTEEN = "16P"
LEFT_OUT = ("16 Personalities (16P): only a third party's live site scores its answers, by a rule that nobody knows.",)
ORIGIN = Origin(REPOSITORY, TEXTS_LICENCE, ids={})


def convert(clone: Path, staged: Path) -> Converted:
    """Write the instruments and norms of ``clone`` to ``staged``; a MaterialError names entry and misfit."""
    instruments = convert_questionnaires(clone / QUESTIONNAIRES)
    norms = convert_norms(clone / QUESTIONNAIRES)
    for instrument in instruments.values():
        stage(instrument, staged / "instruments" / f"{instrument.id}.json")
    for norm in norms.values():
        stage(norm, staged / "score_norms" / f"{norm.id}.json")
    return Converted(
        instruments=tuple(instruments), score_norms=tuple(norm.id for norm in norms.values()), left_out=LEFT_OUT
    )


def convert_questionnaires(path: Path) -> dict[str, Instrument]:
    """The instruments of ``questionnaires.json`` by the original's names, without the 16 Personalities."""
    return {raw.name: instrument_of(raw, _known(raw, where, FACTS), ORIGIN, where) for where, raw in _entries(path)}


def convert_norms(path: Path) -> dict[str, ScoreNorm]:
    """How people score on each instrument, by the original's names."""
    return {raw.name: _norm(raw, where) for where, raw in _entries(path)}


def _entries(path: Path) -> list[tuple[str, Questionnaire]]:
    return list(entries(path, leave_out=frozenset({SIXTEEN})))


def _known(raw: Questionnaire, where: str, facts: dict[str, Any]) -> Any:
    if raw.name not in facts:
        raise MaterialError("is none of PsychoBench's questionnaires", where=where, fix=nearest(raw.name, facts))
    return facts[raw.name]


def _norm(raw: Questionnaire, where: str) -> ScoreNorm:
    facts, norm_facts = FACTS[raw.name], _known(raw, where, NORM_FACTS)
    groups: dict[str, dict[str, Any]] = {}
    for category in raw.categories:
        for crowd in category.crowd:
            name = norm_facts.groups.get(crowd.crowd_name, crowd.crowd_name)
            group = groups.setdefault(name, {"name": name, "n": crowd.n, "subscales": {}})
            if group["n"] != crowd.n:
                raise MaterialError(f"group {crowd.crowd_name!r} is of {group['n']} and of {crowd.n}", where=where)
            sd = crowd.std if norm_facts.decimals is None else round(crowd.std, norm_facts.decimals)
            group["subscales"][subscale_key(category, facts)] = {"mean": crowd.mean, "sd": sd}
    content = {
        "id": f"psychobench-{raw.name}",
        "name": f"{facts.name}: people's scores",
        "instruments": [raw.name, *norm_facts.same_scores],
        "source": f"{norm_facts.source} The figures are those of {REPOSITORY}, with {PAPER}.",
        "licence": f"Figures, as published. {TEXTS_LICENCE}",
        "groups": list(groups.values()),
    }
    return validated(content, ScoreNorm, where)
