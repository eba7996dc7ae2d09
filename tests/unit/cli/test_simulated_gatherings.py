"""`qabot simulate` of a file with meetings and reports: each is said on its days, and the calendar counts it."""

import json
from pathlib import Path

from tests.unit.cli.conftest import Cli

BOARD = """extends: newham
questions:
  actions: {label: Actions, rows: {what: text, owner: person, date: date}, optional: true}
gatherings:
  board:
    rule: NEW-ACT-13
    title: Practice Board
    every: month on 3rd Tuesday
    chair: director-of-operations
    to: [head-of-service]
    brings:
      papers: {rule: NEW-ACT-24, title: Papers for the Board, owes-each: [service-manager], due: day - 8 working days}
    ask: [actions]
duties:
  action: {rule: NEW-ACT-30, title: An action of the Board, when: [actions.row], owes: [owner], due: date}
"""


def test_a_meeting_is_simulated_and_counted(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "board.yaml"
    file.write_text(BOARD, "utf-8")
    page = tmp_path / "year.html"
    ran = cli("simulate", file, "--from", "2026-11-23", "--to", "2026-12-18", "--jsonl", "--calendar", page)
    assert ran.code == 0, ran.err
    lines = [json.loads(line) for line in ran.out.splitlines() if line.startswith("{")]
    of_board = [each for each in lines if each["subject"].startswith("Practice Board")]
    days = {each["message"]: each["at"][:10] for each in reversed(of_board)}
    assert days["duty"] == "2026-12-02"
    assert days["duty-late"] == "2026-12-04"
    assert days["gathering-soon"] == "2026-12-08"
    assert days["gathering-held"] == "2026-12-16"
    assert {each["kind"] for each in of_board} >= {"Papers for the Board", "Practice Board, how it went"}
    assert {each["due"] for each in of_board if each["message"] == "duty"} == {"2026-12-03"}
    assert "Papers for the Board" in page.read_text("utf-8")


def test_days_that_ran_out_and_a_paper_that_is_due_too_early_are_told_at_once(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "board.yaml"
    text = BOARD.replace("every: month on 3rd Tuesday", "days: [2020-12-15]").replace("day - 8", "day - 30")
    file.write_text(text.replace("chair: director-of-operations", "chair: service-manager"), "utf-8")
    ran = cli("framework", "check", file)
    assert ran.code == 2
    for words in (
        "the last of its days was 15 December 2020",
        "due before the gathering is announced",
        "nobody can chair it",
    ):
        assert words in ran.err
