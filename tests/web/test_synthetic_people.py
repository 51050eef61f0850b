"""400 synthetic people from a human norm take part over real HTTP; the analysis finds what they were drawn from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from emotionbench import analyse
from emotionbench.comparisons.change import ChangeRow
from emotionbench.human.session import PlannedSheet, sheets_of
from emotionbench.human.study import HumanStudy
from emotionbench.materials import catalogue
from emotionbench.respondents.base import Question
from emotionbench.respondents.human_norm import People
from emotionbench.store import Store, people
from emotionbench.web.tokens import Tokens
from survey_server import SECRET, SurveyServer
from survey_studies import english, human
from web_person import Answers, WebForm, WebPerson, plainly

N, AT_ONCE = 400, 8
SURE = 4.0
"""Standard errors that a mean of so many people can be off, once in 15,000 times."""


class Drawn:
    """Answers of people as a norm has them, to sheets as the plan has them.

    The ids of people are random; what they answer is drawn by their situation and place, and so the same in every run.
    """

    def __init__(self, study: HumanStudy, store: Store) -> None:
        self.study, self.store = study, store
        self.norm = catalogue.norm("emotionbench-people")
        self.people = People(self.norm)
        self.protocol = catalogue.protocol("standard")

    def sheet(self, person: WebPerson, page: str) -> PlannedSheet:
        """What the person's plan has on this page."""
        identifier = str(Tokens(SECRET).person(person.link.split("/")[-1]))
        found = people.find(self.store, identifier, self.study.hash)
        assert found is not None
        assert found.situation is not None
        assert found.place is not None
        planned = sheets_of(self.study, found.language, found.situation, found.place, found.session)
        sheet = next(sheet for sheet in planned if sheet.page == page)
        who = f"{found.situation} {found.place}"
        return replace(sheet, administration=replace(sheet.administration, id=f"{who} {page}", session=who))

    def __call__(self, person: WebPerson, page: str, form: WebForm) -> Answers:
        if not page.startswith(("before", "after")):
            return plainly(person, page, form)
        planned = self.sheet(person, page)
        administration = planned.administration
        situations = self.study.editions["en"].situations
        situation = situations[administration.situation] if administration.situation else None
        question = Question(administration, planned.instrument, self.protocol, situation, (), 1)
        values = self.people.fill(question)
        checks = {name: str(form.instructed(name)) for name in form.radios if name.startswith("check-")}
        return {**{f"item-{number}": str(value) for number, value in values.items()}, **checks}


async def take_part(url: str, choose: Drawn) -> list[str]:
    """The completion codes of everybody, so many at once."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one() -> str:
        async with turn, aiohttp.ClientSession() as session:
            return await WebPerson(url, session).walk(choose)

    return list(await asyncio.gather(*(one() for _ in range(N))))


@pytest.mark.slow
def test_the_analysis_finds_the_means_that_synthetic_people_were_drawn_from(
    tmp_path: Path, survey_server: Callable[..., SurveyServer]
) -> None:
    text = english(name="synthetic people", reading_seconds=0, attention_checks=1, collection={"n": N})
    server = survey_server(text, "--workers", "2")
    study = human(text)
    with Store(tmp_path / "survey.db") as store:
        choose = Drawn(study, store)
        codes = asyncio.run(take_part(server.url, choose))
        assert len(set(codes)) == N
        analysis = analyse(store)
    assert analysis.administrations.height == 2 * N
    assert set(analysis.administrations["outcome"]) == {"answered"}
    counts = analysis.administrations.filter(condition="evoked")["situation"].value_counts()["count"]
    assert counts.max() - counts.min() <= 1
    (block,) = analysis.changes(by="factor")
    assert (block.kind, block.design, block.n_baseline) == ("human", "paired", N)
    assert block.protocol == "pages-en"
    rows = [row for row in block.rows if row.kind == "factor"]
    factors = {situation.factor for situation in study.editions["en"].situations.values()}
    assert {row.factor for row in rows} == factors
    off = [change_off(row, key, choose) for row in rows for key in row.contrasts]
    assert max(map(abs, off)) < SURE
    inside = [abs(each) < 1.96 for each in off]
    assert sum(inside) >= 0.75 * len(inside)


def change_off(row: ChangeRow, subscale: str, drawn: Drawn) -> float:
    """How many standard errors of so many people the change is off what it was drawn from."""
    planted = drawn.norm.factor_row(str(row.factor))
    assert planted is not None
    change = planted.subscales[subscale].change
    found = row.contrasts[subscale].difference
    assert found is not None
    return (found - change.mean) / (change.sd / row.n**0.5)
