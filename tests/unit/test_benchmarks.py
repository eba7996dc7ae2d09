"""The measurements run at all. What they measure depends on the machine, so no figure is held here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import postgres
from tests.support.postgres_fixtures import WHY

RUN = Path(__file__).resolve().parents[2] / "benchmarks" / "run.py"


def measured(*names: str) -> dict[str, Any]:
    """Small runs of these, through the command that runs all."""
    done = subprocess.run([sys.executable, RUN, "--quick", *names], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    results: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert set(results) == set(names), done.stderr
    return results


def test_every_own_measurement_gives_its_figures_on_the_last_line() -> None:
    results = measured("sweep", "delivery", "email", "instant", "press", "simulate")
    assert "deadline_next" in results["sweep"]["plan"]
    assert results["delivery"]["share"] > 0
    assert results["email"]["share_of_plain"] > 0
    assert results["instant"]["missed"] == 0
    assert results["press"]["notices"] == 200
    assert results["simulate"]["notices"] > 0


@pytest.mark.postgres
def test_so_does_that_of_workers_on_postgresql() -> None:
    if not postgres.can_run():
        pytest.skip(WHY)
    results = measured("workers")["workers"]
    assert results["share"] > 0
    assert results["taken_over_s"] > 0
    assert results["presses"] > 0
