"""Serving a study: one process or several on one store, each made anew from what the environment says."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette

from emotionbench.errors import StoreError, StudyError
from emotionbench.human.study import HumanStudy, human_study
from emotionbench.store import Store
from emotionbench.study import read_study
from emotionbench.web.app import make_app
from emotionbench.web.opening import check_unchanged, open_survey
from emotionbench.web.site import Site
from emotionbench.web.tokens import LEAST_SECRET, Tokens

SECRET = "EMOTIONBENCH_SURVEY_SECRET"
STORE_WITHIN = 60.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_STUDY, _STORE, _URL = (f"EMOTIONBENCH_SURVEY_{name}" for name in ("STUDY", "STORE", "URL"))
MAKE_SECRET = "export EMOTIONBENCH_SURVEY_SECRET=\"$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')\""


@dataclass(frozen=True)
class Address:
    """Where to listen, and where people come: ``url`` without a slash at its end, None on this machine alone."""

    host: str
    port: int
    url: str | None


def secret_given() -> str:
    """The secret from the environment; a StudyError where it is missing or short."""
    secret = os.environ.get(SECRET, "")
    if len(secret) < LEAST_SECRET:
        what = f"is shorter than {LEAST_SECRET} characters" if secret else "is not set; links are signed with it"
        raise StudyError(what, where=SECRET, fix=f"make one once, and keep it: {MAKE_SECRET}")
    return secret


def checked(address: Address) -> Address:
    """The address, if it lets nobody's answers travel unencrypted; else a StudyError."""
    if address.url is None:
        if address.host not in LOOPBACK:
            raise StudyError(
                f"listens on {address.host}, and nobody knows by which address people come",
                where="--url",
                fix="give the public one: --url https://survey.example.org",
            )
        return address
    parts = urlsplit(address.url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return Address(address.host, address.port, address.url.rstrip("/"))
    raise StudyError(
        f"{address.url!r} is not encrypted",
        where="--url",
        fix="put a proxy with HTTPS in front: see docs/deployment.md",
    )


def prepare(study_file: Path, store: str, address: Address) -> None:
    """Check everything that serving needs, open the survey in its store, and leave word for the processes to come."""
    study = human_study(read_study(study_file))
    secret_given()
    with Store(store) as opened:
        check_unchanged(opened, study)
        open_survey(opened, study)
    os.environ |= {_STUDY: str(study_file.resolve()), _STORE: store, _URL: address.url or ""}


def serve(address: Address, n_workers: int) -> None:
    """Serve what was prepared until stopped, in so many processes."""
    _run("emotionbench.web.serving:made", address, n_workers)


def made() -> Starlette:
    """The application of one process, as ``prepare`` left it in the environment."""
    study = human_study(read_study(Path(os.environ[_STUDY])))
    site = Site(study, _store_in_time(os.environ[_STORE]), Tokens(secret_given()), os.environ[_URL] or None)
    return make_app(site)


def _store_in_time(where: str) -> Store:
    """The store, waited for: a process that starts while the database does must not end for it."""
    until = time.monotonic() + STORE_WITHIN
    while True:
        try:
            return Store(where)
        except StoreError:
            if time.monotonic() > until:
                raise
            time.sleep(1)


def preview(study: HumanStudy, store: Store, secret: str, address: Address) -> None:
    """Serve on this machine from a store that the caller throws away."""
    open_survey(store, study)
    # also where a service manager ends it, the caller is to throw the store away
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    _run(make_app(Site(study, store, Tokens(secret), is_preview=True)), address, 1)


def _run(app: Starlette | str, address: Address, n_workers: int) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    uvicorn.run(
        app,
        factory=isinstance(app, str),
        host=address.host,
        port=address.port,
        workers=n_workers,
        # addresses of people are neither kept nor written
        access_log=False,
        log_level="warning",
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        server_header=False,
        timeout_keep_alive=30,
        limit_concurrency=2000,
        # the other parser of uvicorn takes headers of any size
        http="h11",
        h11_max_incomplete_event_size=32 * 1024,
    )
