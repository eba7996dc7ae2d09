"""The measurements run at all. What they measure depends on the machine, so no figure is held here."""

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import postgres
from tests.support.forked import Forked
from tests.support.postgres_fixtures import WHY

ROOT = Path(__file__).resolve().parents[2]
LONG_ENOUGH = 600


def as_a_command(script: str, *words: str) -> None:
    """In a process that has read all modules already: reading them takes longer than a small run."""
    sys.argv = [script, *words]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")


def printed(script: str, folder: Path, *words: str) -> Any:
    """The JSON object that a measurement prints last."""
    out, errors = folder / f"{script}.out", folder / f"{script}.err"
    path = str(ROOT / "benchmarks" / script)
    done = Forked(as_a_command, (path, "--quick", *words), os.environ, ROOT, out, errors)
    done.join(LONG_ENOUGH)
    assert done.returncode == 0, errors.read_text("utf-8")
    return json.loads(out.read_text("utf-8").splitlines()[-1])


def measured(folder: Path, *names: str) -> dict[str, Any]:
    """Small runs of these."""
    return {name: printed(f"bench_{name}.py", folder) for name in names}


def test_the_command_that_runs_all_gives_the_figures_of_each_on_the_last_line(tmp_path: Path) -> None:
    results = printed("run.py", tmp_path, "sweep")
    assert set(results) == {"sweep"}
    assert "deadline_next" in results["sweep"]["plan"]


def test_every_own_measurement_gives_its_figures_on_the_last_line(tmp_path: Path) -> None:
    results = measured(tmp_path, "delivery", "email", "instant", "press", "simulate")
    assert results["delivery"]["share"] > 0
    assert results["email"]["share_of_plain"] > 0
    assert results["instant"]["missed"] == 0
    assert results["press"]["notices"] == 200
    assert results["simulate"]["notices"] > 0


@pytest.mark.postgres
def test_so_does_that_of_workers_on_postgresql(tmp_path: Path) -> None:
    if not postgres.can_run():
        pytest.skip(WHY)
    results = measured(tmp_path, "workers")["workers"]
    assert results["share"] > 0
    assert results["taken_over_s"] > 0
    assert results["presses"] > 0
