"""Make the README's picture from the real output of the real command.

    python tools/screenshots.py

Runs the command in an empty folder, draws what it printed as a terminal (rich), and takes the picture with headless
Chromium. Needs Debian's ``chromium``.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

IMAGES = Path(__file__).parents[1] / "docs/images"
COMMAND = "emotionbench run --respondent human-norm --repeats 3"
COLUMNS = 100
CHROMIUM = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--force-device-scale-factor=2",
]


def terminal_output(command: str) -> str:
    """What the command prints to a colour terminal, the progress bar in its last state."""
    bin_folder = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "FORCE_COLOR": "1",
        "COLUMNS": str(COLUMNS),
    }
    with tempfile.TemporaryDirectory() as folder:
        finished = subprocess.run(
            command.split(), cwd=folder, env=environment, check=True, capture_output=True, text=True
        )
    # every redraw of the live line begins by erasing the one before
    last_state = finished.stdout.rpartition("\x1b[2K")[2]
    return re.sub(r"\x1b\[\?25[hl]|\x1b\[1A", "", last_state)


def picture(title: str, output: str, target: Path) -> None:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {title}\n{output}"))
    svg = console.export_svg(title="emotionbench")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # no font from elsewhere
    width, height = (float(number) for number in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0])
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f"<body style='margin:0'>{svg}</body>", encoding="utf-8")
        size = f"--window-size={int(width) + 1},{int(height) + 1}"
        command = [*CHROMIUM, f"--user-data-dir={folder}/profile", size, f"--screenshot={target}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    picture(COMMAND, terminal_output(COMMAND), IMAGES / "human-norm.png")


if __name__ == "__main__":
    main()
