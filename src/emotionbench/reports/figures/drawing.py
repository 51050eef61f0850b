"""Turning specs into SVG, PDF and PNG with vl-convert, which is imported when a figure is drawn."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from emotionbench.errors import EmotionBenchError
from emotionbench.reports.figures.theme import Spec

if TYPE_CHECKING:
    from types import ModuleType

PNG_DPI = 300
VEGA_LITE = "5.21"
DESCRIBED = re.compile(r'<path([^>]*?) aria-label="([^"]*)"([^>]*?)(?:/>|></path>)')
ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
OPENING = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>')


def converter() -> ModuleType:
    """The vl-convert module; an error that says what to install where it is missing."""
    try:
        import vl_convert  # noqa: PLC0415  (an extra, and slow to start)
    except ModuleNotFoundError:
        raise missing_extra("vl-convert-python") from None
    return vl_convert


def missing_extra(package: str) -> EmotionBenchError:
    """What to say where a package of the extra ``report`` is absent."""
    return EmotionBenchError(f"the report needs {package}", fix="pip install 'emotionbench[report]'")


def svg(spec: Spec) -> str:
    """A spec as SVG; the same spec gives the same bytes."""
    drawn: str = converter().vegalite_to_svg(spec, vl_version=VEGA_LITE)
    return drawn


def inline_svg(spec: Spec, description: str) -> str:
    """A spec as SVG for the page: it scales with its box and has its description for those who do not see it."""
    drawn = svg(spec)
    found = OPENING.match(drawn)
    if found is None:
        raise ValueError("vl-convert gave no SVG with a size")
    width, height = found.groups()
    # what a mark is called is shown where the pointer rests on it; roles would have every mark read out
    body = DESCRIBED.sub(r"<path\1\3><title>\2</title></path>", drawn[found.end() :])
    body = ROLES.sub("", body)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-label={quoteattr(description)}>'
    )
    return opening + body


def write_figure(spec: Spec, stem: Path) -> list[Path]:
    """Write ``stem``.svg, .pdf and .png (300 dpi)."""
    made = converter()
    drawn = svg(spec)
    paths = [stem.with_name(f"{stem.name}.{suffix}") for suffix in ("svg", "pdf", "png")]
    paths[0].write_text(drawn, encoding="utf-8")
    paths[1].write_bytes(made.svg_to_pdf(drawn))
    paths[2].write_bytes(made.svg_to_png(drawn, scale=1, ppi=PNG_DPI))
    return paths


def require_extra() -> None:
    """Raise an error that says what to install where a package of the extra ``report`` is absent."""
    for module, package in (("jinja2", "jinja2"), ("vl_convert", "vl-convert-python")):
        if find_spec(module) is None:
            raise missing_extra(package)
