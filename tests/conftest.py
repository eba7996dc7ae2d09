"""What all tests share: no part that CI is meant to have may be skipped there."""

import os
from collections.abc import Iterator

import hypothesis
import pytest
import structlog

from qabot_slack import answering, submissions
from qabot_teams import endpoint
from tests.support import in_haste, in_order
from tests.support.waiting import LONG

NO_SKIP = "QABOT_NO_SKIP"

# How long an example takes says something of the machine, nothing of the code.
hypothesis.settings.register_profile(
    "qabot", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("qabot")
in_haste.hurry()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of one of several processes, which all collect the same."""
    if hasattr(config, "workerinput"):
        in_order.put_in_order(items)


def pytest_collection_finish() -> None:
    """Twelve thousand tests, and all that they are of, stay until the end."""
    in_haste.keep()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where `QABOT_NO_SKIP` is set (CI), a skipped test fails the run: something that should be there is missing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get(NO_SKIP) or reporter is None:
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"{len(skipped)} tests were skipped, and {NO_SKIP} says that none may be.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a service is not slow for the adapters because the machine is; a test of slowness says so."""
    for module, name in ((answering, "PATIENCE_SECONDS"), (submissions, "PATIENCE_SECONDS"), (endpoint, "IN_TIME")):
        monkeypatch.setattr(module, name, LONG)


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A test that configures the log must not leave it to the next one.

    Tracebacks are plain, as in the service: structlog's own default draws each with every local, which takes seconds.
    """
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    yield
    structlog.reset_defaults()
