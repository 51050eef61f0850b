"""``emotionbench report``: one HTML file that says everything, and files for papers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
from pydantic import BaseModel

from emotionbench.analysis import analyse
from emotionbench.cli.options import open_for_reading, store_option
from emotionbench.cli.table import inference_options, norm_option
from emotionbench.comparisons.findings import Findings

FOLDER = click.Path(path_type=Path, file_okay=False)
SIZES = ("B", "KB", "MB", "GB")
STEP = 1000


@click.command("report")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="The page: one file that opens offline.",
)
@click.option("--figures", type=FOLDER, help="Write each figure there as SVG, PDF and PNG (300 dpi).")
@click.option("--tables", type=FOLDER, help="Write each table there as LaTeX, Markdown and CSV.")
@click.option("--frames", type=FOLDER, help="Write answers, scores and comparisons there, with a codebook.")
@click.option(
    "--upstream",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The original's files: adds the published tables, recomputed.",
)
@inference_options
@norm_option
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON; write no page.")
@store_option
def command(
    store_name: str,
    out: Path,
    protocol: str,
    alpha: float | None,
    margin: float | None,
    *,
    norm_name: str | None,
    as_json: bool,
    **wanted: Path | None,
) -> None:
    """Write a page that says how close each respondent's changes are to people's, and everything behind it."""
    if as_json:
        with open_for_reading(store_name) as store:
            found = analyse(store, norm=norm_name).findings(protocol=protocol, alpha=alpha, margin=margin)
        click.echo(as_json_text(found))
        return
    rules: dict[str, object] = {"protocol": protocol, "alpha": alpha, "margin": margin}
    for file in written(store_name, out, rules, wanted, norm=norm_name):
        click.echo(f"{file} ({size(file.stat().st_size)})")


def as_json_text(findings: Findings) -> str:
    """The findings with every figure; an error rather than a figure that is none."""

    def plain(value: object) -> object:
        if isinstance(value, BaseModel):
            return value.model_dump()
        raise TypeError(f"no JSON for {type(value).__name__}")

    return json.dumps(asdict(findings), indent=1, ensure_ascii=False, allow_nan=False, default=plain)


def written(
    store_name: str, out: Path, rules: dict[str, object], wanted: dict[str, Path | None], *, norm: str | None = None
) -> Iterator[Path]:
    """Write everything that is wanted; each file as soon as it is there."""
    # what draws pages and figures is an extra, and takes a moment to import
    from emotionbench.reports.audit_section import audit_of  # noqa: PLC0415
    from emotionbench.reports.contents import Report  # noqa: PLC0415
    from emotionbench.reports.figures.drawing import require_extra  # noqa: PLC0415
    from emotionbench.reports.html import render_page  # noqa: PLC0415
    from emotionbench.reports.output import write_figures, write_frames, write_tables, write_text  # noqa: PLC0415
    from emotionbench.store import reading  # noqa: PLC0415
    from emotionbench.store.studies import store_facts  # noqa: PLC0415

    require_extra()
    with open_for_reading(store_name) as store:
        analysis, facts = analyse(store, norm=norm), store_facts(store)
        situations = reading.materials(store).situations
    upstream = wanted.get("upstream")
    found = analysis.findings(**rules)  # type: ignore[arg-type]
    report = Report(found, analysis, facts, audit_of(upstream) if upstream else None)
    yield write_text(render_page(report, situations), out)
    for name, write in (("figures", write_figures), ("tables", write_tables), ("frames", write_frames)):
        folder = wanted.get(name)
        if folder:
            yield from write(report, folder)


def size(n_bytes: int) -> str:
    """``1.2 MB``."""
    value, unit = float(n_bytes), 0
    while value >= STEP and unit < len(SIZES) - 1:
        value, unit = value / STEP, unit + 1
    return f"{value:.0f} {SIZES[unit]}" if unit < 2 else f"{value:.1f} {SIZES[unit]}"
