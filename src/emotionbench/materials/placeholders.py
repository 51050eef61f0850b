"""The bare names in braces that a text of a protocol or a page may hold."""

from __future__ import annotations

import string

from emotionbench.documents import fault


def placeholders(field: str, text: str) -> set[str]:
    """The placeholders of a field's text; a fault at the field where they are no bare names."""
    try:
        parts = [part for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError as problem:
        raise fault(f"{field}: {problem}; write a literal brace as {{{{ or }}}}", field) from None
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise fault(f"{field}: a placeholder is a bare name in braces; leave out what follows : or !", field)
    return {str(name) for _, name, _, _ in parts}
