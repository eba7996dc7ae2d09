"""Every command at work: help, version, completion, what it prints, and what it changes."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer
from ruamel.yaml import YAML

from qabot import __version__
from qabot.cli import imports
from qabot.cli.app import app
from qabot.framework.calendar import bank_holidays, say_computed
from qabot.framework.loader import load
from qabot.scheduler.rehearsal import rehearse
from tests.unit.cli.conftest import SECRET, Cli, dump

ROOT = Path(__file__).parents[3]
FIELDS = {"at", "rule", "message", "lane", "recipient", "role", "subject", "due", "reason"}
PERIOD = ["--from", "2026-10-01", "--to", "2026-10-15", "--invented", "30"]


def commands() -> list[list[str]]:
    """Every command by its words."""
    found: list[list[str]] = [[]]

    def walk(group: typer.core.TyperGroup, words: list[str]) -> None:
        for name, command in group.commands.items():
            found.append([*words, name])
            if isinstance(command, typer.core.TyperGroup):
                walk(command, [*words, name])

    root = typer.main.get_command(app)
    assert isinstance(root, typer.core.TyperGroup)
    walk(root, [])
    return found


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_explains_itself(cli: Cli, command: list[str]) -> None:
    for option in ("--help", "-h"):
        ran = cli(*command, option)
        assert ran.code == 0
        assert f"Usage: {' '.join(['qabot', *command])}" in " ".join(ran.out.split())
        assert len(ran.out.splitlines()) > 5


def test_the_list_of_commands_has_the_name_of_each(cli: Cli) -> None:
    listed = {line[2:].split()[0] for line in cli("--help").out.splitlines() if line[:2] == "│ " and line[2] != " "}
    assert {words[0] for words in commands() if words} <= listed


def test_the_version_is_that_of_the_distribution(cli: Cli) -> None:
    assert cli("--version").out.strip() == __version__
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(tmp_path: Path, shell: str) -> None:
    # A process of its own: completion goes by the name of the command that runs, and asks which shell started it.
    command = Path(sys.executable).with_name("qabot")
    ran = subprocess.run(
        [command, "--show-completion", shell],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env={"PATH": "/usr/bin:/bin", "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )
    assert ran.returncode == 0
    assert "qabot" in ran.stdout


def test_the_installed_command_says_how_a_shell_completes_it() -> None:
    command = Path(sys.executable).with_name("qabot")
    assert "--install-completion" in subprocess.run([command, "--help"], capture_output=True, text=True).stdout


def test_a_simulation_prints_one_object_a_line(cli: Cli) -> None:
    ran = cli("simulate", "newham", *PERIOD, "--jsonl")
    assert ran.code == 0
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert {line["rule"] for line in lines} >= {"NEW-SEL-1", "NEW-REM-1"}
    for line in lines:
        assert line.keys() >= FIELDS
        assert datetime.fromisoformat(line["at"]).utcoffset() is not None
        assert "2026-10-01" <= line["at"][:10] <= "2026-10-15"
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


def test_a_simulation_twice_is_the_same(cli: Cli) -> None:
    assert cli("simulate", "newham", *PERIOD, "--jsonl") == cli("simulate", "newham", *PERIOD, "--jsonl")


def test_a_simulation_is_a_table_for_people(cli: Cli) -> None:
    ran = cli("simulate", "newham", *PERIOD)
    lines = cli("simulate", "newham", *PERIOD, "--jsonl").out.splitlines()
    assert ran.code == 0
    assert ran.out.startswith(f"{len(lines)} notices")
    for word in ("When", "Message", "To", "About", "Why", "Thu 15 Oct", "review-reminder", "NEW-REM-1", "2026-12-31"):
        assert word in ran.out


def test_a_simulation_leaves_the_council_s_own_database_alone(filled: Cli, database: Path) -> None:
    before = dump(database)
    assert filled("simulate", "newham", *PERIOD).code == 0
    assert dump(database) == before


def scenario(folder: Path, grade: str, *managers: str, then: str = "") -> Path:
    """A file in which a review of Ana Costa's work comes in with this grade on 6 October 2026 at 10am."""
    people = (
        "name,email,team,service,roles",
        "Ana Costa,ana@council.example,North,Assessment,",
        "Bo Lim,bo@council.example,South,Care,practice-lead",
        "Dot Hay,dot@council.example,,Assessment,head-of-service",
        *managers,
    )
    (folder / "people.csv").write_text("\n".join(people) + "\n", "utf-8")
    file = folder / "scenario.yaml"
    file.write_text(
        f"""
people: people.csv
happenings:
  - at: "2026-10-05 10:00"
    import_audit: {{case_reference: "7100001", activity: practice-learning-review, cycle: 2026-10-01,
                   auditor: bo@council.example, practitioner: ana@council.example, team: North}}
  - at: "2026-10-06 10:00"
    submit: {{audit: {{case: "7100001"}}, answers: {{manager-overall: {grade}}}}}
{then}
""",
        "utf-8",
    )
    return file


def test_a_simulation_plays_a_scenario_with_its_own_people(cli: Cli, tmp_path: Path) -> None:
    file = scenario(
        tmp_path,
        "red",
        "Cem Kaya,cem@council.example,,Assessment,service-manager",
        then="""
  - at: "2026-10-06 12:00"
    acknowledge: {audit: {case: "7100001"}, by: cem@council.example}
""",
    )
    ran = cli("simulate", "newham", *PERIOD[:4], "--scenario", file, "--jsonl")
    assert ran.code == 0, ran.err
    alerts = [line for line in map(json.loads, ran.out.splitlines()) if line["lane"] == "alert"]
    assert [(each["at"], each["message"], each["recipient"]) for each in alerts] == [
        ("2026-10-06T10:00:00+01:00", "red-alert", "Cem Kaya"),
        ("2026-10-06T10:00:00+01:00", "red-alert", "Dot Hay"),
    ]


def test_a_simulation_tells_which_rule_drew_each_review_for_a_second_look(cli: Cli, tmp_path: Path) -> None:
    file = scenario(tmp_path, "green", "Eve Moss,eve@council.example,,,practice-learning-reviewer")
    period = ("--from", "2026-10-01", "--to", "2026-11-02")
    ran = cli("simulate", "newham", *period, "--scenario", file, "--jsonl")
    assert ran.code == 0, ran.err
    drawn = [line for line in map(json.loads, ran.out.splitlines()) if line["message"] == "moderation"]
    assert sorted((each["rule"], each["recipient"], each["reason"]) for each in drawn) == [
        ("NEW-MOD-2", "Eve Moss", "NEW-MOD-2: drawn"),
        ("NEW-MOD-3", "Dot Hay", "NEW-MOD-3: drawn"),
    ]


def test_an_import_twice_doubles_nothing(filled: Cli, files: tuple[Path, Path], database: Path) -> None:
    before = dump(database)
    for what, file in zip(("people", "cases"), files, strict=True):
        ran = filled(what, "import", file)
        assert "added: 0, changed: 0" in ran.out
    after = dump(database)
    # A repeated import still says that people may have changed, so that a running service reads them again.
    assert [line for line in after if '"meta"' not in line] == [line for line in before if '"meta"' not in line]


def test_a_dry_run_shows_everything_and_changes_nothing(filled: Cli, files: tuple[Path, Path], database: Path) -> None:
    before = dump(database)
    text = files[0].read_text("utf-8")
    files[0].write_text(text.replace("12345", "1234", 1), "utf-8")
    ran = filled("people", "import", files[0], "--dry-run")
    assert "work_days 12345 -> 1234" in ran.out
    assert "Nothing was changed: this was a dry run." in ran.out
    assert dump(database) == before
    assert "work_days 12345 -> 1234" in filled("people", "import", files[0]).out
    assert dump(database) != before


def test_a_dry_run_keeps_nobody_waiting_who_writes(
    filled: Cli, files: tuple[Path, Path], database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def meanwhile(*given: Any) -> Any:
        with closing(sqlite3.connect(database, timeout=0)) as other, other:
            written.append(other.execute("UPDATE meta SET value = value").rowcount)
        return rehearse(*given)

    monkeypatch.setattr(imports, "rehearse", meanwhile)
    assert filled("people", "import", files[0], "--dry-run").code == 0
    assert written


def test_an_audit_that_comes_in_red_raises_its_alert(filled: Cli, files: tuple[Path, Path], database: Path) -> None:
    rows = [line.split(",") for line in files[0].read_text("utf-8").splitlines()]
    auditor = next(row[1] for row in rows if "practice-lead" in row)
    reference, team = files[1].read_text("utf-8").splitlines()[-1].split(",")[:2]
    audits = files[0].with_name("audits.csv")
    audits.write_text(
        "case_reference,activity,cycle,auditor,team,submitted_on,manager-overall\n"
        f"{reference},practice-learning-review,2026-10-01,{auditor},{team},2026-10-20,RED (Inadequate)\n",
        "utf-8",
    )
    ran = filled("audits", "import", audits)
    assert ran.code == 0, ran.err
    assert [line for line in dump(database) if "alert-raised" in line]


def test_newham_is_shown_with_every_rule_and_what_to_confirm(cli: Cli) -> None:
    ran = cli("framework", "show", "newham")
    assert ran.code == 0
    rules = load("newham", [ROOT / "frameworks"]).rules
    assert [rule for rule in rules if rule not in ran.out] == []
    open_readings = [each for each in rules.values() if set(each.flag) & set("AG")]
    assert ran.out.count("(confirm before go-live)") >= len(open_readings) > 10


def test_the_shipped_framework_and_messages_are_well(cli: Cli) -> None:
    assert "All is well." in cli("framework", "check", ROOT / "frameworks" / "newham.yaml").out
    assert "messages. All is well." in cli("messages", "check").out


def test_the_schema_for_editors_is_the_documented_one(cli: Cli) -> None:
    shown = json.loads(cli("framework", "schema").out)
    assert shown == json.loads((ROOT / "docs" / "framework.schema.json").read_text("utf-8"))


def test_a_message_is_shown_with_its_preview_and_buttons(cli: Cli) -> None:
    ran = cli("messages", "show", "red-alert")
    assert ran.out.startswith("Preview: You have a quality-assurance alert to acknowledge.")
    assert "[Acknowledge alert" in ran.out
    assert "RED (Inadequate)" in ran.out


def test_the_buttons_of_a_sample_are_about_what_it_shows(cli: Cli) -> None:
    assert "[Acknowledge alert QA-1042]" in cli("messages", "show", "red-alert").out
    lines = [line for line in cli("messages", "show", "review-reminder").out.splitlines() if "[" in line]
    for line, reference in zip(lines, ("QA-1042", "QA-1057", "QA-1063"), strict=False):
        assert line.startswith(f"- {reference}, ")
        assert line.endswith(f"[Submit grades for {reference}] [Not yet: {reference}]")
    assert lines[3:] == ["[Remind me later] [I need help or more time]"]
    assert "[I need help or more time: October to December 2026]" in cli("messages", "show", "data-missing").out


def test_messages_are_listed_with_their_lane(cli: Cli) -> None:
    names = {path.stem for path in (ROOT / "messages").rglob("*.md")}
    listed = {line.split()[0]: line.split()[1] for line in cli("messages", "list").out.splitlines()}
    assert listed.keys() == names
    assert listed["red-alert"] == "alert"


def test_a_message_of_the_council_s_own_is_checked_like_ours(cli: Cli, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    text = (ROOT / "messages" / "red-alert.md").read_text("utf-8")
    (own / "red-alert.md").write_text(text.replace("audit.reference", "audit.child"), "utf-8")
    ran = cli("messages", "check", messages_folder=str(own))
    assert ran.code == 2
    assert "red-alert.md:" in ran.err
    assert "child" in ran.err


def test_a_list_of_the_council_s_own_cannot_end_in_a_link_to_its_first_line(cli: Cli, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for link in ("open-item", "open-record"):
        text = (ROOT / "messages" / "newham" / "actions-to-slt.md").read_text("utf-8")
        before, replaced, after = text.partition("row_buttons: [open-item]")
        assert replaced
        (own / "actions-to-slt.md").write_text(f"{before}buttons: [{link}]{after}", "utf-8")
        ran = cli("messages", "check", messages_folder=str(own))
        assert ran.code == 2
        line = before.count("\n") + 1
        assert f"actions-to-slt.md:{line}:1: buttons: {link} would open the first line of the list only" in ran.err


def test_a_link_is_personal_signed_and_made_for_the_service_s_address(filled: Cli, files: tuple[Path, Path]) -> None:
    name, email = files[0].read_text("utf-8").splitlines()[1].split(",")[:2]
    for person in (email, email.upper(), name):
        ran = filled("link", person, secret_key=SECRET, base_url="https://qabot.council.example/")
        assert ran.code == 0
        assert ran.out.startswith("https://qabot.council.example/in/")
    again = filled("link", email, secret_key=SECRET, base_url="https://qabot.council.example")
    assert again.out != ran.out


def test_a_link_is_not_made_where_a_name_is_two_people_s(cli: Cli, files: tuple[Path, Path]) -> None:
    rows = files[0].read_text("utf-8").splitlines()
    names = [rows[1].split(",")[0], rows[2].split(",")[0]]
    files[0].write_text("\n".join(rows).replace(names[1], names[0]) + "\n", "utf-8")
    assert cli("people", "import", files[0], "--new-database").code == 0
    ran = cli("link", names[0], secret_key=SECRET)
    assert ran.code == 2
    assert "More than one person has this e-mail or name" in ran.err


def test_an_import_reads_from_a_pipe(cli: Cli, files: tuple[Path, Path], tmp_path: Path) -> None:
    for what, file in zip(("people", "cases"), files, strict=True):
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as into:
            into.write(file.read_bytes())
        ran = cli(what, "import", f"/dev/fd/{reading}", *["--new-database"] * (what == "people"))
        os.close(reading)
        assert ran.code == 0, ran.err
        assert "added: 0" not in ran.out


def test_a_forecast_past_the_published_bank_holidays_counts_computed_ones_and_says_so_once(cli: Cli) -> None:
    """30 March 2029 is Good Friday and 2 April Easter Monday. Standard output is for a program that reads it."""
    say_computed.cache_clear()
    bank_holidays.cache_clear()
    ran = cli("simulate", "newham", "--from", "2029-03-26", "--to", "2029-04-06", "--invented", "30", "--jsonl")
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert lines
    assert not [each for each in lines if each["lane"] != "alert" and each["at"][:10] in {"2029-03-30", "2029-04-02"}]
    assert ran.err.count("holidays-computed") == 1


@pytest.mark.parametrize(
    "command", [["framework", "schema"], ["messages", "show", "red-alert"], ["framework", "check"]]
)
def test_what_a_command_logs_does_not_stand_in_what_it_prints(
    cli: Cli, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    cli(*command)
    structlog.get_logger().warning("something to know", action="test")
    printed = capsys.readouterr()
    assert "something to know" in printed.err
    assert not printed.out


def test_slack_s_manifest_is_printed_or_written_for_either_way(cli: Cli, tmp_path: Path) -> None:
    there = (ROOT / "adapters" / "slack" / "src" / "qabot_slack" / "manifest.yaml").read_text("utf-8")
    assert cli("slack", "manifest").out == there
    ran = cli("slack", "manifest", "made.yaml", "--http", base_url="https://qabot.council.example")
    assert ran.code == 0, ran.err
    written = YAML(typ="safe").load(tmp_path / "made.yaml")["settings"]
    address = "https://qabot.council.example/slack/events"
    assert written["socket_mode_enabled"] is False
    assert written["event_subscriptions"]["request_url"] == address
    assert (
        written["interactivity"] | {"request_url": address, "message_menu_options_url": address}
        == (written["interactivity"])
    )
    assert YAML(typ="safe").load(tmp_path / "made.yaml")["features"]["slash_commands"][0]["url"] == address
    assert "https" in cli("slack", "manifest", "--http").err
