"""A model's folder or hub name → its tokenizer and weights, with plain words for what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from emotionbench.errors import RespondentError

INSTALL = "install it: pip install 'emotionbench[local]'"
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
DESCRIBING = (
    *("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model"),
    *("vocab.json", "merges.txt", "special_tokens_map.json", "chat_template.jinja"),
)
"""The files besides the weights that change what a model answers."""
TOKENIZERS = (
    "tokenizer.json",
    "tokenizer.model",
    "spiece.model",
    "vocab.json",
    "vocab.txt",
    "*.tiktoken",
    "tekken.json",
)
"""The files of which every tokenizer has one."""
MOST_SAID = 300
"""Characters of what a library complains of that are told."""
WHOLE, LOOKS, LOOK = 2**26, 1024, 4096
"""A file of weights is hashed whole up to so many bytes; else at so many places, so many bytes at each."""


@dataclass(frozen=True)
class Source:
    """Where a model is: its folder, or its name on the hub and the revision asked for."""

    path_or_name: str
    folder: Path | None
    revision: str | None

    @property
    def name(self) -> str:
        """What the model is called wherever it lies."""
        return self.folder.resolve().name if self.folder else self.path_or_name

    @property
    def asked(self) -> dict[str, Any]:
        """How transformers is asked for it; a folder never reaches for the network."""
        if self.folder:
            return {"pretrained_model_name_or_path": str(self.folder), "local_files_only": True}
        return {"pretrained_model_name_or_path": self.path_or_name, "revision": self.revision}


def find(path_or_name: str, revision: str | None) -> Source:
    """The folder of that path, else the hub name; a RespondentError where it can be neither."""
    folder = Path(path_or_name).expanduser()
    if folder.suffix == ".gguf" and not folder.is_dir():
        raise RespondentError(
            f"{path_or_name} is a GGUF file, which is not read in this process",
            fix="have a server read it (llama-server -m FILE) and name that: llamacpp/NAME, with its base_url",
        )
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise RespondentError(
                f"{path_or_name} holds no model: it has no config.json",
                fix="name a folder that transformers' save_pretrained wrote; a .gguf file needs a server",
            )
        if not any(any(folder.glob(pattern)) for pattern in WEIGHTS):
            raise RespondentError(f"{path_or_name} has no weights", fix="put its *.safetensors files there")
        return Source(path_or_name, folder, None)
    parts = path_or_name.split("/")
    if folder.is_absolute() or len(parts) > 2 or path_or_name.startswith((".", "~")) or folder.exists():
        raise RespondentError(f"there is no folder {path_or_name}", fix="write local/FOLDER or local/OWNER/NAME")
    return Source(path_or_name, None, revision)


def import_libraries() -> tuple[Any, Any]:
    """The modules torch and transformers; a RespondentError names the extra that brings them."""
    try:
        import torch  # noqa: PLC0415
        import transformers  # noqa: PLC0415
    except ImportError as problem:
        raise RespondentError(f"local models need torch and transformers ({problem})", fix=INSTALL) from None
    return torch, transformers


def tokenizer_of(source: Source) -> Any:
    """Its tokenizer, with a chat template; a RespondentError says what is missing."""
    _, transformers = import_libraries()
    if source.folder and not any(any(source.folder.glob(pattern)) for pattern in TOKENIZERS):
        raise RespondentError(
            f"{source.path_or_name} has no tokenizer",
            fix="put the tokenizer.json and tokenizer_config.json of its model there",
        )
    with _explained(source, "tokenizer"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(**source.asked)
    if not tokenizer.chat_template:
        raise RespondentError(
            f"the tokenizer of {source.path_or_name} has no chat template, so that nobody knows how to put a question",
            fix="take the edition of the model that was trained to follow instructions, or add a chat_template.jinja; "
            "a base model can be asked to continue a text by a server, with 'endpoint: completions' in its settings",
        )
    return tokenizer


def config_of(source: Source) -> Any:
    """Its configuration."""
    _, transformers = import_libraries()
    with _explained(source, "configuration"):
        return transformers.AutoConfig.from_pretrained(**source.asked)


def model_of(source: Source, device: str, dtype: str) -> Any:
    """The model on its device, ready to be asked; a RespondentError where it cannot be loaded or has no room."""
    torch, transformers = import_libraries()
    _check_room(source, device, dtype, torch)
    kind = getattr(torch, dtype)
    silent = transformers.utils.logging
    silent.disable_progress_bar()
    try:
        with _explained(source, "model"):
            model = transformers.AutoModelForCausalLM.from_pretrained(**source.asked, dtype=kind)
        return model.to(device).eval()
    except (MemoryError, torch.OutOfMemoryError):
        raise _no_room(source, device) from None
    finally:
        silent.enable_progress_bar()


def identity(source: Source, config: Any) -> str:
    """What tells one model's answers from another's: the commit on the hub, or a hash of a folder's files.

    Of large files of weights it takes the size and ``LOOKS`` places, which tells two trainings apart within a second.
    """
    if source.folder is None:
        return str(getattr(config, "_commit_hash", None) or source.revision or "main")
    digest = sha256()
    for name in DESCRIBING:
        file = source.folder / name
        if file.is_file():
            digest.update(f"{name}\n".encode() + sha256(file.read_bytes()).digest())
    for file in sorted({file for pattern in WEIGHTS for file in source.folder.glob(pattern)}):
        size = file.stat().st_size
        digest.update(f"{file.name}\n{size}\n".encode())
        with file.open("rb") as opened:
            if size <= WHOLE:
                digest.update(opened.read())
                continue
            for place in range(LOOKS):
                opened.seek((size - LOOK) * place // (LOOKS - 1))
                digest.update(opened.read(LOOK))
    return f"sha256:{digest.hexdigest()[:32]}"


def device_of(wanted: str) -> str:
    """``auto`` as what is there; a RespondentError where CUDA is asked for and is not."""
    torch, _ = import_libraries()
    has_cuda = torch.cuda.is_available()
    if wanted == "auto":
        return "cuda" if has_cuda else "cpu"
    if wanted == "cuda" and not has_cuda:
        raise RespondentError("device cuda is not there", fix="set 'device: cpu' in its settings, or leave it out")
    return wanted


def dtype_of(wanted: str, device: str, config: Any) -> str:
    """``auto`` as float32 on a CPU, and as the model was saved on a GPU."""
    if wanted != "auto":
        return wanted
    saved = str(getattr(config, "dtype", None) or getattr(config, "torch_dtype", None) or "float32")
    return "float32" if device == "cpu" else saved.removeprefix("torch.")


def _check_room(source: Source, device: str, dtype: str, torch: Any) -> None:
    """Refuse a folder whose weights are larger than the memory that is free, before the machine starts to swap."""
    if source.folder is None:
        return
    stored = json.loads((source.folder / "config.json").read_text(encoding="utf-8"))
    halves = (stored.get("dtype") or stored.get("torch_dtype")) in ("bfloat16", "float16")
    size = sum(file.stat().st_size for file in source.folder.glob("*.safetensors"))
    needed = size * (4 if dtype == "float32" else 2) / (2 if halves else 4)
    free = torch.cuda.mem_get_info()[0] if device == "cuda" else free_memory()
    if free is not None and needed > free:
        raise _no_room(source, device, f"{needed / 2**30:.1f} GiB needed, {free / 2**30:.1f} GiB free")


def free_memory() -> float | None:
    """Bytes of memory that are free here, where that can be told."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), None)


def _no_room(source: Source, device: str, why: str = "") -> RespondentError:
    return RespondentError(
        f"not enough memory on {device} for {source.path_or_name}" + (f" ({why})" if why else ""),
        fix="set 'dtype: bfloat16' in its settings, take a smaller model or another device",
    )


@contextmanager
def _explained(source: Source, what: str) -> Iterator[None]:
    """Say what transformers complains of, with where to look."""
    try:
        yield
    except Exception as problem:  # libraries below raise families of their own
        if isinstance(problem, MemoryError) or type(problem).__name__ == "OutOfMemoryError":
            raise
        said = " ".join(str(problem).split())[:MOST_SAID].rstrip(".")
        if not isinstance(problem, OSError | ValueError | ImportError):
            said = f"{type(problem).__name__}: {said}"
        fix = (
            "check the files in that folder: one may be incomplete or of another model"
            if source.folder
            else "check the name, or download it and name its folder"
        )
        raise RespondentError(f"the {what} of {source.path_or_name} cannot be loaded: {said}", fix=fix) from None
