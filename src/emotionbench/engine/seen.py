"""The scores of one respondent as they come in: what has been read and scored is not read again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from typing import Any

import polars as pl

from emotionbench.collecting.frames import SORTED_BY, Collector
from emotionbench.collecting.labels import Labels
from emotionbench.collecting.people import TakenPart
from emotionbench.comparisons.findings import subscale_names
from emotionbench.records import Respondent
from emotionbench.store import Store, columns, columns_of, reading

KEYS = ("instrument_hash", "protocol_hash", "form_hash")
_SCORES: dict[str, Any] = {
    "administration": pl.String,
    "subscale": pl.String,
    "value": pl.Float64,
    "n_valid": pl.Int64,
    "n_items": pl.Int64,
    "variance": pl.Float64,
}
_TRIED = pl.Schema({"administration": pl.String, "n": pl.Int64, "n_replied": pl.Int64})


class Seen:
    """The administrations of one respondent in a store and their scores, as far as they have been read."""

    def __init__(self, store: Store, respondent: Respondent) -> None:
        self._store, self._respondent = store, respondent.id
        self._facts, self._tried = columns_of.no_administrations(), pl.DataFrame(schema=_TRIED)
        self._scores = pl.DataFrame(schema=_SCORES)

    def read_all(self) -> None:
        """Read everything of the respondent, also what other studies and processes asked."""
        self._labels = Labels(reading.materials(self._store), reading.respondents(self._store))
        self._tried, self._scores = self._tried.clear(), self._scores.clear()
        with columns.snapshot(self._store) as connection:
            self._facts, attempts = columns_of.of_respondent(connection, self._respondent)
            self._take_in(self._facts, attempts)

    def read(self, ids: Collection[str]) -> None:
        """Read these administrations alone, anew where they were read before."""
        with columns.snapshot(self._store) as connection:
            facts, attempts = columns_of.of_administrations(connection, sorted(ids))
        some = pl.DataFrame({"administration": list(ids)}, schema={"administration": pl.String})
        for name in ("_facts", "_tried", "_scores"):
            setattr(self, name, getattr(self, name).join(some, on="administration", how="anti", maintain_order="left"))
        self._facts = pl.concat([self._facts, facts])
        self._take_in(facts, [attempts])

    @property
    def replied(self) -> pl.DataFrame:
        """The administrations with a reply, as the store has them."""
        return self._facts.join(self._tried.filter(pl.col("n_replied") > 0), on="administration", how="semi")

    def lacking(self, ids: Collection[str]) -> set[str]:
        """Those of some administrations that have no reply, or not to all of their messages."""
        some = pl.DataFrame({"administration": list(ids)}, schema={"administration": pl.String})
        known = some.join(self._tried, on="administration").join(self._facts, on="administration")
        return set(ids) - set(known.filter(pl.col("n_replied") == pl.col("n_messages"))["administration"])

    @property
    def is_current(self) -> bool:
        """Whether the store holds as many attempts of the respondent as have been read."""
        with self._store.reading() as connection:
            return columns_of.n_attempts(connection, self._respondent) == self._tried["n"].sum()

    def labelled(self) -> pl.DataFrame:
        """The scores with the labels that tables show, in the order of tables, and the hashes in ``KEYS``."""
        labelled = self._labels.compared(self._labels.on(self._facts)).drop("order", "n_messages")
        in_order = labelled.join(self._facts.select("administration", *KEYS), on="administration", how="left").sort(
            *SORTED_BY, "administration"
        )
        scores = self._scores.drop("n_valid", "n_items")
        return in_order.join(scores, on="administration", how="inner", maintain_order="left_right")

    def subscale_names(self, scores: pl.DataFrame) -> dict[str, dict[str, str]]:
        """Of every instrument in labelled scores its subscales and their names."""
        return subscale_names(self._labels.instruments(scores["instrument"]))

    def _take_in(self, facts: pl.DataFrame, attempts: Iterable[pl.DataFrame]) -> None:
        """Score the attempts of these administrations."""
        if facts.is_empty():
            return
        planned, labels = self._labels.on(facts), copy(self._labels)
        labels.forms = {label: self._labels.forms[label] for label in planned["form"].drop_nulls().unique()}
        collector = Collector(planned, labels, TakenPart({}, ()))
        tried = [pl.DataFrame(schema=_TRIED)]
        for frame in attempts:
            collector.add(frame)
            n_replied = pl.col("part").filter(pl.col("reply").is_not_null()).n_unique()
            tried.append(frame.group_by("administration").agg(n=pl.len(), n_replied=n_replied))
        # the attempts of one administration may stand in two frames
        again = pl.concat([frame.cast(_TRIED) for frame in tried]).group_by("administration").sum()
        self._tried = pl.concat([self._tried, again])
        found = collector.collected(pl.DataFrame())
        ids = found.administrations.select("administration").with_row_index("row")
        scores = found.compact_scores.rename({"administration": "row"}).join(ids, on="row", maintain_order="left")
        self._scores = pl.concat([self._scores, scores.select(pl.col(n).cast(t) for n, t in _SCORES.items())])
