"""qabot framework diff: what it prints, how it ends, and what it says of what is open."""

import csv
import json
import re
import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Cli, Ran, dump

OURS = """framework: ours
extends: newham
council: {closure_days: [2026-12-29]}
roles: {slt: {above: null}}
activities: {practice-learning-review: {plural: Learning Reviews}}
samples: {qa: {share: 25%, least: 3}}
ladders:
  review-due: {steps: [{rule: NEW-REM-2, at: due - 10 days}]}
without: [OURS-MOD-2]
confirm:
  D20: Written by us.
"""


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "ours.yaml"
    path.write_text(OURS, "utf-8")
    return path


def test_nothing_differs_ends_with_0(cli: Cli) -> None:
    ran = cli("framework", "diff", "newham", "newham")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Nothing differs between newham (")
    assert json.loads(cli("framework", "diff", "newham", "newham", "--json").out)["differences"] == []


def test_what_differs_is_said_in_plain_english_and_ends_with_1(cli: Cli, ours: Path) -> None:
    ran = cli("framework", "diff", "newham", ours)
    assert (ran.code, ran.err) == (1, "")
    first, *lines = ran.out.splitlines()
    assert first.startswith("9 things differ between newham (")
    assert first.endswith(f") and ours ({ours}).")
    assert re.sub(r"newham\.yaml:\d+", "newham.yaml:N", "\n".join(lines)) == SAID


SAID = """
The whole file
  framework
    was: newham (newham.yaml:N)
    is:  ours (ours.yaml:1)

Council
  closure_days is new: [2026-12-29] (ours.yaml:3; empty in newham.yaml:N)

Roles
  slt (Senior Leadership Team)
    above is no longer there; it was quality-assurance (newham.yaml:N; taken away in ours.yaml:4)

Activities
  practice-learning-review (Practice Learning Review)
    plural
      was: Practice Learning Reviews (newham.yaml:N)
      is:  Learning Reviews (ours.yaml:5)

Samples
  qa (Quality Assurance moderation)
    share
      was: 20% (newham.yaml:N)
      is:  25% (ours.yaml:6)
    least
      was: 0 by default (newham.yaml:N)
      is:  3 (ours.yaml:6)

Ladders
  review-due (Reviews to be returned by the end of the quarter)
    steps[NEW-REM-2].at
      was: due - 7 days (newham.yaml:N)
      is:  due - 10 days (ours.yaml:8)

Readings
  D20 is new: Written by us. (ours.yaml:11; not in newham.yaml:N)

Switched off
  OURS-MOD-2 is new (ours.yaml:9; not in newham.yaml:N)"""


def test_what_only_one_of_them_has_is_shown_key_by_key(cli: Cli, tmp_path: Path) -> None:
    activity = NEWHAM.read_text("utf-8").partition("  practice-learning-review:\n")[2].partition("\n\n")[0]
    text = ADDED + activity.replace("every: quarter", "every: year") + "\n"
    (tmp_path / "ours.yaml").write_text(text, "utf-8")
    ran = cli("framework", "diff", "newham", "ours.yaml")
    assert ran.code == 1, ran.err
    assert re.sub(r"newham\.yaml:\d+", "newham.yaml:N", ran.out.partition("\n")[2]).startswith(ADDED_SAID)
    assert FORM_SAID in ran.out


NEWHAM = Path(__file__).parents[3] / "frameworks" / "newham.yaml"
ADDED = """extends: newham
roles:
  chief: {title: "Chief [of] all", of: council}
rules:
  OURS-TWO-1: {text: Two reviews., source: "ours; no source"}
activities:
  second:
"""
ADDED_SAID = """
Roles
  chief (Chief [of] all) is new (ours.yaml:3; not in newham.yaml:N)
    title: Chief [of] all
    of: council

Activities
  second (Practice Learning Review) is new (ours.yaml:7; not in newham.yaml:N)
    rule: NEW-QUO-1
    title: Practice Learning Review
    plural: Practice Learning Reviews
    every: year
    do:
      - {rule: NEW-QUO-1, count: 3, per: practice-lead}
"""
FORM_SAID = """
    ask: [practitioner-part-a, practitioner-overall, manager-part-a, manager-overall]
    grade: manager-overall
"""


def test_files_of_one_name_are_told_apart_by_their_folders(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "newham.yaml").write_text("extends: newham\ntitle: Ours\n", "utf-8")
    ran = cli("framework", "diff", "newham", tmp_path / "newham.yaml")
    assert ran.code == 1
    assert f"    is:  Ours ({tmp_path}/newham.yaml:2)" in ran.out
    assert "frameworks/newham.yaml:4)" in ran.out


def test_bad_files_are_told_with_all_that_is_wrong_and_end_with_2(cli: Cli, tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("extends: newham\ntitle: 7\n", "utf-8")
    two.write_text("extends: newham\nsamples: {qa: {owes: [nobody]}}\n", "utf-8")
    for order in ((one, two), (two, one)):
        ran = cli("framework", "diff", *order, "--open")
        assert (ran.code, ran.out) == (2, "")
        assert sorted(each.partition(": ")[0] for each in ran.err.splitlines()) == [f"{one}:2:1", f"{two}:2:23"]
    assert cli("framework", "diff", "newham", "newhm").err.endswith("did you mean 'newham'?\n")
    assert cli("framework", "diff", "newham", tmp_path / "nowhere.yaml").code == 2


def test_for_machines_it_is_one_object(cli: Cli, ours: Path) -> None:
    ran = cli("framework", "diff", "newham", ours, "--json")
    assert ran.code == 1
    found: dict[str, Any] = json.loads(ran.out)
    assert found.keys() == {"old", "new", "differences"}
    assert (found["old"]["framework"], found["new"]["file"]) == ("newham", str(ours))
    (each,) = [each for each in found["differences"] if each["key"] == "share"]
    assert each.keys() == {"section", "entry", "key", "title", "change", "old", "new"}
    assert (each["entry"], each["key"], each["change"]) == ("qa", "share", "changed")
    assert each["new"] == {"value": "25%", "place": {"file": str(ours), "line": 6, "column": 16}, "stands": True}
    (closed,) = [each["new"]["value"] for each in found["differences"] if each["key"] == "closure_days"]
    assert closed == ["2026-12-29"]


def test_a_database_that_is_not_there_is_not_made(cli: Cli, ours: Path, database: Path) -> None:
    ran = cli("framework", "diff", "newham", ours, "--open")
    assert (ran.code, ran.out) == (2, "")
    assert f"There is no database of qabot at {database}" in ran.err
    assert not database.exists()


@pytest.fixture
def reviewed(filled: Cli, files: tuple[Path, Path], tmp_path: Path) -> Cli:
    """A database with two reviews that are owed, and a RED one whose alert is open."""
    with files[0].open(encoding="utf-8", newline="") as text:
        lead = next(row["email"] for row in csv.DictReader(text) if row["roles"] == "practice-lead")
    with files[1].open(encoding="utf-8", newline="") as text:
        references = [row["reference"] for row in csv.DictReader(text)][:3]
    rows = (
        f"{each},practice-learning-review,2026-10-01,{lead},{end}"
        for each, end in zip(references, (",", ",", "2026-10-20,red"), strict=True)
    )
    audits = tmp_path / "audits.csv"
    heading = "case_reference,activity,cycle,auditor,submitted_on,manager-overall"
    audits.write_text("\n".join([heading, *rows, ""]), "utf-8")
    ran = filled("audits", "import", audits)
    assert ran.code == 0, ran.err
    return filled


def open_part(ran: Ran) -> list[str]:
    return ran.out[ran.out.index("What is open") :].splitlines()


def test_what_is_open_keeps_its_ladder_and_dates(reviewed: Cli, ours: Path, database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE deadline SET kind = 'panel' WHERE kind = 'pim-date'")
    before = dump(database)
    assert open_part(reviewed("framework", "diff", "newham", ours, "--open")) == [
        "What is open",
        "  5 deadlines are open. Each keeps who owes it, its questions and buttons, its ladder and its dates, but for "
        "the grades of a scale: what changes counts for what opens from then on, and nothing opens for what has "
        "already happened.",
        "  The council's working days or hours differ. No due date moves, and no step that is to come has another "
        "time.",
        "  alert: 1 on the ladder red-alert; nothing changes.",
        "  audit (practice-learning-review): 2 on the ladder review-due; what opens from then on follows the changed "
        "rules.",
        "  panel: 1 on the ladder pim-date; ours has no such kind, so none opens any more, and this one stays until it "
        "is closed.",
        "  red-review: 1 on the ladder red-review; nothing changes.",
    ]
    assert dump(database) == before


def test_a_rule_that_is_switched_off_changes_the_ladders_that_have_it(reviewed: Cli, tmp_path: Path) -> None:
    (tmp_path / "quiet.yaml").write_text("extends: newham\nwithout: [OURS-RED-1]\n", "utf-8")
    found = json.loads(reviewed("framework", "diff", "newham", "quiet.yaml", "--open", "--json").out)
    assert found["open"][-1] == {
        "kind": "red-review",
        "ladder": "red-review",
        "count": 1,
        "known": True,
        "changes": True,
        "activity": "",
    }
    assert [each["kind"] for each in found["open"] if each["changes"]] == ["red-review"]


@pytest.mark.parametrize(
    "text",
    [
        "activities: {practice-learning-review: {ask: [manager-overall]}}",
        "questions: {manager-overall: {label: Its grade}}",
        "scales: {brag: {version: newham-brag-2}}",
    ],
)
def test_open_work_follows_what_changes_in_its_activity_its_questions_and_its_scale(
    reviewed: Cli, tmp_path: Path, text: str
) -> None:
    (tmp_path / "new.yaml").write_text(f"extends: newham\n{text}\n", "utf-8")
    found = json.loads(reviewed("framework", "diff", "newham", "new.yaml", "--open", "--json").out)
    assert {each["activity"] for each in found["open"] if each["changes"]} >= {"practice-learning-review"}
    assert found["roles"] == []


def test_work_without_its_activity_and_people_without_their_role_are_told(reviewed: Cli, tmp_path: Path) -> None:
    text = NEWHAM.read_text("utf-8").replace("practice-learning-review", "learning-review")
    (tmp_path / "new.yaml").write_text(text.replace("service-manager", "area-manager"), "utf-8")
    ran = reviewed("framework", "diff", "newham", tmp_path / "new.yaml", "--open")
    held = [each for each in ran.out[: ran.out.index("What is open")].splitlines() if " hold" in each]
    so = "it, and newham has no such role, so nothing goes to them by it."
    assert [each for each in held if each.startswith("  service-manager: ") and each.endswith(so)]
    assert (
        "  audit (practice-learning-review): 2 on the ladder review-due; newham has no such activity: these are "
        "sent in as they were asked, and of what follows only alerts are raised."
    ) in open_part(ran)


def test_what_is_closed_is_not_counted(reviewed: Cli, database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE deadline SET state = 'met' WHERE kind != 'alert'")
    ran = reviewed("framework", "diff", "newham", "newham", "--open")
    assert ran.code == 0
    assert open_part(ran)[1].startswith("  1 deadline is open. ")
    assert open_part(ran)[2:] == ["  alert: 1 on the ladder red-alert; nothing changes."]


def test_a_database_of_something_else_is_not_read(cli: Cli, database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE deadline (anything TEXT)")
    before = dump(database)
    ran = cli("framework", "diff", "newham", "newham", "--open")
    assert (ran.code, ran.out) == (2, "")
    assert f"The database {database} is another program's." in ran.err
    assert dump(database) == before


def test_a_database_that_cannot_be_opened_is_said(cli: Cli, tmp_path: Path) -> None:
    ran = cli("framework", "diff", "newham", "newham", "--open", database_url=f"sqlite:///{tmp_path}")
    assert (ran.code, ran.out) == (2, "")
    assert "QABOT_DATABASE_URL" in ran.err


MEETING = """extends: newham
gatherings:
  board:
    rule: NEW-ACT-13
    title: The Board
    every: month
    chair: slt
    brings:
      papers: {rule: NEW-ACT-24, title: Papers, owes-each: [service-manager], due: day - 8 working days}
"""


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [("day - 8", "day - 9", {"papers"}), ("every: month", "every: 2 months", {"papers", "board-held"})],
)
def test_what_is_open_for_a_gathering_follows_what_changes_in_it(
    reviewed: Cli, tmp_path: Path, database: Path, old: str, new: str, kinds: set[str]
) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE deadline SET kind = 'papers' WHERE kind = 'pim-date'")
        connection.execute("UPDATE deadline SET kind = 'board-held' WHERE kind = 'red-review'")
    (tmp_path / "old.yaml").write_text(MEETING, "utf-8")
    (tmp_path / "new.yaml").write_text(MEETING.replace(old, new), "utf-8")
    found = json.loads(reviewed("framework", "diff", "old.yaml", "new.yaml", "--open", "--json").out)
    assert {each["kind"] for each in found["open"] if each["changes"]} == kinds
    assert all(each["known"] for each in found["open"] if each["kind"] in ("papers", "board-held"))


def test_steps_that_come_at_another_time_by_other_closure_days_are_counted(
    reviewed: Cli, tmp_path: Path, database: Path
) -> None:
    """None of them is said before the next start plans it so, and no due date moves."""
    with sqlite3.connect(database) as connection:
        [(anchors,)] = connection.execute("SELECT anchors FROM deadline WHERE kind = 'red-review'").fetchall()
    due = date.fromisoformat(json.loads(anchors)["due"])
    (tmp_path / "shut.yaml").write_text(
        f"extends: newham\ncouncil: {{closure_days: [{due - timedelta(days=1)}, {due + timedelta(days=1)}]}}\n", "utf-8"
    )
    before = dump(database)
    said = open_part(reviewed("framework", "diff", "newham", "shut.yaml", "--open"))[2]
    assert re.fullmatch(
        r"  The council's working days or hours differ\. No due date moves; (1 has|[2-9] have) a step that comes at "
        r"another time, for which it is planned at the next start\.",
        said,
    )
    same = json.loads(reviewed("framework", "diff", "newham", "newham", "--open", "--json").out)
    assert (same["moved"], same["days"]) == (None, [])
    assert dump(database) == before


def test_days_that_are_planned_of_a_gathering_that_goes_are_named(
    reviewed: Cli, tmp_path: Path, database: Path
) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute(
            "INSERT INTO occasion (thing, key, title, reference, day, state, planned_at, changed_at, token, sequence,"
            " why, missed) VALUES ('board', '2099-12-15', 'The Board', '', '2099-12-15', 'planned',"
            " '2026-11-01 00:00:00', '2026-11-01 00:00:00', 'a-token', 0, '', 0)"
        )
    ran = reviewed("framework", "diff", "newham", "newham", "--open")
    assert "  The Board, 15 December 2099: newham has no board. The day stays planned as it is" in ran.out
    board = "{rule: NEW-QUO-1, title: The Board, every: month, chair: director-of-operations}"
    (tmp_path / "new.yaml").write_text(f"extends: newham\ngatherings: {{board: {board}}}\n", "utf-8")
    assert "What is planned" not in reviewed("framework", "diff", "newham", "new.yaml", "--open").out
    with (tmp_path / "new.yaml").open("a", encoding="utf-8") as file:
        file.write("without: [NEW-QUO-1]\n")
    ran = reviewed("framework", "diff", "newham", "new.yaml", "--open")
    assert "  The Board, 15 December 2099: newham has switched off board. The day stays planned as it is" in ran.out


def test_rounds_that_are_asked_for_and_never_begin_are_named(reviewed: Cli, tmp_path: Path, database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute(
            "INSERT INTO cycle (id, activity, name, starts_on, due_on, created_at, cases_wanted, cases_picked) VALUES"
            " (901, 'practice-learning-review', 'January to March 2099', '2099-01-01', '2099-03-31',"
            " '2026-11-01 00:00:00', 0, 0)"
        )
        connection.execute(
            "UPDATE deadline SET subject_type = 'cycle', subject_id = 901 WHERE id ="
            " (SELECT max(id) FROM deadline WHERE state = 'open')"
        )
    same = reviewed("framework", "diff", "newham", "newham", "--open", "--json")
    assert json.loads(same.out)["rounds"] == []
    (tmp_path / "new.yaml").write_text(
        "extends: newham\nactivities: {practice-learning-review: {every: quarter from 2026-11-15}}\n"
    )
    ran = reviewed("framework", "diff", "newham", "new.yaml", "--open")
    line = "  practice-learning-review, January to March 2099: newham has no such round, so what is asked for it is "
    assert f"{line}withdrawn." in ran.out.splitlines()
