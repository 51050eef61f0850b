"""What is said of replies that ended for want of tokens."""

from __future__ import annotations

from collections.abc import Mapping


def cut_off_lines(n_cut_off: Mapping[str, int]) -> list[str]:
    """A line for each respondent, by name, of whom so many replies ended for want of tokens."""
    return [
        f"{n:,} {'reply' if n == 1 else 'replies'} of {name} cut off at the token limit; raise --max-reply-tokens"
        for name, n in n_cut_off.items()
        if n
    ]
