"""What the probes are made from, and the parts of it that they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.records import Condition
from emotionbench.statistics.contrasts import Mean, stratified_mean

Array = NDArray[np.float64]
WHO = ["respondent", "kind", "instrument", "design"]
ALPHA = 0.05


class ProbeFrames(Protocol):
    """Columns as in ``analysis.Analysis``; ``administration`` is a row number of ``administrations`` in all frames."""

    @property
    def administrations(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def answers(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def scores(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def instruments(self) -> Mapping[str, Instrument]: ...  # noqa: D102
    @property
    def forms(self) -> Mapping[str, Form]: ...  # noqa: D102


def asked_in_forms(administrations: pl.DataFrame, forms: Mapping[str, Form], way: str) -> pl.DataFrame:
    """Administrations in forms that say how ``way`` was put, with its ``level``, the ``rest`` and a ``stratum``.

    The stratum is all else that the form says, and the condition. Probes of contamination are left out.
    """
    rows = []
    for label, form in forms.items():
        level = getattr(form, way)
        if level is not None and form.probe is None:
            rows.append((label, str(level), form.model_copy(update={way: None}).id))
    table = pl.DataFrame(rows, {"form": pl.String, "level": pl.String, "rest": pl.String}, orient="row")
    found = administrations.with_columns(pl.col("form", "condition").cast(pl.String)).join(
        table, on="form", how="inner", maintain_order="left"
    )
    found = found.filter(pl.col("condition") != Condition.PROBE.value)
    return found.with_columns(stratum=pl.format("{}|{}", "rest", "condition"))


def level_mean(values: pl.DataFrame) -> Mean:
    """The mean of ``value``, every ``stratum`` counted once."""
    return stratified_mean(values["value"].to_numpy().astype(float), values["stratum"].to_numpy())


def sheets(answers: pl.DataFrame, keys: pl.DataFrame, n_items: int) -> tuple[Array, Array]:
    """The values of complete sheets, (n, n_items), and their administrations, (n,), in order of these."""
    own = answers.join(keys.select("administration"), on="administration", how="semi").filter(
        pl.col("value").is_not_null()
    )
    whole = own.filter(pl.len().over("administration") == n_items).sort("administration", "item")
    values = whole["value"].to_numpy().astype(float).reshape(-1, n_items)
    return values, whole["administration"].to_numpy().reshape(-1, n_items)[:, 0].astype(float)
