"""Run by ``peers.py`` in Inspect AI's environment: ``eval`` of the prompts, by its OpenAI-compatible provider."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

url, prompts, n, at_once = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
os.environ |= {"MOCK_BASE_URL": url, "MOCK_API_KEY": "none"}

from inspect_ai import Task  # noqa: E402
from inspect_ai import eval as evaluate  # noqa: E402
from inspect_ai.dataset import MemoryDataset, Sample  # noqa: E402
from inspect_ai.solver import generate  # noqa: E402

lines = Path(prompts).read_text(encoding="utf-8").splitlines()[:n]
samples = [Sample(id=str(place), input=json.loads(line)["prompt"]) for place, line in enumerate(lines)]
wall, cpu = time.perf_counter(), time.process_time()
log = evaluate(
    Task(dataset=MemoryDataset(samples), solver=generate()),
    model="openai-api/mock/mock",
    max_connections=at_once,
    max_samples=at_once,
    log_dir="logs",
    display="none",
)[0]
answered = sum(bool(sample.output.completion) for sample in log.samples or ())
print(json.dumps({"n": answered, "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))
