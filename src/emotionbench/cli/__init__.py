"""The command line: parse arguments, call, print."""

from emotionbench.cli.main import main

__all__ = ["main"]
