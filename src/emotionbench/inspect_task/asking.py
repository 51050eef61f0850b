"""The solver: puts the messages of a session as the engine does, one after another, and keeps the replies."""

from __future__ import annotations

from typing import Any

from inspect_ai.model import GenerateConfig, Model, ModelOutput, get_model
from inspect_ai.model._generate_config import active_generate_config
from inspect_ai.solver import Generate, Solver, TaskState, solver

from emotionbench.engine.lane import Wordings
from emotionbench.imports.inspect_metadata import read_session
from emotionbench.records import Message
from emotionbench.respondents.base import Question
from emotionbench.respondents.inspect.asking import generation_of_form
from emotionbench.respondents.inspect.replies import chat_of, reading_of

REPLIES = "emotionbench"
"""Under which the store of a sample keeps its replies: administration, part, reply, and the reading if there is one."""


def questionnaire_of(wordings: Wordings) -> Solver:
    """The solver of a task with these materials."""

    @solver(name="questionnaire")
    def questionnaire() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            state.messages = []
            await _ask_session(state, wordings)
            state.completed = True
            return state

        return solve

    return questionnaire()


async def _ask_session(state: TaskState, wordings: Wordings) -> None:
    """Put every message of the session; each continues the conversation unless the form starts anew."""
    history: tuple[Message, ...] = ()
    kept: list[dict[str, Any]] = []
    for administration in read_session(state.metadata, f"sample {state.sample_id}"):
        before = history
        for part in range(1, administration.n_messages + 1):
            question = wordings.question(administration, history, 0, part)
            if question.form is not None and question.form.starts_anew:
                question = wordings.question(administration, before, 0, part)
            output = await _ask(question)
            reply = output.message.text
            kept.append({"administration": administration.id, "part": part, "reply": reply, **_read(question, output)})
            state.store.set(REPLIES, list(kept))
            _show(state, question, output)
            history = (*question.messages, {"role": "assistant", "content": reply})


async def _ask(question: Question) -> ModelOutput:
    model = get_model()
    fields = generation_of_form(question, _max_tokens(model))
    # one draw must not stand for the repeats of a prompt
    output: ModelOutput = await model.generate(chat_of(question.messages), config=GenerateConfig(**fields), cache=False)
    if not output.choices:
        raise RuntimeError(f"an output without an answer: {output.error or 'no reason given'}")
    return output


def _max_tokens(model: Model) -> int | None:
    limit: int | None = model.config.merge(active_generate_config()).max_tokens
    return limit


def _read(question: Question, output: ModelOutput) -> dict[str, Any]:
    if question.form is None or not question.form.reads_probabilities:
        return {}
    reading = reading_of(output, question.shown[0])
    if reading is None:
        raise RuntimeError("the model was asked for probabilities and gave none; ask it with drawn answers")
    return {"reading": reading}


def _show(state: TaskState, question: Question, output: ModelOutput) -> None:
    """Add to the messages of the sample what they do not hold yet."""
    n_said = len(state.messages)
    continues = n_said and [m.text for m in state.messages] == [m["content"] for m in question.messages[:n_said]]
    state.messages.extend(chat_of(question.messages[n_said:] if continues else question.messages))
    state.messages.append(output.message)
    state.output = output
