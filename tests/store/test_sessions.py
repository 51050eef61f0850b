"""People are read back with what they sent, from every database, and a right store of people verifies."""

from __future__ import annotations

from emotionbench.collecting import collect
from emotionbench.store import Store, people, sessions
from emotionbench.verification import verify
from emotionbench.web.opening import open_survey
from survey_people import Visitor, study_of, take_part


def test_people_are_read_from_every_database(any_store: Store) -> None:
    study = study_of()
    open_survey(any_store, study)
    whole = Visitor("whole")
    for visitor in (whole, Visitor("early", stops_before="situation"), Visitor("none", stops_before="about")):
        take_part(any_store, study, visitor)
    take_part(any_store, study, Visitor("gone"))
    people.withdraw(any_store, Visitor("gone").id)
    with any_store.reading() as connection:
        (survey,) = sessions.surveys(connection)
        found = sessions.sessions(connection)[study.hash]
        sent = list(sessions.sent_sheets(connection))
    assert (survey.hash, survey.name, survey.departures) == (study.hash, "feelings", {"withdrawn": 1})
    assert survey.spec["survey"]["exclusions"]["seconds_an_item"] == 0.7
    assert sorted(sorted(one.pages) for one in found) == [
        [],
        ["about", "after-1", "before-1", "end", "situation"],
        ["about", "before-1"],
    ]
    (complete,) = (one for one in found if one.outcome == "complete")
    assert complete.pages["situation"] == (21.5, {"reflection": whole.reflection})
    assert complete.pages["before-1"][1]["n_items"] == 20
    assert sorted(one.reply.count("\n") for one in sent) == [19, 19, 19]
    assert list(verify(any_store)) == []
    assert collect(any_store).participations[0].n_kept == 1


def test_only_a_count_is_left_of_a_study_whose_people_are_gone(any_store: Store) -> None:
    study = study_of()
    open_survey(any_store, study)
    with any_store.reading() as connection:
        assert sessions.surveys(connection) == []
    take_part(any_store, study, Visitor("gone"))
    people.withdraw(any_store, Visitor("gone").id, "retention")
    with any_store.reading() as connection:
        assert [one.departures for one in sessions.surveys(connection)] == [{"retention": 1}]
        assert sessions.sessions(connection) == {}
        assert list(sessions.sent_sheets(connection)) == []
