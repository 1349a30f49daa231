"""The database of the tests, their settings, and what a skip means in CI."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest
from _pytest.terminal import TerminalReporter
from django.conf import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from config.database import database_settings, embedded_url
from tests import lock_order
from tests.scratch_server import remove_scratch_server, start_scratch_server

# Playwright keeps an event loop in the main thread, where Django then refuses all queries.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

IN_A_BROWSER = 400  # seconds
SCRATCH = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """One server for all xdist workers; each has a database of its own on it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    settings.WHITENOISE_AUTOREFRESH = True  # else each browser of a test reads all files' headers
    if url := os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL"):
        use_database(url)
    else:
        pgdata = start_scratch_server(os.getpid())
        config.stash[SCRATCH] = pgdata
        use_database(embedded_url(pgdata))


def use_database(url: str) -> None:
    """For this process, for xdist's workers and for every program that a test starts."""
    os.environ["DATABASE_URL"] = url
    settings.DATABASES["default"].update(database_settings(url, settings.PGDATA))


@pytest.fixture(autouse=True)
def rows_before_the_journal() -> Iterator[None]:
    """No test passes that locks a row while it holds the journal's lock."""
    with lock_order.watched() as watch:
        yield
    assert not watch.late, "\n".join(watch.late)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who looks at many pages in a browser has more time: it ends what hangs, judges no speed."""
    for item in items:
        if item.get_closest_marker("browser") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(IN_A_BROWSER))


class ByStandIns(LoadScopeScheduling):
    """What shares stand-ins that take long to set up is run by one worker: the stories of an
    integration go together, as do the tests of every other file."""

    def _split_scope(self, nodeid: str) -> str:
        path = PurePath(nodeid.partition("::")[0])
        return str(path.parent if "flows" in path.parts else path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByStandIns:
    return ByStandIns(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    pgdata = config.stash.get(SCRATCH, None)
    if pgdata is not None:
        remove_scratch_server(pgdata)


def skipped_tests(reporter: TerminalReporter) -> list[str]:
    """One line per skipped test: which, and why."""
    lines = []
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        lines.append(f"{report.nodeid}: {str(reason).removeprefix('Skipped: ')}")
    return sorted(lines)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI nothing may be missing, so a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and skipped_tests(reporter):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """The last lines name what did not run."""
    lines = skipped_tests(terminalreporter)
    if not lines:
        return
    verdict = "a failure in CI" if os.environ.get("CI") else "the rest was run"
    terminalreporter.section(f"not run: {len(lines)} ({verdict})")
    for line in lines:
        terminalreporter.write_line(line)
