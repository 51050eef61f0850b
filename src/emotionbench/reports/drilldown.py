"""From a cell of the page to its situations and raw answers: what is embedded for it, as compact JSON.

An administration is ``[id, repeat, order, answers, note, form]``: ``order`` indexes ``orders``, whose characters stand
for item numbers in the order shown (``items`` has them in order); ``answers`` has a character for each item in that
order, the value's place on the response scale (``values`` has them from the lowest on), or a sign of ``STATUS_SIGNS``;
``form`` indexes ``forms``, each the form's name and the edition that was put, or is −1 where it was put in no form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from emotionbench.comparisons.change import ChangeBlock
from emotionbench.comparisons.parts import Part, parts_to_compare
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.situations import Situation
from emotionbench.records import Condition
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import EFFECTS, bracketed, p_equals, reason_word, signed
from emotionbench.reports.tables.changes import cell_key
from emotionbench.statistics.contrasts import Contrast

LIMIT = 20_000
MOST_OF_A_CELL = 300
"""Nobody reads more of one situation, or of the answers before any."""
SEED = 0
MORE_SIGNS = "".join(map(chr, range(0x100, 0x250)))
"""Latin letters that are one character each, in Python and in the page's script alike."""
VALUE_SIGNS = "0123456789abcdefghijklmnopqrstuvwxyz" + MORE_SIGNS
ITEM_SIGNS = "123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + MORE_SIGNS
STATUS_SIGNS = {"missing": "_", "out_of_range": ">", "refused": "!", "unparseable": "?"}
SHORTEST_ID = 8
EVOKING = "evoking"


@dataclass(frozen=True)
class Drilldown:
    """What the page embeds, and how much of what there is: administrations."""

    payload: dict[str, Any]
    n_embedded: int
    n_all: int


def drilldown(report: Report, texts: dict[str, Situation], limit: int = LIMIT) -> Drilldown:
    """Everything for the page's cells; beyond ``limit`` administrations a seeded selection for each situation.

    ``texts`` are the store's situations by content hash. What single people of a survey answered is not embedded.
    """
    asked = report.analysis.administrations.filter(
        pl.col("condition") != Condition.PROBE, ~pl.col("respondent").cast(pl.String).is_in(_of_surveys(report))
    )
    chosen = _selection(asked, limit)
    sheets = _sheets(report, chosen)
    shared = _Shared(sheets, _id_length(report.analysis.administrations["administration"].to_list()))
    parts = {_names(part): part for part in parts_to_compare(report.analysis.labelled_scores, _subscales(report))}
    blocks = [
        _block(report, block, found, shared) if (found := parts.get(_block_names(block))) else None
        for block in report.blocks
    ]
    payload = {
        "instruments": _instruments(report, shared),
        "texts": _texts(texts),
        "blocks": blocks,
        "orders": list(shared.orders),
        "forms": [list(names) for names in shared.forms],
        "signs": {sign: reason_word(status) for status, sign in STATUS_SIGNS.items()},
        "items": ITEM_SIGNS[: max((one.n_items for one in report.analysis.editions.values()), default=0)],
        "values": VALUE_SIGNS[: max(map(_n_values, report.analysis.editions.values()), default=0)],
    }
    return Drilldown(payload, len(chosen), asked.height)


def contrast_sentence(contrast: Contrast) -> str:
    """Everything known of a contrast in one sentence."""
    if contrast.difference is None:
        return f"Not estimable: {contrast.note or 'no scores'}."
    parts = [f"{signed(contrast.difference, 2)} points {bracketed(contrast.low, contrast.high, 2)}".strip()]
    for effect in contrast.effects:
        name = EFFECTS.get(effect.name, effect.name)
        if effect.value is not None:
            parts.append(f"{name} {signed(effect.value, 2)} {bracketed(effect.low, effect.high, 2)}")
        else:
            parts.append(f"{name} not estimable: {effect.why}")
    if contrast.p is None:
        parts.append(f"no test: {contrast.note}")
    else:
        parts.append(f"{contrast.test}({contrast.df:.1f}) = {signed(contrast.t or 0.0, 2)}, p {p_equals(contrast.p)}")
        if contrast.p_holm is not None:
            family = f"Holm p {p_equals(contrast.p_holm)}, Benjamini–Hochberg p {p_equals(contrast.p_bh)}"
            parts.append(f"{family} among {contrast.n_tests} tests ({contrast.family})")
    return "; ".join(parts) + "."


def _selection(administrations: pl.DataFrame, limit: int) -> set[str]:
    """Ids to embed: all, or as many of each situation as keeps the whole within the limit, drawn with a fixed seed."""
    drawn = np.random.default_rng(SEED).permutation(administrations.height)
    cell = ["respondent", "instrument", "protocol", "design", "condition", "situation_set", "situation"]
    ranked = (
        administrations.sort("administration")
        .with_columns(drawn=pl.Series(drawn))
        .with_columns(rank=pl.col("drawn").rank("ordinal").over(cell))
    )
    each = ranked["rank"].sort()
    most = min(int(each[limit]) - 1 if limit < len(each) else MOST_OF_A_CELL, MOST_OF_A_CELL)
    return set(ranked.filter(pl.col("rank") <= most)["administration"])


def _sheets(report: Report, chosen: set[str]) -> dict[str, tuple[str, str]]:
    """Administration → its item order and its answers in that order, a character each."""
    found: dict[str, tuple[str, str]] = {}
    administrations = report.analysis.administrations.select("administration", "edition").with_row_index("row")
    rows = administrations.filter(pl.col("administration").is_in(pl.Series(sorted(chosen), dtype=pl.String).implode()))
    answers = report.analysis.compact_answers.rename({"administration": "row"}).join(rows, on="row")
    for (label,), part in answers.group_by("edition"):
        instrument = report.analysis.editions[str(label)]
        if instrument.n_items <= len(ITEM_SIGNS) and _n_values(instrument) <= len(VALUE_SIGNS):
            found.update(_of_instrument(part, instrument))
    return found


def _of_instrument(answers: pl.DataFrame, instrument: Instrument) -> dict[str, tuple[str, str]]:
    """Of administrations of one edition; ``answers`` with the columns of ``Collected.compact_answers``."""
    values = list(range(instrument.response_scale.lowest, instrument.response_scale.highest + 1))
    items = list(range(1, instrument.n_items + 1))
    signs = pl.col("status").cast(pl.String).replace_strict(STATUS_SIGNS, default="?", return_dtype=pl.String)
    value = pl.col("value").cast(pl.Int64)
    lines = (
        answers.sort("administration", "position")
        .with_columns(
            sign=pl.when(pl.col("value").is_not_null())
            .then(value.replace_strict(values, list(VALUE_SIGNS[: len(values)]), default="?", return_dtype=pl.String))
            .otherwise(signs),
            shown=pl.col("item")
            .cast(pl.Int64)
            .replace_strict(items, list(ITEM_SIGNS[: len(items)]), return_dtype=pl.String),
        )
        .group_by("administration", maintain_order=True)
        .agg(pl.col("shown").str.join(), pl.col("sign").str.join())
    )
    return {identifier: (shown, sign) for identifier, shown, sign in lines.iter_rows()}


def _n_values(instrument: Instrument) -> int:
    return instrument.response_scale.highest - instrument.response_scale.lowest + 1


@dataclass
class _Shared:
    """What all blocks draw on, and what they add to: orders and forms by their place."""

    sheets: dict[str, tuple[str, str]]
    length: int
    orders: dict[str, int] = field(default_factory=dict)
    forms: dict[tuple[str, str], int] = field(default_factory=dict)


def _block(report: Report, block: ChangeBlock, part: Part, shared: _Shared) -> dict[str, Any]:
    of_survey = block.respondent in _of_surveys(report)
    administrations = {} if of_survey else _administrations(part, report, shared)
    return {
        "respondent": report.title(block),
        "kind": report.kinds[block.respondent],
        "instrument": block.instrument,
        "setting": report.setting(block),
        "paired": part.is_paired,
        "subscales": block.subscales,
        "contrasts": {
            cell_key(row, key): contrast_sentence(contrast)
            for row in block.rows
            for key, contrast in row.contrasts.items()
        },
        "labels": {cell_key(row, ""): row.label for row in block.rows},
        "baseline": administrations.get("", []),
        "n_baseline": part.baseline["administration"].n_unique(),
        "situations": _situations(part, block, administrations),
    }


def _of_surveys(report: Report) -> list[str]:
    """The respondents that stand for people of a survey: pages are passed on, and answers of a person are not to be."""
    return [label for label, respondent in report.analysis.respondents.items() if "survey" in respondent.settings]


def _situations(part: Part, block: ChangeBlock, administrations: dict[str, list[Any]]) -> list[list[Any]]:
    """``[key of the text, kind, emotion, factor, factor name, n scored, change by subscale, administrations]``."""
    after = part.after
    if not after.height:
        return []
    start = {key: (found.mean if not part.is_paired else 0.0) for key, found in block.baseline.items()}
    keys = list(block.subscales)
    names = ["situation", "situation_set", "situation_kind", "emotion", "factor", "factor_name"]
    means = after.group_by(names, maintain_order=True).agg(
        n=pl.col("administration").filter(pl.col(part.compared).is_not_null()).n_unique(),
        means=pl.struct(
            *(
                pl.col(part.compared).filter(pl.col("subscale") == key).mean().alias(f"{i}")
                for i, key in enumerate(keys)
            )
        ),
    )
    found = []
    for row in means.sort("factor", "situation", maintain_order=True).iter_rows(named=True):
        moved = [_moved(row["means"][f"{i}"], start[key]) for i, key in enumerate(keys)]
        found.append(
            [
                f"{row['situation_set']}|{row['situation']}",
                row["situation_kind"],
                row["emotion"],
                row["factor"],
                row["factor_name"],
                row["n"],
                moved,
                administrations.get(row["situation"], []),
            ]
        )
    return found


def _moved(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else round(after - before, 2)


def _administrations(part: Part, report: Report, shared: _Shared) -> dict[str, list[Any]]:
    """Situation id ('' for the baseline) → its administrations that are embedded."""
    of_part = pl.concat([part.baseline.select("administration"), part.after.select("administration")])["administration"]
    rows = report.analysis.administrations.filter(pl.col("administration").is_in(of_part.implode())).sort(
        "situation", "repeat", "administration"
    )
    found: dict[str, list[Any]] = {}
    columns = ("administration", "situation", "repeat", "outcome", "form", "edition")
    for identifier, situation, repeat, outcome, *how in rows.select(columns).iter_rows():
        note = "" if outcome == "answered" else reason_word(outcome)
        own = found.setdefault(situation or "", [])
        if identifier in shared.sheets or (note and len(own) < MOST_OF_A_CELL):
            order, answers = shared.sheets.get(identifier, ("", ""))
            number = shared.orders.setdefault(order, len(shared.orders))
            names = (how[0] or "", how[1])
            form = -1 if how[0] is None else shared.forms.setdefault(names, len(shared.forms))
            own.append([identifier[: shared.length], repeat, number, answers, note, form])
    return found


def _texts(situations: dict[str, Situation]) -> dict[str, str]:
    """Text by set and id; where editions share an id, all of them."""
    found: dict[str, str] = {}
    for situation in situations.values():
        key = f"{situation.set}|{situation.id}"
        found[key] = f"{found[key]} / {situation.text}" if key in found else situation.text
    return found


def _instruments(report: Report, shared: _Shared) -> dict[str, Any]:
    """Those of the blocks, and the editions of the forms that are embedded."""
    editions = {label: report.analysis.editions[label] for _, label in shared.forms}
    return {label: _instrument(one) for label, one in (editions | report.analysis.instruments).items()}


def _instrument(instrument: Instrument) -> dict[str, Any]:
    return {
        "items": [instrument.text(number) for number in range(1, instrument.n_items + 1)],
        "lowest": instrument.response_scale.lowest,
    }


def _id_length(identifiers: list[str]) -> int:
    """The shortest beginning that tells every administration from the others."""
    length = SHORTEST_ID
    while length < len(max(identifiers, key=len)) and len({i[:length] for i in identifiers}) < len(set(identifiers)):
        length += 1
    return length


def _subscales(report: Report) -> dict[str, dict[str, str]]:
    return {
        label: {key: subscale.name for key, subscale in found.subscales.items()}
        for label, found in report.analysis.instruments.items()
    }


def _names(part: Part) -> tuple[str, ...]:
    names = part.names
    return (names.respondent, names.instrument, names.protocol, names.design, names.situation_set)


def _block_names(block: ChangeBlock) -> tuple[str, ...]:
    return (block.respondent, block.instrument, block.protocol, block.design, block.situation_set)
