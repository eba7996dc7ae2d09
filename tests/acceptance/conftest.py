"""The acceptance language as fixtures. What nobody expected fails the test as it ends."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.script import ClockHands, Council, Stage, Web


@pytest.fixture
def stage(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Stage]:
    """One service. After the test nothing may be left that nobody expected: no message, no error in the log."""
    with capture_logs() as logs:
        stage = Stage(tmp_path, logs)
        yield stage
        complaints = stage.complaints()
        stage.close()
    complaints += [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    if complaints:
        pytest.fail("\n".join(complaints))


@pytest.fixture
def web(stage: Stage) -> Web:
    return Web(stage)


@pytest.fixture
def council(stage: Stage, web: Web) -> Council:
    return Council(stage, web)


@pytest.fixture
def clock(stage: Stage) -> ClockHands:
    return ClockHands(stage)
