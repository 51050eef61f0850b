"""What administrations are called: texts for the ids and hashes that a store holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import polars as pl

from emotionbench.documents import canonical_json
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.pages import Pages
from emotionbench.materials.protocols import Protocol
from emotionbench.records import Condition, Design, Respondent
from emotionbench.store.reading import StoredMaterials

MOST_APART = 12
"""As many forms are shown one by one; more are compared together."""
_SITUATION_LABELS = {
    "situation": "id",
    "emotion": "emotion",
    "factor": "factor",
    "factor_name": "factor_name",
    "situation_kind": "kind",
    "situation_set": "set",
}


class Labels:
    """What administrations are called: texts for the ids and hashes that the store holds."""

    def __init__(self, materials: StoredMaterials, respondents: dict[str, Respondent]) -> None:
        instruments = materials.instruments
        # people are put pages where models are put a protocol
        protocols: dict[str, Protocol | Pages] = {**materials.protocols, **materials.pages}
        instrument_labels = _labels_of({key: instrument.id for key, instrument in instruments.items()})
        protocol_labels = _labels_of({key: protocol.id for key, protocol in protocols.items()})
        respondent_labels = _respondent_labels(respondents)
        form_labels = _labels_of(_form_names(materials.forms))
        self.forms = {form_labels[key]: form for key, form in materials.forms.items()}
        self.respondents = {respondent_labels[key]: respondent for key, respondent in respondents.items()}
        self.editions = {instrument_labels[key]: instrument for key, instrument in instruments.items()}
        self._tables = (
            _table(
                ["respondent_id", "respondent", "kind"],
                [(key, respondent_labels[key], respondent.kind.value) for key, respondent in respondents.items()],
            ),
            _table(["instrument_hash", "edition"], instrument_labels.items()),
            _table(["protocol_hash", "protocol"], protocol_labels.items()),
            _table(["form_hash", "form"], form_labels.items()),
            _table(
                ["situation_hash", *_SITUATION_LABELS],
                [
                    (key, *(getattr(situation, name) for name in _SITUATION_LABELS.values()))
                    for key, situation in materials.situations.items()
                ],
            ),
        )

    def on(self, administrations: pl.DataFrame) -> pl.DataFrame:
        """The administrations with labels instead of ids and hashes, each an Enum whose codes are in order of text."""
        for table in self._tables:
            administrations = administrations.join(table, on=table.columns[0], how="left").drop(table.columns[0])
        return administrations.with_columns(
            pl.col("design").cast(pl.Enum(sorted(design.value for design in Design))),
            pl.col("condition").cast(pl.Enum(sorted(condition.value for condition in Condition))),
        )

    def compared(self, administrations: pl.DataFrame) -> pl.DataFrame:
        """With ``instrument`` and ``protocol`` as they are compared: by family, and by form where there is one."""
        administrations = administrations.with_columns(instrument="edition")
        if administrations["form"].null_count() == administrations.height:
            return administrations
        families = {label: edition.base for label, edition in self.editions.items()}
        put = pl.col("form").is_not_null()
        texts = administrations.with_columns(pl.col("instrument", "protocol", "form").cast(pl.String)).with_columns(
            instrument=pl.when(put).then(pl.col("instrument").replace(families)).otherwise("instrument")
        )
        is_probe = pl.col("condition") == Condition.PROBE.value
        apart = pl.col("form").n_unique().over("respondent", "instrument", "design", put, is_probe)
        # who a respondent is told to be is no mere way of asking, and is never averaged over
        personas = {label: form.persona for label, form in self.forms.items() if form.persona}
        persona = pl.col("form").replace_strict(personas, default=None, return_dtype=pl.String)
        # nor are answers that were drawn averaged with probabilities of answers, which have no noise and a mass
        reads = pl.col("form").is_in([label for label, form in self.forms.items() if form.reads_probabilities])
        n_forms = pl.col("form").n_unique().over("respondent", "instrument", "design", put, is_probe, persona, reads)
        together = pl.concat_str(
            pl.format("{} forms", n_forms),
            pl.when(persona.is_not_null()).then(pl.format(" · persona {}", persona)).otherwise(pl.lit("")),
            pl.when(reads).then(pl.lit(" · answers logprobs")).otherwise(pl.lit("")),
        )
        protocol = pl.when(~put).then("protocol").when(apart > MOST_APART).then(together).otherwise("form")
        named = texts.with_columns(protocol=protocol)
        return named.with_columns(_sorted_enum(named[name]) for name in ("instrument", "protocol", "form"))

    def instruments(self, labels: pl.Series) -> dict[str, Instrument]:
        """The instrument of each label that administrations are compared under."""
        return {label: self._standing_for(label) for label in labels.cast(pl.String).unique().sort()}

    def _standing_for(self, label: str) -> Instrument:
        """An edition that stands for all of its family, validated only if all are."""
        if label in self.editions and self.editions[label].family is None:
            own = [edition for edition in self.editions.values() if edition.family == label]
            return _all_validated(self.editions[label], own)
        own = [edition for edition in self.editions.values() if edition.base == label]
        return _all_validated(own[0], own) if own else self.editions[label]


def _all_validated(one: Instrument, others: Iterable[Instrument]) -> Instrument:
    validated = one.validated and all(other.validated for other in others)
    return one if validated == one.validated else one.model_copy(update={"validated": validated})


def _sorted_enum(labels: pl.Series) -> pl.Series:
    """Texts as an Enum whose codes are in order of text."""
    return labels.cast(pl.Enum(labels.drop_nulls().unique().sort()))


def _table(columns: list[str], rows: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    """A key and its labels."""
    table = pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String), orient="row")
    return table.with_columns(pl.col(name).cast(pl.Enum(table[name].unique().sort())) for name in columns[1:])


def _labels_of(names: dict[str, str]) -> dict[str, str]:
    """Hash → name, with the beginning of the hash where two things of different content share a name."""
    counts = Counter(names.values())
    return {key: name if counts[name] == 1 else f"{name}#{key[:6]}" for key, name in names.items()}


def _form_names(forms: dict[str, Form]) -> dict[str, str]:
    """Hash → the levels of each form in which the forms of the store differ."""
    levels = {key: form.levels() for key, form in forms.items()}
    ways = list(dict.fromkeys(way for own in levels.values() for way in own))
    varied = [way for way in ways if len({own.get(way) for own in levels.values()}) > 1]
    return {
        key: " · ".join(f"{way} {own[way]}" for way in varied if way in own) or forms[key].id
        for key, own in levels.items()
    }


def _respondent_labels(respondents: dict[str, Respondent]) -> dict[str, str]:
    """Respondent id → name, with the settings that tell it from others of the same name."""
    by_name: dict[str, list[Respondent]] = {}
    for respondent in respondents.values():
        by_name.setdefault(respondent.name, []).append(respondent)
    labels = {}
    for name, same in by_name.items():
        differing = sorted(
            key
            for key in {key for respondent in same for key in respondent.settings}
            if len({canonical_json(respondent.settings.get(key)) for respondent in same}) > 1
        )
        for respondent in same:
            settings = ", ".join(f"{key}={canonical_json(respondent.settings.get(key))}" for key in differing)
            labels[respondent.id] = f"{name} ({settings})" if settings else name
    return labels
