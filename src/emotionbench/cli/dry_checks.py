"""What a run would refuse, told as far as it can be without a key, a question asked or a model loaded."""

from __future__ import annotations

import json
from pathlib import Path

from emotionbench.engine.budget import check_room
from emotionbench.engine.cost import record_of
from emotionbench.errors import RespondentError
from emotionbench.materials.prices import Prices
from emotionbench.materials.protocols import Protocol
from emotionbench.respondents.base import Answerer, build, check_known, settings_of
from emotionbench.respondents.capabilities import check_able
from emotionbench.respondents.prices import checked_price
from emotionbench.study import Execution, RespondentSpec, Study
from emotionbench.study_materials import Materials

HERE = f"{__package__.rpartition('.')[0]}.respondents."
LOCAL = "local.answerer"
TEMPLATES = ("chat_template.jinja", "additional_chat_templates/*.jinja", "tekken.json")
"""Files that tell how a chat is put; besides an entry of tokenizer_config.json."""


def check_study(study: Study, materials: Materials, prices: Prices) -> None:
    """Raise what ``prepare`` would, of the study and of each of its respondents.

    Not looked for are keys, libraries, devices and what only a server or the hub knows (``left_to_the_hub``).
    """
    if study.execution.precision is not None:
        from emotionbench.engine.adaptive import check_reachable  # noqa: PLC0415  (the statistics take a second)

        check_reachable(study, materials)
    check_room(study.execution, 1 if study.design == "independent" else 3 if study.recovery else 2)
    for spec in study.respondents:
        made = _built(spec, materials.protocols[0], study.execution)
        if made is not None:
            check_able(made, materials.forms)
        if study.execution.max_cost is not None:
            checked_price(record_of(spec), prices)


def left_to_the_hub(study: Study) -> list[str]:
    """The local respondents that are no folder here, so that only the run can tell whether there are such models."""
    return [
        spec.id
        for spec in study.respondents
        if _kind(spec) == LOCAL and not Path(spec.id.partition("/")[2]).expanduser().is_dir()
    ]


def _kind(spec: RespondentSpec) -> str:
    """The module below ``respondents`` that makes it, or another's whole name."""
    return check_known(spec).module.removeprefix(HERE)


def _built(spec: RespondentSpec, protocol: Protocol, execution: Execution) -> Answerer | None:
    """The respondent, where making it costs nothing; else None, once its names and settings were looked at."""
    kind = _kind(spec)
    if kind == "openai.compatible":
        return build(_without_key(spec), protocol, execution)
    if kind == LOCAL:
        _check_local(spec)
    elif kind == "inspect.model":
        from emotionbench.respondents.inspect.asking import Settings  # noqa: PLC0415

        settings_of(spec, Settings)
    elif "/" not in spec.id:
        return build(spec, protocol, execution)
    return None


def _without_key(spec: RespondentSpec) -> RespondentSpec:
    """The same at a server that is named, where no key is demanded."""
    from emotionbench.respondents.openai.providers import PROVIDERS  # noqa: PLC0415
    from emotionbench.respondents.openai.settings import Settings  # noqa: PLC0415

    own = settings_of(spec, Settings)
    base_url = own.base_url or PROVIDERS[spec.id.partition("/")[0].casefold()].base_url
    kept = {key: value for key, value in spec.settings.items() if key != "api_key_env"}
    return spec.model_copy(update={"settings": {**kept, "base_url": base_url}})


def _check_local(spec: RespondentSpec) -> None:
    """Raise where a folder holds no model, or one that nobody knows how to put a question to; no torch is needed."""
    from emotionbench.respondents.local import loading  # noqa: PLC0415
    from emotionbench.respondents.local.answerer import Settings  # noqa: PLC0415

    settings, path_or_name = settings_of(spec, Settings), spec.id.partition("/")[2]
    if not path_or_name.strip():
        raise RespondentError("names no model", where=repr(spec.id), fix="write local/FOLDER or local/OWNER/NAME")
    folder = loading.find(path_or_name, settings.revision).folder
    if folder is not None and not _has_template(folder):
        raise RespondentError(
            f"the tokenizer of {path_or_name} has no chat template, so that nobody knows how to put a question",
            fix="take the edition of the model that was trained to follow instructions, or add a chat_template.jinja",
        )


def _has_template(folder: Path) -> bool:
    if any(any(folder.glob(pattern)) for pattern in TEMPLATES):
        return True
    try:
        config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(isinstance(config, dict) and config.get("chat_template"))
