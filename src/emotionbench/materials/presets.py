"""Presets: whole studies under one name, to be asked with ``--protocol NAME`` and changed in any part."""

from __future__ import annotations

from typing import Any

from emotionbench.documents import Document
from emotionbench.materials.instruments import LongText, ShortText


class Preset(Document):
    """The values that a study takes where it gives none; ``study`` is validated when a study is made of it."""

    id: ShortText
    name: ShortText
    source: LongText
    study: dict[str, Any]
