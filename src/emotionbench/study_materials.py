"""What the names in a study stand for: its materials in each way of asking; and how much there is to ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from emotionbench.documents import Document, DocumentT, content_hash
from emotionbench.errors import StudyError, nearest
from emotionbench.materials import catalogue
from emotionbench.materials.forms import RECITE_SITUATION, Form, ProbeKind, check_fits
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.reply_alone import with_reply_alone
from emotionbench.materials.situations import Situation, SituationSet
from emotionbench.study import NO_SITUATIONS, Study, n_baselines, spec_of
from emotionbench.ways import TEMPLATES


@dataclass(frozen=True)
class Way:
    """One way of asking: an instrument in the words of a protocol and in a form, and the situations it is put after.

    ``form`` is None where the study varies nothing.
    """

    instrument: Instrument
    protocol: Protocol
    form: Form | None
    situations: tuple[Situation, ...]

    @property
    def probe(self) -> ProbeKind | None:
        """What is asked instead of answers, if it is so."""
        return self.form.probe if self.form else None


@dataclass(frozen=True)
class Materials:
    """The materials that a study names, found and selected; ``situation_set`` is None where it puts none."""

    ways: tuple[Way, ...]
    situation_set: SituationSet | None

    @cached_property
    def instruments(self) -> tuple[Instrument, ...]:
        """Every instrument in every language and wording."""
        return _distinct(way.instrument for way in self.ways)

    @cached_property
    def protocols(self) -> tuple[Protocol, ...]:
        """Every protocol."""
        return _distinct(way.protocol for way in self.ways)

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """Every form; none where nothing is varied."""
        return _distinct(way.form for way in self.ways if way.form is not None)

    @property
    def documents(self) -> tuple[Document, ...]:
        """All of these: whatever is put to a respondent."""
        return (*self.instruments, *self.protocols, *self.forms, *self.situations)

    @cached_property
    def situations(self) -> tuple[Situation, ...]:
        """Every situation in every language."""
        return _distinct(situation for situations in {way.situations for way in self.ways} for situation in situations)


Put = tuple[Instrument, tuple[Situation, ...]]
"""An instrument, and the situations that it is put after."""


def put_in(study: Study, forms: Iterable[Form | None]) -> dict[Form | None, list[Put]]:
    """What a study puts in each of these forms, without the words of a protocol around it."""
    finder = _Finder(study)
    return {form: finder.put(form) for form in forms}


def _distinct(documents: Iterable[DocumentT]) -> tuple[DocumentT, ...]:
    """Each document once, by content, in order; equal ones are mostly one and the same."""
    by_identity = {id(document): document for document in documents}
    return tuple({content_hash(document): document for document in by_identity.values()}.values())


def materials_of(study: Study) -> Materials:
    """Find what the study names; raise a MaterialError or StudyError for what does not exist or does not fit."""
    if not study.respondents:
        raise StudyError(
            "nobody to ask", fix="name a respondent, such as openai/gpt-4o-mini, or an embedded one, such as lexicon"
        )
    return materials_of_forms(study, study.ways.asked(study.seed) if study.ways else (None,))


def materials_of_forms(study: Study, forms: Iterable[Form | None]) -> Materials:
    """The materials of a study in these forms alone."""
    finder = _Finder(study)
    return Materials(tuple(way for form in forms for way in finder.ways(form)), finder.situation_set)


class _Finder:
    """Finds what the ways of one study are made of, each thing once."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.situation_set = None if study.situations == NO_SITUATIONS else catalogue.situation_set(study.situations)
        self.languages = tuple(study.ways.levels.get("language", ())) if study.ways else ()
        # looking a file up takes milliseconds, and thousands of forms share a few
        self._edition, self._template = cache(catalogue.edition), cache(catalogue.template)
        self._named_protocol = cache(catalogue.protocol)
        self._with_reply_alone = cache(with_reply_alone)
        self._selected: dict[tuple[str | None, tuple[str, ...] | None], tuple[Situation, ...]] = {}
        self._hashes: dict[int, str] = {}
        _check_evoked_by(study)

    def ways(self, form: Form | None) -> list[Way]:
        """The instruments of the study in one form, each in its words."""
        return [self._way(instrument, form, situations) for instrument, situations in self.put(form)]

    def put(self, form: Form | None) -> list[Put]:
        """The instruments of the study in one form, each once; those put after nothing that was chosen are left out."""
        study, language = self.study, form.language if form else None
        found: dict[str, Put] = {}
        probe = form.probe if form else None
        # a situation is recited without any instrument; the first one stands for all
        for name in study.instruments[: 1 if probe == RECITE_SITUATION else None]:
            instrument = self._edition(name, language, form.paraphrase if form else None)
            spoken = language or self._language_of(instrument)
            situations = self._situations(name, spoken) if probe in (None, RECITE_SITUATION) else ()
            if situations or probe or _evoked_by(study, name) is None:
                found.setdefault(self._hash(instrument), (instrument, situations))
        if not found:
            raise StudyError(
                f"no instrument is put after situations of {', '.join(study.emotions or ())}",
                where="evoked_by",
                fix="choose other emotions or instruments",
            )
        return list(found.values())

    def _way(self, instrument: Instrument, form: Form | None, situations: tuple[Situation, ...]) -> Way:
        protocol = self._protocol(instrument.language, form)
        if form is not None and form.reads_probabilities:
            protocol = self._with_reply_alone(protocol)
        if protocol.language != instrument.language:
            raise StudyError(
                f"protocol {protocol.id!r} has its words in {protocol.language!r} alone, and {instrument.id} is in"
                f" {instrument.language!r}",
                fix="leave it out, and choose templates instead",
            )
        if form is not None and form.persona_text and form.language is None and instrument.language != "en":
            raise StudyError(
                f"persona {form.persona!r} would be told in 'en', and {instrument.id} is in {instrument.language!r}",
                fix=f"ask in that language: --vary language={instrument.language}",
            )
        check_fits(instrument, protocol, form)
        if self.study.recovery and protocol.recovered is None:
            raise StudyError(
                f"protocol {protocol.id!r} has no words for the time after", fix="choose a template, such as plain-en"
            )
        return Way(instrument, protocol, form, situations)

    def _hash(self, instrument: Instrument) -> str:
        # one instrument can be named in several ways; the catalogue gives the same object for the same file
        if id(instrument) not in self._hashes:
            self._hashes[id(instrument)] = content_hash(instrument)
        return self._hashes[id(instrument)]

    def _protocol(self, language: str, form: Form | None) -> Protocol:
        study = self.study
        if form is not None and form.template is not None:
            return self._template(form.template, language)
        own = self._named_protocol(study.protocol)
        is_chosen = "protocol" in study.model_fields_set
        # what nobody chose is in English, without words for forms
        return (
            own if is_chosen or (form is None and own.language == language) else self._template(TEMPLATES[0], language)
        )

    def _language_of(self, instrument: Instrument) -> str | None:
        """The language of an instrument that is not in that of the situations; None where it is."""
        own = self.situation_set.situations[0].language if self.situation_set else instrument.language
        return None if instrument.language == own else instrument.language

    def _situations(self, name: str, language: str | None) -> tuple[Situation, ...]:
        """The situations that an instrument is put after, in a language: those that all languages asked in have."""
        if self.situation_set is None:
            return ()
        emotions = _evoked_by(self.study, name)
        if (language, emotions) not in self._selected:
            in_language = catalogue.situation_set(self.study.situations, language)
            found = _selected(self.study, in_language, emotions, self._in_every_language)
            kinds = {s.kind for s in _selected(self.study, self.situation_set, emotions)} - {s.kind for s in found}
            if kinds:
                raise StudyError(
                    f"no situation of kind {', '.join(sorted(kinds))} stands in every language asked in",
                    where=f"situations {self.situation_set.id!r}",
                    fix="leave out these kinds, or ask in fewer languages",
                )
            self._selected[language, emotions] = found
        return self._selected[language, emotions]

    @cached_property
    def _in_every_language(self) -> set[str] | None:
        """The ids of situations that stand in all languages asked in; None where there is one language at most."""
        if len(self.languages) < 2:
            return None
        sets = [catalogue.situation_set(self.study.situations, language) for language in self.languages]
        return set.intersection(*({situation.id for situation in one.situations} for one in sets))


def _evoked_by(study: Study, name: str) -> tuple[str, ...] | None:
    return next((names for key, names in study.evoked_by.items() if key.casefold() == name.casefold()), None)


def _check_evoked_by(study: Study) -> None:
    for name in study.evoked_by:
        if name.casefold() not in {instrument.casefold() for instrument in study.instruments}:
            raise StudyError(
                f"{name!r} is not an instrument of the study", where="evoked_by", fix=nearest(name, study.instruments)
            )


def _selected(
    study: Study,
    situation_set: SituationSet,
    own_emotions: tuple[str, ...] | None,
    everywhere: set[str] | None = None,
) -> tuple[Situation, ...]:
    """The situations that a study chooses; of an instrument with emotions of its own, those of these emotions.

    With ``everywhere``, the ids of what stands in all languages, nothing else.
    """
    emotions = _known(study.emotions, "emotion", situation_set.emotions)
    own = _known(own_emotions, "emotion", situation_set.emotions)
    if own is not None:
        emotions = own if emotions is None else emotions & own
    factors = _known(study.factors, "factor", situation_set.factors)
    chosen = [
        situation
        for situation in situation_set.situations
        if situation.kind in study.kinds
        and (everywhere is None or situation.id in everywhere)
        and (emotions is None or situation.emotion in emotions)
        and (factors is None or situation.factor in factors)
    ]
    if study.situations_per_factor is not None:
        chosen = _first_of_each_factor(chosen, study.situations_per_factor)
    if not chosen and own is None:
        raise StudyError(
            f"no situation of kind {', '.join(study.kinds)} in the chosen emotions and factors",
            where=f"situations {situation_set.id!r}",
            fix="widen emotions, factors or kinds",
        )
    ranks = {emotion: rank for rank, emotion in enumerate(situation_set.emotions)}
    return tuple(sorted(chosen, key=lambda situation: ranks[situation.emotion]))


def _first_of_each_factor(situations: list[Situation], limit: int) -> list[Situation]:
    taken: dict[tuple[str, str], int] = {}
    kept = []
    for situation in situations:
        cell = (situation.factor, situation.kind)
        taken[cell] = taken.get(cell, 0) + 1
        if taken[cell] <= limit:
            kept.append(situation)
    return kept


def _known(chosen: tuple[str, ...] | None, what: str, known: Any) -> set[str] | None:
    """The chosen names as the set spells them; ``all`` and nothing mean no restriction."""
    if chosen is None or [name.casefold() for name in chosen] == ["all"]:
        return None
    spelled = {name.casefold(): name for name in known}
    for name in chosen:
        if name.casefold() not in spelled:
            raise StudyError(f"unknown {what} {name!r}", where=f"{what}s", fix=nearest(name, known))
    return {spelled[name.casefold()] for name in chosen}


def study_hash(study: Study, materials: Materials) -> str:
    """What the study asks, as one hash: its spec without its name, and its materials."""
    protocols = [content_hash(protocol) for protocol in materials.protocols]
    return content_hash(
        {
            "study": {key: value for key, value in spec_of(study).items() if key != "name"},
            "instruments": [content_hash(instrument) for instrument in materials.instruments],
            # one protocol stands alone, as it did before there could be several
            "protocol": protocols[0] if len(protocols) == 1 else protocols,
            "situations": [content_hash(situation) for situation in materials.situations],
            **({"forms": [content_hash(form) for form in materials.forms]} if materials.forms else {}),
        }
    )


@dataclass(frozen=True)
class Size:
    """How much a study asks, known before any form is made.

    ``n_baselines`` and ``n_after`` count administrations of one respondent over all instruments and forms; ``n_after``
    holds those after situations, and after calming.
    """

    n_respondents: int
    n_forms: int
    n_baselines: int
    n_after: int

    @property
    def n_administrations(self) -> int:
        """All administrations."""
        return self.n_respondents * (self.n_baselines + self.n_after)


def size_of(study: Study) -> Size:
    """How much the study asks; raises as ``materials_of`` does for what can be told from its first form."""
    form = study.ways.spread(study.seed, 1)[0] if study.ways else None
    ways = _Finder(study).ways(form)
    n_forms = study.ways.n_forms if study.ways else 1
    if study.ways and study.ways.probe:
        return _size_of_probes(study, n_forms)
    n_situations = sum(len(way.situations) for way in ways)
    phases = 2 if study.recovery else 1
    n_baselines_each = sum(n_baselines(study, way.situations, n_forms, probe=way.probe) for way in ways)
    return Size(
        n_respondents=len(study.respondents),
        n_forms=n_forms,
        n_baselines=n_forms * n_baselines_each,
        n_after=n_forms * study.repeats * n_situations * phases,
    )


def _size_of_probes(study: Study, n_forms: int) -> Size:
    """The size of a study of probes, which ask for different numbers of things; there are few of them."""
    ways = materials_of_forms(study, study.ways.asked(study.seed) if study.ways else ()).ways
    return Size(
        n_respondents=len(study.respondents),
        n_forms=n_forms,
        n_baselines=sum(n_baselines(study, way.situations, n_forms, probe=way.probe) for way in ways),
        n_after=study.repeats * sum(len(way.situations) for way in ways),
    )
