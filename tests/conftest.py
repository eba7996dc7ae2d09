"""What all tests share: no part that CI is meant to have may be skipped there."""

import os
from collections.abc import Iterator

import pytest
import structlog

NO_SKIP = "QABOT_NO_SKIP"


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
def _own_log() -> Iterator[None]:
    """A test that configures the log must not leave it to the next one."""
    yield
    structlog.reset_defaults()
