"""``survey doctor`` as a researcher types it, from an untouched folder to a deployment that is ready."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, make_url, text

from emotionbench.cli.survey.doctor import command
from emotionbench.store import Store, researchers
from emotionbench.web.app import make_app
from emotionbench.web.opening import open_survey
from emotionbench.web.site import Site
from emotionbench.web.tokens import Tokens
from site_servers import Certificate, running
from survey_studies import english, human

READY = english(contact="Dr. B. Okafor, +49 30 1234567", collection={"n": 40, "closes": "2100-01-31"})
PASSWORD = "correct horse battery staple"


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """A database of its own on the server of the tests."""
    name = f"doctor_{secrets.token_hex(4)}"
    url = make_url(postgres).set(drivername="postgresql+psycopg")
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield url.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    made = secrets.token_urlsafe(48)
    monkeypatch.setenv("EMOTIONBENCH_SURVEY_SECRET", made)
    return made


def asked(folder: Path, store: str, url: str, *options: str) -> Result:
    file = folder / "study.yaml"
    file.write_text(READY, encoding="utf-8")
    return CliRunner().invoke(command, [str(file), "--store", store, "--url", url, *options])


def test_a_deployment_that_is_ready_has_no_problem(
    database: str, tmp_path: Path, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = Certificate.make(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    backups = tmp_path / "backups"
    backups.mkdir()
    (backups / "today.dump").write_text("x")
    (backups / "today.dump").chmod(0o600)
    study = human(READY)
    with Store(database) as store:
        open_survey(store, study)
        researchers.add(store, "anna", PASSWORD)
        with running(make_app(Site(study, store, Tokens(secret), "https://localhost")), certificate) as url:
            found = asked(tmp_path, database, url, "--backups", str(backups), "--json")
            told = asked(tmp_path, database, url, "--backups", str(backups))
    checkups: list[dict[str, Any]] = json.loads(found.output)
    assert [one for one in checkups if one["state"] != "ok"] == []
    assert found.exit_code == told.exit_code == 0
    assert told.output.splitlines()[-1] == f"{len(checkups)} ok, 0 to decide on, 0 to fix before people come"
    assert secret not in found.output + told.output


def test_an_untouched_folder_is_told_what_to_do_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMOTIONBENCH_SURVEY_SECRET", raising=False)
    found = asked(tmp_path, str(tmp_path / "a.db"), "https://127.0.0.1:9")
    assert found.exit_code == 1
    lines = found.output.splitlines()
    assert "PROBLEM  secret" in found.output
    # a command to copy stands on one line
    assert any("EMOTIONBENCH_SURVEY_SECRET=\"$(python3 -c 'import secrets; print(" in line for line in lines)
    assert lines[-1] == "6 ok, 1 to decide on, 3 to fix before people come"
    assert not (tmp_path / "a.db").exists()


def test_a_warning_alone_does_not_fail(tmp_path: Path, secret: str, database: str) -> None:
    study = human(READY)
    with Store(database) as store:
        open_survey(store, study)
        researchers.add(store, "berta", PASSWORD)
        with running(make_app(Site(study, store, Tokens(secret)))) as url:
            found = asked(tmp_path, database, url)
    assert "warning  HTTPS" in found.output
    assert found.exit_code == 0, found.output
