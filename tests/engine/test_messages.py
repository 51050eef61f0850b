"""Administrations whose items are spread over several messages, asked of a real HTTP process."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from emotionbench.analysis import analyse
from emotionbench.cli.main import cli
from emotionbench.engine import run
from emotionbench.errors import RespondentError
from emotionbench.records import Administration, Attempt, Condition
from emotionbench.store import Store, reading
from emotionbench.study import Study
from emotionbench.verification import verify
from engine_helpers import command, n_rows
from mock_server import MockServer

ServerMaker = Callable[..., MockServer]
N = 10 + 3
"""Administrations of the study below: ten baselines and three situations; two messages each."""
SHORT = """\
id: short
name: Short words
language: en
source: Written for the tests.
temperature: 0.25
system: Be brief.
baseline: "{instructions} Answer with {scale}.\\n{items}\\n{reply}"
evoked: "Imagine: {situation} {instructions} Answer with {scale}.\\n{items}\\n{reply}"
evoked_after: "Now imagine: {situation} Answer with {scale}.\\n{items}\\n{reply}"
recovered: "That is over. Answer with {scale}.\\n{items}\\n{reply}"
next_items: "More, with {scale}.\\n{items}\\n{reply}"
item: "{position}. {text}"
scale_numbers: "numbers from {lowest} to {highest} ({labels})"
scale_symbols: "options from {lowest} to {highest} ({labels})"
label: "{value}={label}"
symbol_label: "{symbol} {label}"
think_first: "Think, then write ###."
labels_with_items: see the items
reply_by_text: "By word."
reply_by_position: "By number."
"""


@pytest.fixture(autouse=True)
def short(small_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (small_home / "protocols" / "short.yaml").write_text(SHORT, encoding="utf-8")
    monkeypatch.setattr("emotionbench.engine.pace.FIRST_PAUSE", 0.01)


@pytest.fixture(scope="module")
def lasting() -> Iterator[MockServer]:
    server = MockServer.start()
    yield server
    server.stop()


@pytest.fixture
def healthy(lasting: MockServer) -> MockServer:
    """A server without faults that has seen nothing."""
    lasting.reset()
    return lasting


def study(server: MockServer, model: str = "mock", *, design: str = "independent", **changes: Any) -> Study:
    """Six items in messages of three, before and after three situations; the items in their own order."""
    respondent = {"id": f"compatible/{model}", "settings": {"base_url": server.url}}
    spec: dict[str, Any] = {
        "respondents": [respondent],
        "instruments": "MOOD-6",
        "situations": "tiny",
        "emotions": "anger",
        "protocol": "short",
        "design": design,
        "ways": {"items_per_message": [4], "item_order": ["given"], **changes.pop("ways", {})},
        "execution": {"retries": 0, **changes.pop("execution", {})},
        **({"baseline_repeats": 10} if design == "independent" else {}),
        **changes,
    }
    return Study(**spec)


def asked(path: Path) -> list[tuple[Administration, tuple[Attempt, ...]]]:
    """Every administration with its attempts."""
    with Store(path) as store:
        return [(a, reading.attempts(store, a.id)) for a in reading.administrations(store)]


def sent(attempt: Attempt) -> list[tuple[str, str]]:
    """Role and words of every message of a request."""
    return [(message["role"], message["content"]) for message in json.loads(attempt.request)["body"]["messages"]]


def answered_parts(path: Path) -> Counter[tuple[str, int]]:
    """Administration and message → how many responses it has."""
    return Counter((a.id, attempt.part) for a, tries in asked(path) for attempt in tries if attempt.response)


def assert_sound(path: Path, n: int = N) -> None:
    """Every message has one response, and every row holds."""
    found = answered_parts(path)
    assert (len(found), set(found.values())) == (2 * n, {1})
    with Store(path) as store:
        assert list(verify(store)) == []
    assert n_rows(path, "claim") == n_rows(path, "worker") == 0


SYSTEM = ("system", "Be brief.")
SCALE = "numbers from 1 to 4 (1=no, 4=yes)"
FIRST_ITEMS = "1. Bright\n2. Heavy\n3. Quick\nBy word."
LAST_ITEMS = "1. Dull\n2. Warm\n3. Cold\nBy word."
BEFORE = f"Say how much this holds now. Answer with {SCALE}.\n"


@pytest.mark.parametrize("conversation", ["kept", "fresh"])
def test_the_exact_messages(conversation: str, healthy: MockServer, tmp_path: Path) -> None:
    server, path = healthy, tmp_path / "s.db"
    tally = run(study(server, ways={"conversation": [conversation]}), path)
    assert (tally.n_planned, tally.n_answered, tally.n_failed, tally.n_attempts) == (N, N, 0, 2 * N)
    assert server.stats()["n_requests"] == 2 * N
    with Store(path) as store:
        situations = reading.materials(store).situations
    for administration, tries in asked(path):
        first, second = sorted(tries, key=lambda attempt: attempt.part)
        # those of a conversation come one after the other, others as their replies do
        numbers = [first.number, second.number]
        assert (numbers if conversation == "kept" else sorted(numbers)) == [1, 2]
        situation = administration.situation
        head = f"Imagine: {situations[situation].text} {BEFORE}" if situation else BEFORE
        opening = [SYSTEM, ("user", head + FIRST_ITEMS)]
        assert sent(first) == opening
        if conversation == "kept":
            more = ("user", f"More, with {SCALE}.\n{LAST_ITEMS}")
            assert sent(second) == [*opening, ("assistant", first.reply), more]
        else:
            assert sent(second) == [SYSTEM, ("user", head + LAST_ITEMS)]
        assert [line.split(":")[0] for line in str(first.reply).split("\n")] == ["Bright", "Heavy", "Quick"]
    assert_sound(path)
    analysis = analyse(path)
    assert set(analysis.administrations["outcome"]) == {"answered"}
    assert analysis.administrations["n_valid"].to_list() == [6] * N
    again = run(study(server, ways={"conversation": [conversation]}), path)
    assert (again.n_earlier, again.n_answered, again.n_attempts) == (N, 0, 0)


def test_the_phases_of_a_paired_conversation(healthy: MockServer, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    tally = run(study(healthy, design="paired", recovery=True), path)
    assert (tally.n_planned, tally.n_answered) == (9, 9)
    assert_sound(path, 9)
    sessions: dict[str, dict[Condition, tuple[Attempt, ...]]] = {}
    for administration, tries in asked(path):
        sessions.setdefault(administration.session or "", {})[administration.condition] = tries
    assert len(sessions) == 3
    for phases in sessions.values():
        order = [*phases[Condition.BASELINE], *phases[Condition.EVOKED], *phases[Condition.RECOVERED]]
        for before, after in pairwise(order):
            assert sent(after)[: len(sent(before)) + 1] == [*sent(before), ("assistant", before.reply)]
        said = [text for role, text in sent(order[-1]) if role != "assistant"]
        assert [text.partition(":")[0].partition(".")[0] for text in said] == [
            "Be brief", "Say how much this holds now", "More, with numbers from 1 to 4 (1=no, 4=yes)",
            "Now imagine", "More, with numbers from 1 to 4 (1=no, 4=yes)",
            "That is over", "More, with numbers from 1 to 4 (1=no, 4=yes)",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("design", "conversation"), [("independent", "kept"), ("independent", "fresh"), ("paired", "kept")]
)
@pytest.mark.parametrize("n_before", [1, 8, 15])
def test_a_server_that_dies_is_resumed_where_it_was(
    *, n_before: int, conversation: str, design: str, healthy: MockServer, mock_server: ServerMaker, tmp_path: Path
) -> None:
    n, path = (12 if design == "paired" else N), tmp_path / "s.db"
    asks: dict[str, Any] = {"design": design, "repeats": 2 if design == "paired" else 1}
    ways = {"conversation": [conversation]}
    with suppress(RespondentError):
        dying = mock_server("--die-after", str(n_before))
        stopped = run(study(dying, ways=ways, execution={"concurrency": 3}, **asks), path)
        assert stopped.n_open == n - stopped.n_answered
    assert answered_parts(path).total() == n_before
    tally = run(study(healthy, ways=ways, **asks), path)
    # what has a reply is not asked again, and what lacks one is asked once
    assert healthy.stats()["n_requests"] == tally.n_attempts == 2 * n - n_before
    assert tally.n_earlier + tally.n_answered == n
    assert (tally.n_failed, tally.n_incomplete, tally.n_open) == (0, 0, 0)
    assert_sound(path, n)


def test_a_resumed_conversation_goes_on_from_the_reply_it_had(
    healthy: MockServer, mock_server: ServerMaker, tmp_path: Path
) -> None:
    path = tmp_path / "s.db"
    run(study(mock_server("--die-after", "5"), execution={"concurrency": 1}, baseline_repeats=4), path)
    half = [(a, tries) for a, tries in asked(path) if {t.part for t in tries if t.response} == {1}]
    ((administration, tries),) = half
    run(study(healthy, baseline_repeats=4), path)
    with Store(path) as store:
        *_, last = reading.attempts(store, administration.id)
    assert (last.part, last.number) == (2, len(tries) + 1)
    assert ("assistant", tries[0].reply) in sent(last)


@pytest.mark.parametrize("conversation", ["kept", "fresh"])
def test_failures_of_single_messages_are_counted_once_and_left_for_the_next_run(
    conversation: str, healthy: MockServer, mock_server: ServerMaker, tmp_path: Path
) -> None:
    ways = {"conversation": [conversation]}
    path = tmp_path / "s.db"
    # one at a time: these requests are alike, so which of them fail hangs on the order in which they come
    faulty = study(mock_server("--fault", "400:0.25"), ways=ways, baseline_repeats=20, execution={"concurrency": 1})
    tally = run(faulty, path)
    n, found = 23, asked(path)
    got = {a.id: {t.part for t in tries if t.response} for a, tries in found}
    assert tally.n_answered == sum(parts == {1, 2} for parts in got.values())
    assert tally.n_failed == n - tally.n_answered
    assert any(parts == {1} for parts in got.values())
    assert any(parts == set() for parts in got.values())
    if conversation == "kept":
        # after a failure nothing more is asked of that administration
        assert all(tries[-1].response is None for a, tries in found if got[a.id] != {1, 2})
    else:
        # what needs no answer before it is asked at once
        assert all(sorted(attempt.part for attempt in tries) == [1, 2] for _, tries in found)
    outcomes = analyse(path).administrations
    for identifier, outcome in outcomes.select("administration", "outcome").iter_rows():
        expected = {0: "rejected", 1: "incomplete", 2: "answered"}[len(got[identifier])]
        assert outcome == expected
    again = run(study(healthy, ways=ways, baseline_repeats=20), path)
    assert (again.n_earlier, again.n_answered, again.n_failed) == (tally.n_answered, tally.n_failed, 0)
    assert healthy.stats()["n_requests"] == 2 * n - sum(map(len, got.values()))
    assert_sound(path, n)


def test_an_incomplete_message_is_asked_again_and_the_better_reply_carries_on(
    mock_server: ServerMaker, tmp_path: Path
) -> None:
    path = tmp_path / "s.db"
    # every administration has an order of its own, so that each message is refused once
    asks: dict[str, Any] = {"reask": 1, "baseline_repeats": 6, "ways": {"item_order": ["balanced"]}}
    tally = run(study(mock_server("--fault", "refuse:each1"), **asks), path)
    assert (tally.n_answered, tally.n_incomplete, tally.n_attempts) == (9, 0, 4 * 9)
    for _, (refused, first, refused_too, second) in asked(path):
        assert [t.part for t in (refused, first, refused_too, second)] == [1, 1, 2, 2]
        assert sent(refused) == sent(first)
        assert ("assistant", first.reply) in sent(second)
        assert ("assistant", refused.reply) not in sent(second)
    assert set(analyse(path).administrations["outcome"]) == {"answered"}


def test_a_resumed_conversation_goes_on_from_the_better_of_two_replies(
    healthy: MockServer, mock_server: ServerMaker, tmp_path: Path
) -> None:
    path = tmp_path / "s.db"
    asks = {"reask": 1, "baseline_repeats": 0, "factors": "anger-2"}
    run(study(mock_server("--fault", "refuse", "--die-after", "2"), **asks), path)
    ((administration, tries),) = asked(path)
    assert [(t.part, bool(t.response)) for t in tries] == [(1, True), (1, True), (2, False)]
    with Store(path) as store, store.writing() as connection:
        # the first reply was a whole one, the second was not
        good = "Bright: 3\nHeavy: 2\nQuick: 1"
        connection.exec_driver_sql("UPDATE attempt SET reply = ?, response = ? WHERE number = 1", (good, good))
    run(study(healthy, **asks), path)
    with Store(path) as store:
        *_, last = reading.attempts(store, administration.id)
    assert last.part == 2
    assert [text for role, text in sent(last) if role == "assistant"] == [good]


def test_replies_that_leave_items_out_are_tallied_by_administration(mock_server: ServerMaker, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    tally = run(study(mock_server("--fault", "garbage")), path)
    assert (tally.n_answered, tally.n_incomplete, tally.n_attempts) == (N, N, 2 * N)
    assert set(analyse(path).administrations["n_valid"]) == {0}


def test_signs_and_reasoning_are_asked_for_and_what_a_form_sets_reaches_the_request(
    healthy: MockServer, tmp_path: Path
) -> None:
    path = tmp_path / "s.db"
    ways = {"option_labels": ["I"], "option_order": ["descending"], "chain_of_thought": ["no", "yes"]}
    ways |= {"temperature": [0.0, 1.5], "persona": ["hero"], "items_per_message": ["all"]}
    tally = run(study(healthy, ways=ways, baseline_repeats=1, factors="anger-2"), path)
    assert (tally.n_answered, tally.n_incomplete) == (8, 8)  # the server knows no signs
    with Store(path) as store:
        forms = reading.materials(store).forms
    seen = set()
    for administration, (attempt,) in asked(path):
        form, body = forms[administration.form or ""], json.loads(attempt.request)["body"]
        (_, system), (_, user) = sent(attempt)
        assert system == f"{form.persona_text}\n\nBe brief."
        assert "options from I) to IV) (I) yes, IV) no)" in user
        assert ("Think, then write ###. By word." in user) == form.chain_of_thought
        assert body["max_tokens"] == (1024 + 2048 if form.chain_of_thought else 1024)
        assert body["temperature"] == form.temperature
        seen.add((form.chain_of_thought, body["temperature"]))
    assert seen == {(False, 0.0), (False, 1.5), (True, 0.0), (True, 1.5)}


def test_without_a_temperature_of_its_own_a_form_is_asked_at_the_protocols(healthy: MockServer, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    run(study(healthy, baseline_repeats=1, factors="anger-2"), path)
    assert {json.loads(t.request)["body"]["temperature"] for _, tries in asked(path) for t in tries} == {0.25}


def test_several_forms_of_one_study_are_kept_apart(healthy: MockServer, tmp_path: Path) -> None:
    server, path = healthy, tmp_path / "s.db"
    tally = run(study(server, ways={"items_per_message": ["all", 4, 2]}, baseline_repeats=2), path)
    assert tally.n_answered == tally.n_planned == 3 * (2 + 3)
    assert server.stats()["n_requests"] == tally.n_attempts == (1 + 2 + 3) * 5
    assert Counter(a.n_messages for a, _ in asked(path)) == {1: 5, 2: 5, 3: 5}
    assert set(analyse(path).administrations["outcome"]) == {"answered"}
    with Store(path) as store:
        assert list(verify(store)) == []


def test_killed_in_the_middle_and_resumed(healthy: MockServer, mock_server: ServerMaker, tmp_path: Path) -> None:
    # it can be killed at any moment after the first answers, but never comes to the end
    server, path = mock_server("--latency", "80", "--hold-after", "20"), tmp_path / "s.db"
    arguments = ["run", "--respondent", "compatible/mock", "--base-url", server.url, "--concurrency", "2"]
    arguments += ["--instrument", "MOOD-6", "--situations", "tiny", "--emotions", "anger", "--protocol", "short"]
    arguments += ["--vary", "items_per_message=4", "--vary", "item_order=given", "--baseline-repeats", "10"]
    process = subprocess.Popen(
        command(*arguments, "--store", str(path)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while server.stats()["n_requests"] < 12 or answered_parts(path).total() == 0:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = answered_parts(path)
    assert 0 < before.total() < 2 * N
    tally = run(study(healthy), path)
    assert healthy.stats()["n_requests"] == tally.n_attempts == 2 * N - before.total()
    assert_sound(path)


# what is damaged, and what is shown


def test_verify_finds_a_changed_form_and_another_number_of_messages(healthy: MockServer, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    run(study(healthy, baseline_repeats=1), path)
    with Store(path) as store:
        with store.writing() as connection:
            connection.exec_driver_sql("UPDATE administration SET n_messages = 3 WHERE condition = 'baseline'")
            connection.exec_driver_sql("UPDATE administration SET form = NULL WHERE condition = 'evoked'")
        found = Counter(fault.what for fault in verify(store))
        assert found["is spread over another number of messages than its form says"] == 1 + 3
        assert found["its columns do not hash to the id"] == 3
        with store.writing() as connection:
            connection.exec_driver_sql("UPDATE material SET content = '{\"items_per_message\":3}' WHERE kind = 'form'")
        assert any("does not hash to the key" in fault.what for fault in verify(store))


def test_show_tells_which_message_an_attempt_put(healthy: MockServer, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    run(study(healthy, baseline_repeats=1), path)
    evoked = next(a for a, _ in asked(path) if a.condition is Condition.EVOKED)
    shown = CliRunner().invoke(cli, ["show", evoked.id, "--store", str(path)])
    assert shown.exit_code == 0
    lines = shown.output.splitlines()
    assert "form         item_order given · items_per_message 4" in lines
    assert "messages     2" in lines
    assert [line.partition(", 2")[0] for line in lines if line.startswith("attempt ")] == [
        "attempt 1, message 1 of 2",
        "attempt 2, message 2 of 2",
    ]
    answers = lines[lines.index("answers") + 1 :][:6]
    assert [line.split()[1] for line in answers] == ["Bright", "Heavy", "Quick", "Dull", "Warm", "Cold"]
    assert all(line.endswith("valid") for line in answers)
    exact = json.loads(CliRunner().invoke(cli, ["show", evoked.id, "--json", "--store", str(path)]).output)
    assert [attempt["part"] for attempt in exact["attempts"]] == [1, 2]
    assert exact["administration"]["n_messages"] == 2
