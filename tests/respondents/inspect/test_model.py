from __future__ import annotations

import json
import warnings
from typing import Any

import pytest

from asking import PROTOCOL, in_loop
from emotionbench.engine.lane import Wordings
from emotionbench.errors import RespondentError
from emotionbench.plan import Plan
from emotionbench.records import Message, RespondentKind
from emotionbench.respondents.base import AskFailure, Question, Reply
from emotionbench.respondents.inspect.model import InspectModel, build
from emotionbench.study import Execution, RespondentSpec, Study
from emotionbench.study_materials import materials_of
from mock_server import MockServer

with warnings.catch_warnings():
    # Inspect's imports are not ours to mend
    warnings.simplefilter("ignore")
    import inspect_models
    from inspect_models import REFUSAL, Scripted

# tenacity's new name for what Inspect passes to it
pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")
SECRET = "sk-scripted-secret-0123"


def make(model: str = "scripted/whole", timeout: float = 20.0, **settings: Any) -> InspectModel:
    return build(RespondentSpec(id=f"inspect/{model}", settings=settings), PROTOCOL, Execution(timeout=timeout))


def questions(answerer: InspectModel, n: int = 1, **changes: Any) -> list[Question]:
    spec = {"respondents": ["inspect/scripted/whole"], "factors": ["anger-1"], **changes}
    study = Study(**spec)
    materials = materials_of(study)
    wordings = Wordings(materials)
    plan = Plan(study, materials, (answerer.record,))
    return [wordings.question(one) for session in plan for one in session][:n]


def ask(answerer: InspectModel, **changes: Any) -> Reply:
    reply: Reply = in_loop(answerer, lambda: answerer.ask(questions(answerer, **changes)[0]))
    return reply


def last() -> tuple[list[Any], Any]:
    return Scripted.asked[-1]


def test_a_reply_holds_the_exact_request_and_response_as_json() -> None:
    reply = ask(make())
    request, response = json.loads(reply.request), json.loads(reply.response)
    assert request["model"] == "scripted/whole"
    assert request["call"]["messages"] == [message.text for message in last()[0]]
    assert "extra_headers" not in request["call"]
    assert response["call"] == {"said": reply.text}
    assert response["output"]["choices"][0]["message"]["content"] == reply.text
    assert len(reply.text.splitlines()) == 20
    assert (reply.model_version, reply.finish_reason) == ("scripted-2026", "stop")


def test_tokens_count_what_the_cache_held_and_what_was_reasoned() -> None:
    reply = ask(make())
    assert (reply.input_tokens, reply.cached_tokens) == (55, 10)
    assert (reply.output_tokens, reply.reasoning_tokens) == (20, 7)


def test_reasoning_is_kept_and_is_no_part_of_the_reply() -> None:
    reply = ask(make("scripted/thinks"))
    assert "Hm" not in reply.text
    assert "Hm: 5" in reply.response


def test_inspect_neither_retries_nor_caches() -> None:
    answerer = make("scripted/whole+down")
    before = len(Scripted.asked)
    with pytest.raises(AskFailure):
        ask(answerer)
    assert len(Scripted.asked) == before + 1
    one, other = make(), make()
    assert ask(one).text == ask(other).text
    assert len(Scripted.asked) == before + 3
    assert last()[1].max_retries == 0


def test_the_settings_reach_the_model_and_nothing_else_does() -> None:
    ask(make(top_p=0.5, max_tokens=77, config={"reasoning_effort": "low"}))
    sent = last()[1].model_dump(exclude_none=True)
    assert {name: sent.pop(name) for name in ("max_retries", "max_connections")}
    assert sent == {"temperature": 0.0, "top_p": 0.5, "max_tokens": 77, "reasoning_effort": "low"}


def test_a_seed_is_sent_only_if_asked_for_and_differs_by_attempt() -> None:
    ask(make())
    assert last()[1].seed is None
    answerer = make(send_seed=True)
    question = questions(answerer)[0]
    seeds = []
    for attempt in (1, 1, 2):
        again = Question(
            question.administration, question.instrument, question.protocol, None, question.messages, attempt
        )
        in_loop(answerer, lambda asked=again: answerer.ask(asked))
        seeds.append(last()[1].seed)
    assert seeds[0] == seeds[1] != seeds[2]
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_without_a_system_role_its_text_opens_the_first_user_message() -> None:
    messages: tuple[Message, ...] = (
        {"role": "system", "content": "S"},
        {"role": "user", "content": "U1"},
        {"role": "assistant", "content": "A"},
        {"role": "user", "content": "U2"},
    )
    for system_role, expected in ((True, ["S", "U1", "A", "U2"]), (False, ["S\n\nU1", "A", "U2"])):
        answerer = make(system_role=system_role)
        question = questions(answerer)[0]
        changed = Question(question.administration, question.instrument, question.protocol, None, messages, 1)
        in_loop(answerer, lambda answerer=answerer, changed=changed: answerer.ask(changed))
        assert [message.text for message in last()[0]] == expected


def test_the_record_holds_what_changes_answers_and_no_address_or_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", SECRET)
    answerer = make(api_key_env="MY_KEY", base_url="http://localhost:1/v1", model_args={"responses_store": True})
    assert (answerer.record.kind, answerer.record.name) == (RespondentKind.LLM, "inspect/scripted/whole")
    assert answerer.record.settings == {
        "provider": "inspect",
        "model": "scripted/whole",
        "temperature": 0.0,
        "top_p": None,
        "max_tokens": 1024,
        "send_seed": False,
        "system_role": True,
        "config": {},
        "model_args": {"responses_store": True},
    }
    assert answerer._open().api.api_key == SECRET
    assert SECRET not in repr(answerer.record) + repr(answerer)


@pytest.mark.parametrize(
    ("fault", "kind", "may_pass", "words", "pause"),
    [
        ("down", "server", True, "HTTP 503: overloaded", None),
        ("limited", "rate_limited", True, "HTTP 429: Rate limit reached", 2.5),
        ("refused", "rejected", False, "HTTP 400: against our policy", None),
        ("bug", "rejected", False, "ZeroDivisionError: division by zero", None),
    ],
)
def test_a_failure_has_its_kind(fault: str, kind: str, may_pass: bool, words: str, pause: float | None) -> None:
    with pytest.raises(AskFailure) as caught:
        ask(make(f"scripted/whole+{fault}"))
    failure = caught.value
    assert (failure.kind, failure.may_pass, failure.retry_after) == (kind, may_pass, pause)
    assert failure.message == words
    assert json.loads(failure.request)["messages"][-1]["content"] == last()[0][-1].text


def test_a_model_that_never_answers_times_out() -> None:
    with pytest.raises(AskFailure) as caught:
        ask(make("scripted/whole+hang", timeout=0.2))
    assert (caught.value.kind, caught.value.may_pass) == ("timeout", True)
    assert "within 0.2 s" in caught.value.message


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("unsigned", "the provider refuses the key (Incorrect API key: ***); check SCRIPTED_API_KEY"),
        ("warm", "set 'temperature: null' in its settings"),
        ("absent", "no model 'scripted/whole+absent' there"),
    ],
)
def test_what_every_request_would_meet_stops_and_shows_no_key(
    monkeypatch: pytest.MonkeyPatch, fault: str, words: str
) -> None:
    monkeypatch.setenv("SCRIPTED_API_KEY", SECRET)
    answerer = make(f"scripted/whole+{fault}")
    before = len(Scripted.asked)

    async def all_at_once() -> list[Any]:
        import asyncio  # noqa: PLC0415

        asked = (answerer.ask(question) for question in questions(answerer, 5))
        return await asyncio.gather(*asked, return_exceptions=True)

    problems = in_loop(answerer, all_at_once)
    assert all(isinstance(problem, RespondentError) for problem in problems)
    assert words in str(problems[0])
    assert SECRET not in str(problems[0])
    assert len(Scripted.asked) == before + 1


def test_a_key_is_kept_out_of_what_is_stored(fresh: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_API_KEY", SECRET)
    answerer = make("openai-api/mock/mock+429", base_url=fresh.url)
    with pytest.raises(AskFailure) as caught:
        ask(answerer)
    assert (caught.value.kind, fresh.stats()["n_requests"]) == ("rate_limited", 1)
    assert fresh.stats()["last"]["headers"]["Authorization"] == f"Bearer {SECRET}"
    assert "you sent: Bearer ***" in caught.value.message
    assert SECRET not in caught.value.request


@pytest.mark.parametrize(
    ("fault", "kind", "may_pass"),
    [
        ("500", "server", True),
        ("429-seconds", "rate_limited", True),
        ("400", "rejected", False),
        ("drop", "connection", True),
        ("html", "malformed", True),
        ("truncated", "malformed", True),
        ("empty", "malformed", True),
    ],
)
def test_a_server_s_faults_through_an_sdk_cost_one_request(
    fresh: MockServer, monkeypatch: pytest.MonkeyPatch, fault: str, kind: str, may_pass: bool
) -> None:
    monkeypatch.setenv("MOCK_API_KEY", SECRET)
    answerer = make(f"openai-api/mock/mock+{fault}", base_url=fresh.url)
    with pytest.raises(AskFailure) as caught:
        ask(answerer)
    assert (caught.value.kind, caught.value.may_pass) == (kind, may_pass)
    assert fresh.stats()["n_requests"] == 1


def test_answers_held_to_a_schema() -> None:
    answerer = make("scripted/json")
    reply = ask(answerer, ways={"answers": "json"})
    schema = last()[1].response_schema.json_schema.model_dump(exclude_none=True)
    assert schema["required"] == list(json.loads(reply.text))
    assert all(answer == {"type": "integer", "enum": [1, 2, 3, 4, 5]} for answer in schema["properties"].values())
    ask(make(), ways={"answers": "json", "option_labels": "a", "template": "plain"})
    schema = last()[1].response_schema.json_schema.model_dump(exclude_none=True)
    assert next(iter(schema["properties"].values())) == {"type": "string", "enum": list("abcde")}


def test_probabilities_are_read_from_where_the_answer_begins() -> None:
    answerer = make()
    question = questions(answerer, ways={"answers": "logprobs", "template": "plain"})[0]
    reply: Reply = in_loop(answerer, lambda: answerer.ask(question))
    config = last()[1]
    assert (config.logprobs, config.top_logprobs, config.max_tokens) == (True, 20, 16)
    reading = json.loads(reply.logprobs or "")
    assert (reading["item"], reading["source"]) == (question.shown[0], "vocabulary")
    assert [step["after"] for step in reading["steps"]] == ["", "\n"]
    assert [token for token, _ in reading["steps"][1]["tokens"]] == ["4", " 4", "3", "I"]
    assert reply.text == "4"


@pytest.mark.parametrize("may_pass", [False, True])
def test_one_reply_without_probabilities_among_others_may_be_asked_again(
    monkeypatch: pytest.MonkeyPatch, may_pass: bool
) -> None:
    answerer = make()
    question = questions(answerer, ways={"answers": "logprobs", "template": "plain"})[0]
    if may_pass:
        in_loop(answerer, lambda: answerer.ask(question))
    monkeypatch.setattr(inspect_models, "CHANCES", {})
    with pytest.raises(AskFailure if may_pass else RespondentError, match="probabilities"):
        in_loop(answerer, lambda: answerer.ask(question))


def test_a_refusal_is_a_reply() -> None:
    assert ask(make("scripted/refuses")).text == REFUSAL


def test_a_second_run_after_close_works() -> None:
    answerer = make()
    assert ask(answerer).text == ask(answerer).text


@pytest.mark.parametrize(
    ("model", "settings", "words"),
    [
        ("scripted", {}, "names no provider and model; write inspect/"),
        ("scripte/x", {}, "Inspect knows no provider 'scripte'; did you mean 'scripted'?"),
        ("anthropic/claude", {}, "requires optional dependencies; pip install anthropic"),
        ("openai-api/absent/x", {}, "No ABSENT_API_KEY defined in the environment; set it in the environment"),
        ("scripted/whole", {"temprature": 1}, "temprature: unknown key; did you mean 'temperature'?"),
        ("scripted/whole", {"config": {"max_retries": 3}}, "'max_retries' is set elsewhere or cannot be set"),
        ("scripted/whole", {"config": {"reasoning_efort": "low"}}, "did you mean 'reasoning_effort'?"),
        ("scripted/whole", {"config": {"top_k": "many"}}, "config → top_k: Input should be a valid integer"),
        ("scripted/whole", {"config": {"extra_headers": {"x": "y"}}}, "'extra_headers' is set elsewhere or cannot"),
        ("scripted/whole", {"model_args": {"api_key": SECRET}}, "'api_key' may hold a key"),
        ("hf-absent/x", {"send_seed": True}, "the provider takes no seed; leave send_seed out"),
        ("scripted/whole", {"model_args": {"unknown": 1}}, "Inspect cannot reach it: unexpected keyword"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_asked(model: str, settings: dict[str, Any], words: str) -> None:
    before = len(Scripted.asked)
    with pytest.raises(RespondentError) as caught:
        make(model, **settings)
    assert words in str(caught.value)
    assert SECRET not in str(caught.value)
    assert len(Scripted.asked) == before


@pytest.mark.parametrize(
    ("model", "logprobs", "json_schema"),
    [
        ("openai/gpt-4o", True, True),
        ("together/x/y", True, True),
        ("google/gemini", True, True),
        ("grok/grok-4", True, True),
        ("hf/x/y", True, False),
        ("anthropic/claude", False, True),
        ("bedrock/x", False, True),
        ("mistral/x", False, True),
        ("azureai/x", False, False),
        ("mockllm/model", False, True),
        ("somebody/x", False, False),
    ],
)
def test_capabilities_follow_from_the_provider(model: str, logprobs: bool, json_schema: bool) -> None:
    from emotionbench.respondents.inspect.asking import capabilities_of  # noqa: PLC0415

    able = capabilities_of(model)
    assert (able.logprobs, able.json_schema) == (logprobs, json_schema)
