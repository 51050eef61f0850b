"""Run by ``peers.py`` in lm-eval's environment: a generation task over a local file, by its chat completions model."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

url, prompts, n, at_once = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
Path("tasks").mkdir(exist_ok=True)
Path("tasks/panas.yaml").write_text(
    f"""task: panas
dataset_path: json
dataset_kwargs:
  data_files: {{test: {prompts}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{prompt}}}}"
doc_to_target: ""
generation_kwargs: {{until: [], max_gen_toks: 1024}}
metric_list: [{{metric: bypass}}]
""",
    encoding="utf-8",
)

from lm_eval import simple_evaluate  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

wall, cpu = time.perf_counter(), time.process_time()
found = simple_evaluate(
    model="local-chat-completions",
    model_args=f"model=mock,base_url={url}/chat/completions,num_concurrent={at_once},max_retries=1,tokenizer_backend=none",
    tasks=["panas"],
    task_manager=TaskManager(include_path="tasks", include_defaults=False),
    apply_chat_template=True,
    limit=n,
    log_samples=True,
    bootstrap_iters=0,
)
answered = sum(bool(sample["resps"][0][0]) for sample in found["samples"]["panas"])
print(json.dumps({"n": answered, "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))
