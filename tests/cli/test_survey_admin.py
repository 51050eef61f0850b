"""``survey admin``: logins are made at the command line, with a password that is never shown."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emotionbench.cli.survey.admin import command
from emotionbench.errors import EmotionBenchError
from emotionbench.store import Store, researchers

PASSWORD = "correct horse battery"
PROGRAM = "from emotionbench.cli import main; main()"


@pytest.fixture
def where(tmp_path: Path) -> str:
    return str(tmp_path / "survey.db")


def asked(where: str, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(command, [*arguments, "--store", where], input=typed)


def refusal(where: str, *arguments: str, typed: str = "") -> str:
    found = asked(where, *arguments, typed=typed)
    assert isinstance(found.exception, EmotionBenchError), found.output
    return str(found.exception)


def opens(where: str, name: str, password: str) -> bool:
    with Store(where) as store:
        return researchers.log_in(store, name, password) is not None


def test_a_login_from_the_first_to_the_last_day(where: str) -> None:
    made = asked(where, "add", "anna", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert made.exit_code == 0
    assert made.output.endswith(f"anna can log in at /researcher of a survey that is served from {where}\n")
    assert PASSWORD not in made.output
    assert opens(where, "anna", PASSWORD)
    assert asked(where, "list").output == "anna\n"
    new = "another one entirely"
    assert asked(where, "password", "anna", typed=f"{new}\n{new}\n").exit_code == 0
    assert opens(where, "anna", new)
    assert not opens(where, "anna", PASSWORD)
    assert asked(where, "remove", "anna").output == "anna can no longer log in\n"
    assert "nobody can log in; make a login with" in asked(where, "list").output


def test_scripts_give_the_password_on_standard_input(where: str) -> None:
    assert asked(where, "add", "anna", "--password-stdin", typed=f"{PASSWORD}\r\nmore\n").exit_code == 0
    assert opens(where, "anna", PASSWORD)
    assert asked(where, "password", "anna", "--password-stdin", typed=f" {PASSWORD} ").exit_code == 0
    assert opens(where, "anna", f" {PASSWORD} ")


def test_two_passwords_that_differ_are_asked_for_again(where: str) -> None:
    typed = f"{PASSWORD}\nsomething else here\n{PASSWORD}\n{PASSWORD}\n"
    assert "do not match" in asked(where, "add", "anna", typed=typed).output
    assert opens(where, "anna", PASSWORD)


def test_a_password_is_needed_and_a_long_one(where: str) -> None:
    assert "choose one of at least 12" in refusal(where, "add", "anna", "--password-stdin", typed="eleven char\n")
    assert "has 0 characters" in refusal(where, "add", "anna", "--password-stdin")
    assert asked(where, "add", "anna").exit_code == 1
    with Store(where) as store:
        assert researchers.names(store) == []


def test_what_is_not_there_is_said_and_nothing_is_made(where: str) -> None:
    for arguments in (("list",), ("remove", "anna"), ("password", "anna", "--password-stdin")):
        assert "no store there" in refusal(where, *arguments, typed=PASSWORD)
    assert not Path(where).exists()
    asked(where, "add", "anna", "--password-stdin", typed=PASSWORD)
    assert "no account 'ben'; there are: anna" in refusal(where, "remove", "ben")
    assert "already" in refusal(where, "add", "anna", "--password-stdin", typed=PASSWORD)


def test_a_password_that_is_typed_is_not_shown(where: str) -> None:
    """On a real terminal, which would echo it."""
    own, theirs = pty.openpty()
    arguments = ["survey", "admin", "add", "anna", "--store", where]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    seen = b""
    try:
        for question in (b"Password", b"once more"):
            seen += read_until(own, question)
            wait_for_silence(own)
            os.write(own, f"{PASSWORD}\n".encode())
        seen += read_until(own, b"can log in")
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(own)
    assert PASSWORD.encode() not in seen
    assert opens(where, "anna", PASSWORD)


def read_until(terminal: int, words: bytes) -> bytes:
    seen, until = b"", time.monotonic() + 60
    while words not in seen and time.monotonic() < until:
        seen += os.read(terminal, 1024)
    assert words in seen
    return seen


def wait_for_silence(terminal: int) -> None:
    """Until the terminal echoes nothing: the prompt stands there before that."""
    until = time.monotonic() + 60
    while termios.tcgetattr(terminal)[3] & termios.ECHO and time.monotonic() < until:
        time.sleep(0.01)
