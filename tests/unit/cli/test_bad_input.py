"""Bad input at the command line: one clear message, exit code 2, and nothing half done."""

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from qabot.models import store
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.unit.cli.conftest import SECRET, Cli, Ran, dump

__all__ = ["postgres_server", "postgres_url"]

NEWHAM = Path(__file__).parents[3] / "frameworks" / "newham.yaml"
AUDIT = "case_reference,activity,cycle,auditor,practitioner,team,due"


def refused(ran: Ran, *words: str) -> None:
    assert ran.code == 2, ran
    assert ran.out == ""
    assert "Traceback" not in ran.err
    for each in words:
        assert each in ran.err, ran.err


FRAMEWORKS = [
    ("questions:\n", "colour: blue\nquestions:\n", "colour"),
    ("{rule: OURS-MOD-2, at", "{rule: OURS-MOD-8, at", "there is no rule 'OURS-MOD-8'"),
    ("    ladder: pim-date\n", "    ladder: red-review\n", "no duty, activity or sample uses this ladder"),
    ("{rule: deadline, at: drawn,", "{rule: deadline, at: received,", "'received' never has a date here"),
    ("drawn, to: [owner], send: moderation}", "drawn, to: [nobody], send: moderation}", "there is no role 'nobody'"),
    ("send: moderation}", "send: moderatoin}", "moderatoin"),
    ("at: due - 7 days", "at: due - seven days", "seven"),
    ("when: [actions.put-off]", "when: [pim-date.put-off]", "nothing leaves the moment 'pim-date.put-off'"),
    ("owes: [data-and-impact]", "owes: [Data and Impact Team]", "did you mean 'data-and-impact'?"),
    (
        "    due: cycle-start - 1",
        "    opens: cycle-start\n    due: cycle-start - 1",
        "this window closes before it opens",
    ),
    ("due: new-date\n", "due: meeting-date\n", "'meeting-date' need not be there when this opens"),
    ("send: new-date-given}", "send: new-date-givn}", "there is no message 'new-date-givn'"),
    ("tell: [practitioner]\n", "tell: [practitioner]\n    ask: [chair]\n", "nothing heeds 'ask'"),
    ("any-grade: [red]", "any-grade: [RED]", "there is no grade 'RED' in any scale; did you mean 'red'?"),
    ("framework: newham", "framework: [newham", ""),
]


@pytest.mark.parametrize(("old", "new", "what"), FRAMEWORKS)
def test_a_framework_that_is_wrong_names_file_line_and_what_was_expected(
    cli: Cli, tmp_path: Path, old: str, new: str, what: str
) -> None:
    text = NEWHAM.read_text("utf-8")
    assert old in text
    file = tmp_path / "ours.yaml"
    file.write_text(text.replace(old, new, 1), "utf-8")
    refused(cli("framework", "check", file), "ours.yaml:", what)
    refused(cli("simulate", file, "--from", "2026-10-01", "--to", "2026-10-02"), "ours.yaml:", what)


def test_several_frameworks_are_all_checked_whatever_is_wrong_with_one(cli: Cli, tmp_path: Path) -> None:
    wrong, gone = tmp_path / "ours.yaml", tmp_path / "gone.yaml"
    wrong.write_text(NEWHAM.read_text("utf-8").replace("send: moderation}", "send: moderatoin}", 1), "utf-8")
    ran = cli("framework", "check", wrong, gone, NEWHAM)
    assert ran.code == 2
    assert "newham.yaml: " in ran.out
    assert all(each in ran.err for each in ("ours.yaml:", "moderatoin", "gone.yaml: the file cannot be read"))


def with_row(change: Callable[[dict[str, str]], None], number: int = 0) -> Callable[[Path], None]:
    """Changes one row of a CSV file by its headings."""
    import csv

    def apply(file: Path) -> None:
        rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
        change(rows[number])
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    return apply


def twice(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines, lines[1]]) + "\n", "utf-8")


def the_same_person_twice(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines, lines[1].replace(lines[1].split(",")[0], "Somebody Else", 1)]) + "\n", "utf-8")


def a_circle(file: Path) -> None:
    import csv

    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    below = next(row for row in rows if row["line_manager"])
    with_row(
        lambda row: row.update(line_manager=below["email"]),
        next(number for number, row in enumerate(rows) if row["email"] == below["line_manager"]),
    )(file)


def nobody_leads(file: Path) -> None:
    file.write_text(file.read_text("utf-8").replace("data-and-impact", ""), "utf-8")


PEOPLE = [
    (with_row(lambda row: row.update(away_from="31/02/2026", away_to="05/03/2026")), "away_from"),
    (twice, "the same row as in line 2"),
    (the_same_person_twice, "the same person (e-mail) as in line 2"),
    (a_circle, "a cycle in the reporting line"),
    (with_row(lambda row: row.update(roles="practise-lead")), "no role 'practise-lead' in newham"),
    (with_row(lambda row: row.update(deputy="nobody@council.example")), "nobody@council.example"),
    (with_row(lambda row: row.update(email="not an address")), "email"),
    (with_row(lambda row: row.update(work_days="08")), "work_days"),
]


@pytest.mark.parametrize(("spoil", "what"), PEOPLE)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]], ids=["import", "dry run"])
def test_a_people_file_that_is_wrong_changes_nothing(
    filled: Cli,
    files: tuple[Path, Path],
    database: Path,
    spoil: Callable[[Path], None],
    what: str,
    dry: list[str],
) -> None:
    before = dump(database)
    people = files[0]
    with_row(lambda row: row.update(name="Changed In Passing"), 5)(people)
    spoil(people)
    refused(filled("people", "import", people, *dry), "people.csv:", what)
    assert dump(database) == before


def test_a_role_that_nobody_holds_stops_the_import_unless_it_is_allowed(
    cli: Cli, files: tuple[Path, Path], database: Path
) -> None:
    nobody_leads(files[0])
    words = "nobody in the whole council holds the role data-and-impact (Data and Impact Team)"
    refused(cli("people", "import", files[0], "--new-database"), words, "--allow-vacant")
    assert not database.exists()
    ran = cli("people", "import", files[0], "--allow-vacant", "--new-database")
    assert ran.code == 0
    assert f"warning: {files[0]}: roles: {words}" in ran.out
    assert dump(database)


def test_a_role_is_held_if_somebody_who_is_known_already_holds_it(filled: Cli, files: tuple[Path, Path]) -> None:
    header, *rows = files[0].read_text("utf-8").splitlines()
    files[0].write_text(f"{header}\n{rows[-1]}\n", "utf-8")
    assert filled("people", "import", files[0]).code == 0


@pytest.mark.parametrize("reference", ["943 476 5919", "9434765919", "943-476-5919"])
def test_a_case_reference_that_looks_like_an_nhs_number_is_refused_and_not_repeated(
    filled: Cli, files: tuple[Path, Path], database: Path, reference: str
) -> None:
    before = dump(database)
    with_row(lambda row: row.update(reference=reference), 1)(files[1])
    ran = filled("cases", "import", files[1])
    refused(ran, "cases.csv:3:", "NHS number")
    assert reference not in ran.err
    assert dump(database) == before
    audits = files[1].with_name("audits.csv")
    audits.write_text(f"{AUDIT}\n{reference},practice-learning-review,2026-10-01,a@council.example,,,\n", "utf-8")
    ran = filled("audits", "import", audits)
    refused(ran, "audits.csv:2:", "NHS number")
    assert reference not in ran.err
    assert dump(database) == before


@pytest.mark.parametrize(
    "row",
    [
        "7100001,practice-learning-review,2026-10-01,{auditor},,,31.02.2026",
        "7100001,practice-learning-review,2026-10-02,{auditor},,,",
        "7100001,practice-learning-revue,2026-10-01,{auditor},,,",
        "7100001,practice-learning-review,2026-10-01,nobody@council.example,,,",
    ],
)
def test_an_audits_file_that_is_wrong_changes_nothing(
    filled: Cli, files: tuple[Path, Path], database: Path, row: str
) -> None:
    before = dump(database)
    auditor = files[0].read_text("utf-8").splitlines()[5].split(",")[1]
    audits = files[0].with_name("audits.csv")
    good = f"7100002,practice-learning-review,2026-10-01,{auditor},,,"
    audits.write_text(f"{AUDIT}\n{good}\n{row.format(auditor=auditor)}\n", "utf-8")
    refused(filled("audits", "import", audits), "audits.csv:3:")
    assert dump(database) == before


@pytest.mark.parametrize("command", [["people", "import", "council/people.csv"], ["link", "somebody"]])
def test_a_database_from_a_newer_version_is_left_alone(filled: Cli, database: Path, command: list[str]) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    before = dump(database)
    ran = filled(*command, secret_key=SECRET)
    refused(ran, "9999_from_the_future", "a newer qabot has written it", "Nothing was changed.")
    assert dump(database) == before


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use_is_told_before_anything_is_done(cli: Cli, tmp_path: Path, command: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        arguments = ["--port", str(port), "--folder", str(tmp_path / "demo")] if command == "demo" else []
        ran = cli(command, *arguments, port=str(port), secret_key=SECRET)
    refused(ran, f"Port {port} on 127.0.0.1 cannot be used", "choose another port")
    assert list(tmp_path.iterdir()) == []


DAYS = ["--from", "2026-10-01", "--to", "2026-10-02"]
COMMANDS: list[tuple[list[str], dict[str, str], str]] = [
    (["simulate", "newham", "--from", "2026-13-01", "--to", "2026-10-02"], {}, "--from: '2026-13-01' is not a day"),
    (["simulate", "newham", "--from", "2026-10-02", "--to", "tomorrow"], {}, "--to: 'tomorrow' is not a day"),
    (["simulate", "newham", "--from", "2026-10-02", "--to", "2026-10-01"], {}, "--to (2026-10-01) is before --from"),
    (["simulate", "newham", "--from", "2126-10-01", "--to", "2126-10-02"], {}, "is no day that qabot can plan with"),
    (["simulate", "newham", "--from", "0001-01-01", "--to", "0001-01-02"], {}, "--from: '0001-01-01' is no day that"),
    (["simulate", "newham", "--from", "2026-10-01", "--to", "9999-12-31"], {}, "--to: '9999-12-31' is no day that"),
    (["simulate", "newham", "--from", "10000-10-01", "--to", "10000-12-31"], {}, "--from: '10000-10-01' is not a day"),
    (["demo", "--from", "9999-12-31"], {}, "is no day that qabot can plan with"),
    (["demo", "--from", "0001-01-01"], {}, "is no day that qabot can plan with"),
    (["simulate", "nowhere", *DAYS], {}, "nowhere: there is no framework of this name; known:"),
    (["simulate", "newham", *DAYS, "--people", "nope.csv"], {}, "nope.csv: there is no such file"),
    (["simulate", "newham", *DAYS, "--scenario", "nope.yaml"], {}, "nope.yaml: there is no such file"),
    (["simulate", "newham", *DAYS, "--invented", "5"], {}, "--invented"),
    (["simulate", "newham", "--from", "2026-10-01"], {}, "Missing option '--to'"),
    (["framework", "show", "nowhere"], {}, "nowhere: there is no framework of this name"),
    (["framework", "check", "nope.yaml"], {}, "nope.yaml: the file cannot be read"),
    (["framework", "show", "newham"], {"frameworks_folder": "/nope"}, "QABOT_FRAMEWORKS_FOLDER names /nope"),
    (["messages", "check"], {"messages_folder": "/nope"}, "QABOT_MESSAGES_FOLDER names /nope"),
    (["messages", "show", "nope"], {}, "There is no message called 'nope'. There are: actions-confirm"),
    (["people", "import", "nope.csv"], {}, "nope.csv: there is no such file"),
    (["cases", "import", "."], {}, ".: this is a folder. Give the path of the CSV file of cases in it."),
    (["people", "import", "/dev/null"], {}, "/dev/null: the file is empty"),
    (["simulate", "newham", *DAYS, "--scenario", "."], {}, ".: this is a folder. Give the path of the scenario in it."),
    (["audits", "import", "nope.csv"], {}, "nope.csv: there is no such file"),
    (["demo", "--from", "soon"], {}, "--from: 'soon' is not a day"),
    (["demo", "--folder", "/proc/nope"], {}, "--folder: /proc/nope cannot be used"),
    (["serve"], {}, "QABOT_SECRET_KEY is missing or shorter than 32 characters"),
    (["serve"], {"secret_key": "short"}, "QABOT_SECRET_KEY is missing or shorter than 32 characters"),
    (["serve"], {"secret_key_file": "/nope"}, "QABOT_SECRET_KEY_FILE names /nope, which cannot be read"),
    (["serve"], {"port": "many"}, "QABOT_PORT: "),
    (["serve"], {"log_format": "xml"}, "QABOT_LOG_FORMAT: "),
    (["serve"], {"secret_key": SECRET, "adapters": "pigeon"}, "The adapter 'pigeon' is not installed"),
    (["serve"], {"secret_key": SECRET, "adapters": "slack"}, "QABOT_SLACK_BOT_TOKEN is not set"),
    (
        ["serve"],
        {"secret_key": SECRET, "database_url": "sqlite:////nope/q.db"},
        "opened: there is no folder /nope. Check",
    ),
    (["people", "export", "-"], {"database_url": "sqlite:////nope/in/q.db"}, "opened: there is no folder /nope. Check"),
    (["link", "nobody"], {}, "QABOT_SECRET_KEY must be the same as that of the running service"),
    (["link", "nobody"], {"secret_key": SECRET}, "There is no database of qabot at"),
    (
        ["link", "nobody"],
        {"secret_key": SECRET, "database_url": "mysql://me:hush@db/q"},
        "QABOT_DATABASE_URL: expected",
    ),
    (["frame"], {}, "No such command 'frame'"),
]


@pytest.mark.parametrize(
    ("command", "settings", "what"), COMMANDS, ids=[" ".join([*each[0], *each[1]]) for each in COMMANDS]
)
def test_a_wrong_argument_or_setting_is_told_in_a_sentence(
    cli: Cli, command: list[str], settings: dict[str, str], what: str
) -> None:
    if command == ["serve"]:
        settings = {"port": str(free_port())} | settings
    ran = cli(*command, **settings)
    refused(ran)
    words = " ".join(ran.err.replace("│", " ").split())
    assert what in words, words
    assert "hush" not in ran.err


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('happenings:\n  - at: "2026-11-23 10:00"\n    submitt: {}\n', "scenario.yaml:3:5"),
        ('happenings:\n  - at: "2026-11-31 10:00"\n    data_sent:\n', "scenario.yaml:2:"),
        (
            'happenings:\n  - at: "2026-11-23 10:00"\n    back: {person: nobody@council.example}\n',
            "nobody with the e-mail",
        ),
        ("happenings: [", "scenario.yaml:"),
        ('happenings:\n  - at: "2026-10-01 10:00"\n    acknowledge: {audit: {reference: QA-9}, by: a@b.example}\n', ""),
    ],
)
def test_a_scenario_that_is_wrong_says_where(cli: Cli, tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(text, "utf-8")
    refused(cli("simulate", "newham", *DAYS, "--scenario", file), "scenario.yaml", place)


def test_a_file_that_is_no_database_is_told(cli: Cli, tmp_path: Path, files: tuple[Path, Path]) -> None:
    (tmp_path / "notes.txt").write_text("these are notes, and no database at all", "utf-8")
    ran = cli("people", "import", files[0], database_url=f"sqlite:///{tmp_path}/notes.txt")
    refused(ran, "cannot be opened: file is not a database. Check QABOT_DATABASE_URL.")


def test_the_installed_command_ends_with_2_and_one_sentence(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("qabot")), "simulate", "nowhere", *DAYS]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ran.returncode == 2
    assert ran.stdout == ""
    known = ", ".join(sorted(path.stem for path in Path("frameworks").glob("*.yaml")))
    assert ran.stderr.strip() == f"nowhere: there is no framework of this name; known: {known}"


@pytest.mark.parametrize("dry", [[], ["--dry-run"]], ids=["import", "dry run"])
@pytest.mark.parametrize("emptied", [False, True], ids=["no database", "an empty file"])
def test_a_first_import_that_is_refused_makes_no_database(
    cli: Cli, files: tuple[Path, Path], tmp_path: Path, database: Path, dry: list[str], emptied: bool
) -> None:
    if emptied:
        database.touch()
    twice(files[0])
    audits = tmp_path / "audits.csv"
    audits.write_text(
        "case_reference,activity,cycle,auditor\n1,practice-learning-review,2026-10-01,a@b.example\n", "utf-8"
    )
    refused(cli("people", "import", files[0], "--new-database", *dry), "the same row as in line 2")
    for words in (["people", "import", files[0]], ["cases", "import", files[1]], ["audits", "import", audits]):
        refused(cli(*words, *dry), f"There is no database of qabot at {database}", "QABOT_DATABASE_URL")
    assert [each.read_bytes() for each in tmp_path.glob("qabot.sqlite3*")] == [b""] * emptied


def test_a_first_dry_run_makes_no_database(cli: Cli, files: tuple[Path, Path], tmp_path: Path, database: Path) -> None:
    ran = cli("people", "import", files[0], "--dry-run", "--new-database")
    assert "added: 61" in ran.out
    assert f"Database: {database}" in ran.err
    assert "Nothing was changed: this was a dry run." in ran.out
    assert list(tmp_path.glob("qabot.sqlite3*")) == []
    assert "added: 61" in cli("people", "import", files[0], "--new-database").out
    assert len([line for line in dump(database) if line.startswith('INSERT INTO "person" ')]) == 30


def test_a_first_import_where_no_database_can_be_made_says_so(cli: Cli, files: tuple[Path, Path]) -> None:
    for dry in ([], ["--dry-run"]):
        refused(cli("people", "import", files[0], *dry, database_url="sqlite:////nope/q.db"), "cannot be opened")


@pytest.mark.postgres
def test_an_empty_database_on_postgres_stays_empty_too(cli: Cli, files: tuple[Path, Path], postgres_url: str) -> None:
    import psycopg

    def tables() -> int:
        with psycopg.connect(postgres_url) as connection:
            return len(connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchall())

    first = ["people", "import", files[0], "--new-database"]
    assert "added: 61" in cli(*first, "--dry-run", database_url=postgres_url).out
    refused(cli("people", "import", files[0], database_url=postgres_url), "There is no database of qabot at postgresql")
    refused(cli("cases", "import", files[1], database_url=postgres_url), "There is no database of qabot at postgresql")
    assert tables() == 0
    assert "added: 61" in cli(*first, database_url=postgres_url).out
    assert tables() > 20
    assert "changed: 0" in cli("people", "import", files[0], "--dry-run", database_url=postgres_url).out


def test_a_councils_own_message_that_would_tell_the_practitioner_a_grade_is_refused(cli: Cli, tmp_path: Path) -> None:
    text = (NEWHAM.parents[1] / "messages" / "actions-confirm.md").read_text("utf-8")
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "actions-confirm.md").write_text(f"{text}\nIt was {{{{ audit.grade }}}}.\n", "utf-8")
    words = str(tmp_path / "words")
    what = "'actions-confirm' may go to the practitioner here, and it tells the grade"
    refused(cli("framework", "check", NEWHAM, messages_folder=words), "newham.yaml:", what)
    refused(cli("simulate", "newham", *DAYS, messages_folder=words), "newham.yaml:", what)


def test_a_database_that_another_process_holds_is_said_in_a_sentence(
    cli: Cli, database: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    people, _ = files
    assert cli("people", "import", people, "--new-database").code == 0
    prepare = store._prepare_sqlite

    def impatient(connection: sqlite3.Connection, record: object) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA busy_timeout=1")

    monkeypatch.setattr(store, "_prepare_sqlite", impatient)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for command in (["people", "import", people], ["link", "nobody@council.example"]):
            ran = cli(*command, secret_key=SECRET)
            assert ran.code == 2
            assert ran.err.splitlines()[-1].startswith("The database cannot be used just now: database is locked.")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("odd\\e[2J", "activities: this text holds U+001B, which nobody can read: take it out"),
        ("odd\\u202e", "activities.odd.rule: this key is missing"),
    ],
)
def test_what_a_file_holds_gives_a_terminal_no_orders(cli: Cli, tmp_path: Path, name: str, said: str) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(NEWHAM.read_text().replace("activities:\n", f'activities:\n  "{name}":\n    titel: x\n', 1))
    ran = cli("framework", "check", file)
    assert ran.code == 2
    assert said in ran.err
    assert all(each.isprintable() for each in ran.err.splitlines())


RESTING = """
extends: newham
calendar:
  practice-week: {rule: NEW-ACT-16, days: [2026-05-11 to 2026-05-15]}
  inspection: {rule: NEW-ACT-16, days: [2026-06-01]}
activities: {practice-learning-review: {rest: {practice-lead: [practice-week, inspection]}}}
"""


def test_a_calendar_that_ran_out_is_refused_by_the_check_and_warned_of_before(cli: Cli, tmp_path: Path) -> None:
    rules = "rules: {NEW-ACT-16: {text: Practice Week., source: invented}}\n"
    file = tmp_path / "ours.yaml"
    file.write_text(RESTING + rules, "utf-8")
    before = cli("framework", "check", file, "--on", "2026-03-01")
    assert before.code == 0
    assert "last day" not in before.out
    soon = cli("framework", "check", file, "--on", "2026-05-15")
    assert soon.code == 0
    assert "practice-week.days: the last day of this period is 15 May 2026" in soon.out
    assert "inspection.days: the last day of this period is 1 June 2026" in soon.out
    ran = cli("framework", "check", file, "--on", "2026-06-02")
    refused(ran, "ours.yaml:4:", "practice-week.days: the last day of this period was 15 May 2026", "ours.yaml:5:")
    refused(cli("framework", "check", file, "--on", "tomorrow"), "'tomorrow' is not a day")
    assert cli("framework", "check", file).code == 2, "without --on, as today"
