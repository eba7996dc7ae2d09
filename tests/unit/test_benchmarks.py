"""The measurements run at all. What they measure depends on the machine, so no figure is held here."""

import json
import subprocess
import sys
from pathlib import Path

RUN = Path(__file__).resolve().parents[2] / "benchmarks" / "run.py"


def test_every_own_measurement_gives_its_figures_on_the_last_line() -> None:
    names = ["sweep", "delivery", "instant", "press", "simulate"]
    done = subprocess.run([sys.executable, RUN, "--quick", *names], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout.splitlines()[-1])
    assert set(results) == set(names)
    assert "deadline_next" in results["sweep"]["plan"]
    assert results["delivery"]["share"] > 0
    assert results["instant"]["missed"] == 0
    assert results["press"]["notices"] == 200
    assert results["simulate"]["notices"] > 0
