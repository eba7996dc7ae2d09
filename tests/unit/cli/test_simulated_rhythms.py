"""`qabot simulate` for a small council with a rhythm of its own: its work comes on the right days, and says no more."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Cli

RIVERSIDE = Path(__file__).parents[2] / "acceptance" / "data" / "riverside.yaml"
PEOPLE = """
people:
  - {name: Ana Costa, email: ana@council.example, team: North, service: Care}
  - {name: Bo Lim, email: bo@council.example, team: North, service: Care, roles: senior-practitioner}
  - {name: Cem Kaya, email: cem@council.example, team: South, service: Care, roles: senior-practitioner}
  - {name: Dot Hay, email: dot@council.example, service: Care, roles: area-lead}
  - {name: Eve Orr, email: eve@council.example, service: Care, roles: assistant-director}
  - {name: Flo Pia, email: flo@council.example, roles: quality-team}
cases:
"""


def council(folder: Path, every: str, *more: str) -> Path:
    """Riverside, whose activity comes round like this."""
    path = folder / "council.yaml"
    text = f"extends: {RIVERSIDE}\nactivities:\n  case-look:\n    every: {every}\n"
    path.write_text(text + "".join(f"    {line}\n" for line in more), "utf-8")
    return path


def scenario(folder: Path, *happenings: str) -> Path:
    """Six people, and cases of both teams."""
    teams = ("North", "South")
    cases = "".join(f'  - {{reference: "71{number:05}", team: {teams[number % 2]}}}\n' for number in range(40))
    path = folder / "scenario.yaml"
    said = "".join(f"  - {each}\n" for each in happenings)
    path.write_text(f"{PEOPLE.strip()}\n{cases}happenings:{said and chr(10)}{said or ' []' + chr(10)}", "utf-8")
    return path


def simulate(cli: Cli, file: Path, story: Path, start: str, end: str) -> list[dict[str, Any]]:
    ran = cli("simulate", file, "--from", start, "--to", end, "--scenario", story, "--jsonl")
    assert ran.code == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.mark.parametrize(
    ("every", "start", "end", "days"),
    [
        (
            "6 weeks from 2026-04-06",
            "2026-03-23",
            "2026-08-31",
            # The sixth of April is Easter Monday: the work is there, and people hear of it on Tuesday.
            [
                ("2026-04-07", "2026-05-17"),
                ("2026-05-18", "2026-06-28"),
                ("2026-06-29", "2026-08-09"),
                ("2026-08-10", "2026-09-20"),
            ],
        ),
        (
            "month on 3rd Tuesday",
            "2026-05-20",
            "2026-08-01",
            [("2026-06-16", "2026-07-20"), ("2026-07-21", "2026-08-17")],
        ),
        ("year from 2026-01-01", "2026-12-20", "2027-01-31", [("2027-01-04", "2027-12-31")]),
    ],
)
def test_work_comes_on_its_days(
    cli: Cli, tmp_path: Path, every: str, start: str, end: str, days: list[tuple[str, str]]
) -> None:
    lines = simulate(cli, council(tmp_path, every), scenario(tmp_path), start, end)
    for name in ("Bo Lim", "Cem Kaya"):
        given = [
            (each["at"][:10], each["due"])
            for each in lines
            if each["message"] == "review-allocated" and each["recipient"] == name
        ]
        assert given == days
