"""Two ticking nodes on one SQLite file, whatever happens (issue: promises 1 to 7).

Runs are the same each time. To look for new ways to break it:

    QABOT_SEARCH=2000 .venv/bin/pytest tests/property/test_two_nodes.py --hypothesis-seed=random

What it finds is shrunk only where QABOT_SHRINK is 1; the steps that it prints are a script anyway. What was found is
kept as a test by name in tests/unit/delivery.
"""

import logging
import os
import shutil
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.machine import TwoNodes, template

SEARCH = int(os.environ.get("QABOT_SEARCH", "0"))
SHRINK = os.environ.get("QABOT_SHRINK", "") == "1"
"""Shrinking takes up to an hour. Without it a failure ends as soon as it is found."""


@pytest.fixture(scope="module", autouse=True)
def council() -> Iterator[None]:
    # What an adapter raises on purpose here would fill the log with tracebacks.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    path, TwoNodes.ids = template()
    TwoNodes.source = path
    yield
    structlog.reset_defaults()
    shutil.rmtree(path.parent)


@pytest.mark.timeout(3600 if SEARCH or SHRINK else 900)
def test_two_nodes_keep_every_promise() -> None:
    run_state_machine_as_test(
        TwoNodes,
        settings=settings(
            max_examples=SEARCH or 9,
            stateful_step_count=40,
            phases=(Phase.generate, Phase.shrink) if SHRINK else (Phase.generate,),
            deadline=None,
            derandomize=not SEARCH,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
