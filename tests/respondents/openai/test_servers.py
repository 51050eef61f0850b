from __future__ import annotations

import pytest
import yarl

from emotionbench.errors import RespondentError
from emotionbench.respondents.credentials import Credentials
from emotionbench.respondents.openai.providers import PROVIDERS
from emotionbench.respondents.openai.servers import Server, server_of
from emotionbench.respondents.openai.settings import Settings

pytestmark = pytest.mark.usefixtures("no_keys")


@pytest.mark.parametrize(
    ("base", "path", "expected"),
    [
        ("http://h/v1", "models", "http://h/v1/models"),
        ("http://h/v1/", "completions", "http://h/v1/completions"),
        ("http://h/v1/completions", "completions", "http://h/v1/completions"),
        ("http://h", "files/f-1/content", "http://h/files/f-1/content"),
        ("http://h/v1?api-version=3", "batches", "http://h/v1/batches?api-version=3"),
    ],
)
def test_the_address_of_a_path(base: str, path: str, expected: str) -> None:
    assert str(Server(yarl.URL(base), Credentials(None, "", []), None).under(path)) == expected


def test_what_settings_say_goes_before_what_is_known_of_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-0123456789")
    settings = Settings(base_url="http://user:hush-hush@h/v1/chat/completions#top", api_key_env=None)
    found = server_of("m", PROVIDERS["vllm"], settings)
    assert str(found.url) == "http://h/v1"
    assert found.credentials.source == "base_url"
    known = server_of("m", PROVIDERS["vllm"], Settings(api_key_env="MY_KEY"))
    assert (str(known.url), known.key_env) == ("http://localhost:8000/v1", "MY_KEY")
    assert "sk-0123456789" not in repr(known)


def test_a_provider_s_own_address_wants_its_key() -> None:
    with pytest.raises(RespondentError, match=r"openai/m: no key for https.*set OPENAI_API_KEY"):
        server_of("openai/m", PROVIDERS["openai"], Settings())
