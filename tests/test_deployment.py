"""The files of deploy/ work as they are: on a real nginx, a real Caddy, and by systemd's own check."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from click.testing import CliRunner
from sqlalchemy import select

from emotionbench.cli.main import cli
from emotionbench.human.study import HumanStudy
from emotionbench.store import Store, schema
from emotionbench.web.doctor_files import backup_checkups
from emotionbench.web.doctor_site import site_checkups
from emotionbench.web.doctor_words import Checkup, State
from emotionbench.web.opening import open_survey
from free_ports import free_port
from site_servers import Certificate
from survey_server import SurveyServer
from survey_studies import english, human
from web_person import WebPerson, plainly

DEPLOY = Path(__file__).parents[1] / "deploy"
SITE = "survey.example.org"
STUDY = english(reading_seconds=0)
UNITS = sorted(path.name for path in DEPLOY.glob("*.service")) + sorted(path.name for path in DEPLOY.glob("*.timer"))
PATHS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def found(program: str) -> str:
    path = shutil.which(program, path=PATHS)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate.make(tmp_path)


@pytest.fixture
def study() -> HumanStudy:
    return human(STUDY)


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[SurveyServer]:
    """The survey, told that people come by HTTPS."""
    file = tmp_path / "study.yaml"
    file.write_text(STUDY, encoding="utf-8")
    server = SurveyServer.start(
        file, str(tmp_path / "survey.db"), "--url", f"https://{SITE}", log=tmp_path / "survey.log"
    )
    yield server
    server.stop()


class Proxy:
    """A proxy in front of the survey, with what it wrote."""

    def __init__(self, command: list[str], folder: Path, port: int, plain: int, environment: dict[str, str]) -> None:
        self.folder, self.port, self.plain = folder, port, plain
        self.log = folder / "proxy.log"
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **environment})
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise RuntimeError(self.log.read_text())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    @property
    def written(self) -> str:
        """Everything in its files and on its outputs."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.suffix in (".log", "")]
        return "".join(path.read_text(errors="replace") for path in files)


def nginx(folder: Path, behind: SurveyServer, certificate: Certificate) -> Proxy:
    folder.mkdir()
    port, plain = free_port(), free_port()
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    changes = {
        "127.0.0.1:8080": behind.url.removeprefix("http://"),
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        f"/etc/letsencrypt/live/{SITE}/fullchain.pem": str(certificate.file),
        f"/etc/letsencrypt/live/{SITE}/privkey.pem": str(certificate.key),
        "/var/log/nginx/survey-error.log": str(folder / "error.log"),
    }
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    text = re.sub(r"\n +listen \[::\][^\n]*", "", text)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "survey.conf").write_text(text)
    (folder / "main.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/main.log; daemon off; events {{}} http {{ {temporary}"
        f" include {folder}/survey.conf; }}"
    )
    program = found("nginx")
    command = [program, "-p", str(folder), "-e", str(folder / "main.log"), "-c", str(folder / "main.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    return Proxy(command, folder, port, plain, {})


def caddy(folder: Path, behind: SurveyServer, certificate: Certificate) -> Proxy:
    folder.mkdir()
    port, plain = free_port(), free_port()
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert f"\n{SITE} {{" in text
    text = text.replace("127.0.0.1:8080", behind.url.removeprefix("http://"))
    # certificates of a name that is nobody's cannot be had, so its own is given; the ports are free ones
    text = text.replace("\n{\n", f"\n{{\n\tadmin off\n\thttp_port {plain}\n\thttps_port {port}\n", 1)
    text = text.replace(
        f"\n{SITE} {{", f"\nhttps://127.0.0.1 {{\n\tbind 127.0.0.1\n\ttls {certificate.file} {certificate.key}"
    )
    (folder / "Caddyfile").write_text(text)
    command = [found("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    return Proxy(command, folder, port, plain, {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)})


@pytest.fixture(params=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, tmp_path: Path, behind: SurveyServer, certificate: Certificate
) -> Iterator[Proxy]:
    program: str = request.param
    found(program)
    started = {"nginx": nginx, "caddy": caddy}[program](tmp_path / program, behind, certificate)
    yield started
    started.stop()


async def until_closed(port: int) -> None:
    """Until this process has no connection to that port: encrypted ones end with a farewell, after their session."""
    until = time.monotonic() + 60
    while port in peers():
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


def peers() -> set[int]:
    """The ports that open sockets of this machine are connected to, as Linux tells them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    # what nobody has open any more has no inode
    return {int(row[2].partition(":")[2], 16) for row in rows if row[9] != "0"}


def looked(proxy: Proxy, study: HumanStudy, certificate: Certificate) -> dict[str, Checkup]:
    url, plain = f"https://127.0.0.1:{proxy.port}", f"http://127.0.0.1:{proxy.plain}"
    return {one.about: one for one in asyncio.run(site_checkups(url, study, trust=certificate.trust, plain=plain))}


def test_the_doctor_has_nothing_to_say_of_a_survey_behind_it(
    proxy: Proxy, study: HumanStudy, certificate: Certificate
) -> None:
    checkups = looked(proxy, study, certificate)
    assert [one for one in checkups.values() if one.state is not State.OK] == []
    assert len(checkups) == 8


def test_it_writes_no_link_and_no_address_not_even_when_the_survey_is_down(
    proxy: Proxy, behind: SurveyServer, certificate: Certificate
) -> None:
    url = f"https://127.0.0.1:{proxy.port}"

    async def visit() -> str:
        connector = aiohttp.TCPConnector(ssl=certificate.trust, force_close=True)
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
            person = WebPerson(url, session)
            await person.walk(plainly)
            link = person.link
            behind.stop()
            async with session.get(url + link) as answer:
                assert answer.status == 502
        await until_closed(proxy.port)
        return link

    token = asyncio.run(visit()).removeprefix("/s/")
    assert len(token) > 40
    proxy.stop()
    assert token not in proxy.written
    assert "/s/" not in proxy.written
    assert "127.0.0.1:" not in proxy.written.replace(behind.url.removeprefix("http://"), "").replace(
        f"127.0.0.1:{proxy.port}", ""
    ).replace(f"127.0.0.1:{proxy.plain}", "")


def test_a_visitor_cannot_pretend_to_come_from_elsewhere(tmp_path: Path, certificate: Certificate) -> None:
    """What the survey is told of a visitor's address is what the proxy saw."""
    for make, name in ((nginx, "nginx"), (caddy, "caddy")):
        found(name)
        assert asyncio.run(_told(make, tmp_path / name, certificate)) == ["127.0.0.1", "https"]


async def _told(make: object, folder: Path, certificate: Certificate) -> list[str]:
    async def echo(request: web.BaseRequest) -> web.Response:
        return web.Response(text=" ".join(request.headers[f"X-Forwarded-{what}"] for what in ("For", "Proto")))

    runner = web.ServerRunner(web.Server(echo, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    server = SurveyServer(process=None, url=url, log=folder)  # type: ignore[arg-type]
    proxy: Proxy = await asyncio.to_thread(make, folder, server, certificate)  # type: ignore[arg-type]
    try:
        connector = aiohttp.TCPConnector(ssl=certificate.trust, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            claims = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http"}
            async with session.get(f"https://127.0.0.1:{proxy.port}/", headers=claims) as answer:
                said = (await answer.text()).split()
        await until_closed(proxy.port)
    finally:
        proxy.stop()
        await runner.cleanup()
    return said


@pytest.mark.parametrize("name", UNITS)
def test_systemd_understands_every_line(name: str, tmp_path: Path) -> None:
    analyze = found("systemd-analyze")
    for unit in UNITS:
        # programs that are not on this machine would be complained of
        text = re.sub(
            r"^(ExecStart=)(/opt\S+|/bin/sh -c 'exec \w+)", r"\1/bin/true", (DEPLOY / unit).read_text(), flags=re.M
        )
        (tmp_path / unit).write_text(text.replace("'\n", "\n"))
    told = subprocess.run(
        [analyze, "verify", "--man=no", f"./{name}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stderr.strip()) == (0, "")


def test_the_service_can_do_little_else(tmp_path: Path) -> None:
    analyze = found("systemd-analyze")
    unit = DEPLOY / "emotionbench-survey.service"
    told = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=15", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-2000:]


def test_every_command_in_the_files_is_one_that_there_is() -> None:
    for name in UNITS:
        for line in re.findall(
            r"^ExecStart=/opt/emotionbench/bin/emotionbench (.*)$", (DEPLOY / name).read_text(), re.M
        ):
            options = re.findall(r"--[a-z-]+", line)
            helped = CliRunner().invoke(cli, [*line.split()[:2], "--help"])
            assert helped.exit_code == 0
            assert all(option in helped.output for option in options), line


def test_the_backup_holds_what_the_store_does_and_is_its_owners(tmp_path: Path, study: HumanStudy) -> None:
    found("sqlite3")
    unit = (DEPLOY / "emotionbench-survey-backup.service").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=/bin/sh -c '(.*)'$", unit, re.MULTILINE)
    backups = tmp_path / "backups"
    backups.mkdir()
    with Store(tmp_path / "survey.db") as store:
        open_survey(store, study)
        line = line.replace("%%", "%").replace("/var/backups/emotionbench", str(backups))
        line = line.replace("/var/lib/emotionbench/survey.db", store.name)
        mask = os.umask(int(re.findall(r"^UMask=(\d+)$", unit, re.MULTILINE)[0], 8))
        try:
            # the store is open, and its newest rows are in its log alone
            subprocess.run(["/bin/sh", "-c", line], check=True, env={**os.environ, "PATH": PATHS})
        finally:
            os.umask(mask)
    (made,) = backups.iterdir()
    assert re.fullmatch(r"survey-\d{4}-\d\d-\d\d-\d{4}\.db", made.name)
    checkups = list(backup_checkups(backups, time.time()))
    assert {one.state for one in checkups} == {State.OK}
    with Store(made, writable=False) as copy, copy.reading() as connection:
        assert connection.execute(select(schema.study.c.hash)).scalar_one() == study.hash


def test_the_image_is_made_of_what_there_is() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (.*)$", text, re.MULTILINE):
        assert all((DEPLOY.parent / name).exists() for name in line.split()[:-1])
    (extras,) = re.findall(r"/source\[([a-z,]+)\]", text)
    project = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    needed = {project["readme"], *project["license-files"]}
    assert needed <= set(" ".join(re.findall(r"^COPY (.*)$", text, re.MULTILINE)).split())
    assert "USER survey" in text.split("ENTRYPOINT")[0]
