"""Settings come from the environment, and nonsense is refused."""

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from config.new_env import first_env
from tests.config.running import run

PRODUCTION = {
    "DJANGO_ENV": "production",
    "SECRET_KEY": "$" + "kZ7-qW9_" * 8,
    "FERNET_KEYS": "$first-key,second-key",
    "ALLOWED_HOSTS": "connector.example.com",
    "PUBLIC_URL": "https://connector.example.com",
    "DATABASE_URL": "postgresql://connector:pass%24word@db.example.com/connector",
}
SHOW = "from django.conf import settings; print(repr(settings.{}))"


def setting(name: str, **environment: str) -> Any:
    shown = run("shell", "-v0", "-c", SHOW.format(name), **environment)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout.strip()


def test_production_passes_the_deployment_check() -> None:
    checked = run("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert checked.returncode == 0, checked.stderr


def test_a_secret_may_start_with_a_dollar() -> None:
    assert setting("SECRET_KEY", **PRODUCTION) == repr(PRODUCTION["SECRET_KEY"])
    assert setting("FERNET_KEYS", **PRODUCTION) == "['$first-key', 'second-key']"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DJANGO_ENV", "staging", "give development or production"),
        ("SECRET_KEY", "", "SECRET_KEY is not set"),
        ("FERNET_KEYS", "", "FERNET_KEYS is missing or empty"),
        ("DATABASE_URL", "sqlite://:memory:", "not PostgreSQL"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(name: str, value: str, sentence: str) -> None:
    refused = run("check", "--database", "default", **{**PRODUCTION, name: value})
    assert refused.returncode != 0
    assert sentence in refused.stderr


def test_each_first_env_has_keys_of_its_own() -> None:
    keys = re.compile(r"^(SECRET_KEY|FERNET_KEYS)=(\S{40,})$", re.MULTILINE)
    first, second = (dict(keys.findall(first_env())) for _ in range(2))
    assert set(first) == {"SECRET_KEY", "FERNET_KEYS"}
    assert not set(first.values()) & set(second.values())


@pytest.mark.django_db
def test_the_first_login_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("first_login")
    printed = re.search(r"(\S+)\s+/\s+(\S+)", capsys.readouterr().out)
    assert printed is not None
    name, password = printed.groups()
    assert get_user_model().objects.get(username=name).check_password(password)
    call_command("first_login")
    assert capsys.readouterr().out == ""
