"""Make the pictures of the README and the docs from the real output of the real commands.

    python tools/screenshots.py

Runs the commands in an empty folder, draws what one printed as a terminal (rich), opens the report of the other, and
takes the pictures with headless Chromium. Needs Debian's ``chromium``.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.text import Text

IMAGES = Path(__file__).parents[1] / "docs/images"
COMMAND = "emotionbench run --respondent human-norm --repeats 3"
COLUMNS = 100
REPORTED = (
    "emotionbench run --respondent lexicon --respondent uniform --respondent constant --instrument PANAS"
    " --instrument ECL-8"
    " --repeats 3",
    "emotionbench run --respondent human-norm --repeats 3",
    "emotionbench report",
)
REPORT_PICTURES = {
    "report-desktop.png": {"viewport": {"width": 1280, "height": 1250}, "color_scheme": "light"},
    "report-phone-dark.png": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
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


def report_pictures(folder: Path) -> None:
    """The head of a report of the embedded respondents, on a desktop and on a phone."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for command in REPORTED:
        subprocess.run(command.split(), cwd=folder, env=environment, check=True, capture_output=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, settings in REPORT_PICTURES.items():
            page = browser.new_context(**settings, device_scale_factor=1.5).new_page()  # type: ignore[arg-type]
            page.goto((folder / "report.html").as_uri())
            page.screenshot(path=IMAGES / name)
        browser.close()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        report_pictures(Path(folder))
    picture(COMMAND, terminal_output(COMMAND), IMAGES / "human-norm.png")


if __name__ == "__main__":
    main()
