"""Each check refuses the setting that it is about, and ours pass."""

import copy
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connections
from django.db.utils import ConnectionHandler
from pytest_django import Settings

from config import checks


def ids(found: list[Any]) -> list[str]:
    return [message.id for message in found]


def queue(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(settings.Q_CLUSTER), **changes}


def databases(monkeypatch: pytest.MonkeyPatch, **default: Any) -> None:
    handler = ConnectionHandler({"default": {**connections["default"].settings_dict, **default}})
    monkeypatch.setattr(checks, "connections", handler)


def test_our_own_settings_pass() -> None:
    assert [i for i in ids(run_checks()) if i.startswith("config.")] == []
    assert checks.only_postgresql() == []


def test_another_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    databases(monkeypatch, ENGINE="django.db.backends.sqlite3", NAME=":memory:", OPTIONS={})
    assert ids(checks.only_postgresql()) == ["config.E001"]


@pytest.mark.parametrize("pool", [True, {"min_size": 2}])
def test_a_connection_pool_is_refused(monkeypatch: pytest.MonkeyPatch, pool: Any) -> None:
    databases(monkeypatch, OPTIONS={"pool": pool})
    assert ids(checks.no_connection_pool()) == ["config.E002"]


@pytest.mark.parametrize("keys", [None, [], [""], "a string"])
def test_missing_fernet_keys_are_refused(settings: Settings, keys: Any) -> None:
    settings.FERNET_KEYS = keys
    assert ids(checks.fernet_keys_are_set()) == ["config.E003"]


@pytest.mark.parametrize(
    "changes",
    [
        {"retry": 605},
        {"timeout": None},
        {"queue_limit": 5},
        {"ALT_CLUSTERS": {"slow": {"timeout": 3600, "retry": 10808, "workers": 1}}},
    ],
)
def test_a_short_retry_is_refused(settings: Settings, changes: dict[str, Any]) -> None:
    settings.Q_CLUSTER = queue(**changes)
    assert ids(checks.tasks_are_not_pulled_twice()) == ["config.E004"]


def test_the_least_retry_is_accepted(settings: Settings) -> None:
    settings.Q_CLUSTER = queue(retry=606)
    assert checks.tasks_are_not_pulled_twice() == []


@pytest.mark.parametrize("changes", [{"max_attempts": 0}, {"max_attempts": 3}])
def test_retries_by_the_queue_are_refused(settings: Settings, changes: dict[str, Any]) -> None:
    settings.Q_CLUSTER = queue(**changes)
    assert set(ids(checks.the_queue_does_not_retry())) == {"config.E005"}


def test_unacknowledged_failures_are_refused(settings: Settings) -> None:
    settings.Q_CLUSTER = queue(ack_failures=False)
    assert set(ids(checks.the_queue_does_not_retry())) == {"config.E005"}


@pytest.mark.parametrize("way", ["IMPORT", "EXPORT"])
def test_import_and_export_without_permission_are_refused(settings: Settings, way: str) -> None:
    setattr(settings, f"IMPORT_EXPORT_{way}_PERMISSION_CODE", None)
    assert ids(checks.import_and_export_need_a_permission()) == ["config.E006"]


@pytest.mark.parametrize("url", ["redis.example.com:6379", "http://redis.example.com"])
def test_a_redis_url_that_is_none_is_refused(settings: Settings, url: str) -> None:
    settings.REDIS_URL = url
    assert ids(checks.redis_can_be_reached()) == ["config.E007"]


def test_a_redis_url_is_not_called_at_the_check(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert checks.redis_can_be_reached() == []


def test_a_cluster_may_have_one_worker(settings: Settings) -> None:
    settings.Q_CLUSTER = queue(workers=1)
    assert checks.tasks_are_not_pulled_twice() == []


@pytest.mark.parametrize("hour", ["7 o'clock", "25:00"])
def test_an_hour_of_the_digest_that_is_none_is_refused(settings: Settings, hour: str) -> None:
    settings.DIGEST_AT = hour
    assert ids(checks.the_digest_can_be_sent()) == ["config.E008"]


def test_a_mail_server_needs_a_sender(settings: Settings) -> None:
    settings.DIGEST_AT, settings.EMAIL_URL = "", "smtp://mail.example.com"
    assert ids(checks.the_digest_can_be_sent()) == ["config.E009"]
    settings.DEFAULT_FROM_EMAIL = "connector@example.com"
    assert ids(checks.the_digest_can_be_sent()) == []
