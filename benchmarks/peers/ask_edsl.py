"""Run by ``peers.py`` in EDSL's environment: a free-text question over scenarios, by its OpenAI-compatible service."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

url, prompts, n, at_once = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
os.environ |= {
    "OPENAI_COMPATIBLE_BASE_URL": url,
    "OPENAI_COMPATIBLE_API_KEY": "none",
    "EDSL_SERVICE_RPM_OPENAI_COMPATIBLE": "1000000",
    "EDSL_SERVICE_TPM_OPENAI_COMPATIBLE": "1000000000",
    "EDSL_MAX_CONCURRENT_TASKS": str(at_once),
}

from edsl import Cache, Model, QuestionFreeText, Scenario, ScenarioList, Survey  # noqa: E402

lines = Path(prompts).read_text(encoding="utf-8").splitlines()[:n]
question = QuestionFreeText(question_name="panas", question_text="{{ scenario.prompt }}")
scenarios = ScenarioList([Scenario(json.loads(line)) for line in lines])
model = Model("mock", service_name="openai_compatible")
wall, cpu = time.perf_counter(), time.process_time()
found = (
    Survey([question])
    .by(scenarios)
    .by(model)
    .run(
        cache=Cache(),
        disable_remote_inference=True,
        disable_remote_cache=True,
        progress_bar=False,
        print_exceptions=False,
    )
)
answered = sum(answer is not None for answer in found.select("answer.panas").to_list())
print(json.dumps({"n": answered, "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))
