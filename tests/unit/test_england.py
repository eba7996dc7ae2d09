"""The model of all councils: who is drawn, when it is busiest, what platforms take. No simulation runs here."""

import importlib
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import structlog

from qabot.adapter import Rate

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def england(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("england")


def year(england: ModuleType, framework: str, seed: int, **sent: int) -> Any:
    minutes = {name.replace("_", ":").replace("d", "2026-10-0", 1): count for name, count in sent.items()}
    return england.Year(
        framework, seed, 400, "2026-10-01", "2027-09-30", "most", sum(sent.values()), 60.0, 200.0, minutes, {}
    )


def test_those_that_are_not_simulated_are_drawn_among_those_of_their_framework(england: ModuleType) -> None:
    plan = england.Plan(153, 400, 3, date(2026, 10, 1), date(2027, 9, 30), "most", None)
    whole = [year(england, name, seed) for name, seed in (("newham", 1), ("qpi-board", 1), ("newham", 2))]
    every = england.all_councils(plan, whole)
    assert len(every) == 153
    assert every[:3] == whole
    assert [each.framework for each in every[3:7]] == ["newham", "qpi-board", "newham", "qpi-board"]
    assert every == england.all_councils(plan, whole), "the same each time"


def test_the_busiest_minute_hour_and_day_need_not_be_together(england: ModuleType) -> None:
    one, other = year(england, "newham", 1, d1T09_30=5, d1T10_00=1), year(england, "newham", 2, d2T09_30=3, d2T09_31=4)
    sent = england.together([one, other], lambda each: each.sent)
    assert england.peak(sent, england.MINUTE) == england.Peak("2026-10-01T09:30", 5)
    assert england.peak(sent, england.HOUR) == england.Peak("2026-10-02T09", 7)
    assert england.peak(sent, england.DAY) == england.Peak("2026-10-02", 7)


def test_what_platforms_take_is_read_from_their_adapters(england: ModuleType) -> None:
    assert england.rates().keys() >= {"slack", "teams"}
    slow = Rate(everybody=((300, 60.0),))
    assert (england.seconds(600, slow), england.a_second(600, slow), england.a_second(2, slow)) == (120.0, 5.0, 2.0)
    assert (england.seconds(600, Rate()), england.a_second(600, Rate())) == (0.0, 600.0)


def test_a_kept_year_is_not_played_again_unless_it_is_another(england: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "years.jsonl"
    kept = year(england, "newham", 1, d1T09_30=5)
    file.write_text(f"{england.json.dumps(england._as_json(kept))}\n", "utf-8")
    plan = england.Plan(153, 400, 1, date(2026, 10, 1), date(2027, 9, 30), "most", file)
    assert england.years(plan) == [kept]
    other = england.Plan(153, 60, 1, date(2026, 10, 1), date(2027, 9, 30), "most", file)
    assert list(england._kept(other)) == []


def test_what_a_years_service_logs_is_no_part_of_its_figures(
    england: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    of_one = importlib.import_module("council_year")

    def play(framework: str, seed: int, *_: Any) -> Any:
        structlog.get_logger().warning("something of this year", action="somewhat-odd")
        return year(england, framework, seed, d1T09_30=5)

    monkeypatch.setattr(of_one, "play", play)
    monkeypatch.setattr(sys, "argv", ["", "newham", "1", "400", "2026-10-01", "2027-09-30", "most"])
    try:
        of_one.main()
    finally:
        structlog.reset_defaults()
    out, logged = capfd.readouterr()
    assert england.Year(**england.json.loads(out)) == year(england, "newham", 1, d1T09_30=5)
    assert "somewhat-odd" in logged
