"""What an upgrade would change is said before it is done, and how the service is can be read by a program."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from qabot import files
from qabot.cli import upgrading
from qabot.cli.upgrading import ADDS_FROM
from qabot.framework import load
from qabot.models import ConfirmedReading, Deadline, LadderSnapshot, Meta, Notice, Person, Store
from qabot.models.migrate import downgrade, upgrade, version
from qabot.workflows.programme import rules_in_force
from tests.support import small_council
from tests.unit.cli.conftest import Cli, dump

OLDER = "0028"
THEN = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)


def older(database: Path) -> None:
    """A database of an older version, with a confirmed reading, and a deadline of a duty that no file has."""
    store = Store(f"sqlite:///{database}", inline=True)
    upgrade(store)
    with store.transaction() as session:
        ladder = LadderSnapshot(digest="1", name="a-ladder", body={})
        session.add(ladder)
        session.flush()
        session.add(
            ConfirmedReading(rule="NEW-QUO-1", reading="other words", by="Ana Costa", on=date(2026, 9, 1), at=THEN)
        )
        session.add(
            Deadline(kind="went", rule="X-1", subject_type="audit", subject_id=1, ladder_id=ladder.id, opened_at=THEN)
        )
    downgrade(store, OLDER, lose=True)
    store.close()


def test_beneath_an_older_process_that_may_not_go_on_nothing_is_brought_up(
    cli: Cli, database: Path, at_work: Callable[[Store], AbstractContextManager[None]]
) -> None:
    """Two services at two in the morning: the old one, which nobody has stopped, and the new one."""
    with closing(Store(f"sqlite:///{database}", inline=True)) as store:
        upgrade(store)
        downgrade(store, "0036", lose=True)
        with at_work(store):
            ran = cli("upgrade")
        assert (ran.code, "A qabot of an older version is at work" in ran.err) == (2, True), ran.err
        assert version(store) == "0036"
        assert cli("upgrade").code == 0, "one that was killed is not waited for"


def test_the_check_says_what_would_change_and_changes_nothing(cli: Cli, database: Path, tmp_path: Path) -> None:
    older(database)
    before = dump(database)
    ran = cli("upgrade", "--check", misspelt="1", slack_bot_token="xoxb-1")
    assert ran.code == 0, ran.err
    assert "NOTE Setting QABOT_MISSPELT" in ran.out
    assert "SLACK" not in ran.out
    assert f"NOTE Database: of version {OLDER}, would be" in ran.out
    assert "NOTE Stop first: every process of the version before" in ran.out
    assert "NOTE Confirmed readings: 1, of which 1 are void\n     Their words changed since: NEW-QUO-1" in ran.out
    assert "keep their own ladder: went" in ran.out
    own = tmp_path / "own.yaml"
    own.write_text("extends: newham\nframework: own\nladders: 3\n", "utf-8")
    wrong = cli("upgrade", "--check", framework=str(own))
    assert (wrong.code, f"FAIL Framework {own}" in wrong.out) == (2, True)
    refused = cli("upgrade", framework=str(own))
    assert (refused.code, "Nothing was changed" in refused.err) == (2, True)
    assert dump(database) == before
    done = cli("upgrade")
    assert done.code == 0, done.err
    assert f"and was of {OLDER}." in done.out
    assert "Stop first" not in cli("upgrade", "--check").out
    store = Store(f"sqlite:///{database}", inline=True)
    downgrade(store, ADDS_FROM, lose=True)
    store.close()
    assert "NOTE Stop first: every process of the version before that sends" in cli("upgrade", "--check").out


def test_what_the_newer_version_ships_otherwise_is_said(cli: Cli, database: Path, tmp_path: Path) -> None:
    """The council's own file extends it, and nobody of the council has touched that rule."""
    own = tmp_path / "own.yaml"
    own.write_text("extends: newham\nframework: own\n", "utf-8")
    framework = load(own, files.folders("frameworks", None))
    sofar = framework.model_copy(update={"ladders": {**framework.ladders, "red-alert": framework.ladders["pim-date"]}})
    with closing(Store(f"sqlite:///{database}", inline=True)) as store:
        upgrade(store)
        assert "Rules that differ" not in cli("upgrade", "--check", framework=str(own)).out, "nobody knows"
        with store.transaction() as session:
            session.add(Meta(key=rules_in_force.KEY, value=json.dumps(rules_in_force.digests(sofar))))
        ran = cli("upgrade", "--check", framework=str(own))
    assert ran.code == 0, ran.err
    assert "NOTE Rules that differ\n" in ran.out
    assert "ladders: red-alert has changed" in " ".join(ran.out.split())


def test_what_need_not_stop_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "LISTS_FROM", ADDS_FROM)
    (found,) = upgrading._stops_first(ADDS_FROM)
    assert "Stop first: nothing has to be" in str(found)


def test_no_database_is_made_unasked(cli: Cli, database: Path) -> None:
    assert "There is nothing to upgrade." in cli("upgrade", "--check").out
    ran = cli("upgrade")
    assert (ran.code, "--new-database makes it" in ran.err, database.exists()) == (2, True, False)
    assert "There is no database yet" in cli("status").out
    assert not database.exists()


def test_a_newer_database_is_in_the_way(cli: Cli, database: Path) -> None:
    older(database)
    store = Store(f"sqlite:///{database}", inline=True)
    with store.transaction() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    ran = cli("upgrade", "--check")
    assert (ran.code, "A newer qabot wrote it" in ran.out) == (2, True)


def test_the_status_counts_what_waits_and_says_that_no_service_answers(cli: Cli, database: Path) -> None:
    store = Store(f"sqlite:///{database}", inline=True)
    upgrade(store)
    with store.transaction() as session:
        small_council.fill(session)
        person = session.get_one(Person, 1)
        for number, (state, at) in enumerate(
            [("planned", THEN), ("planned", datetime(2126, 1, 1, tzinfo=UTC)), ("failed", THEN)]
        ):
            session.add(
                Notice(
                    key=str(number),
                    rule="X-1",
                    message="digest",
                    lane="due",
                    recipient_id=person.id,
                    state=state,
                    subject_type="person",
                    subject_id=person.id,
                    created_at=at,
                    not_before=at,
                )
            )
    store.close()
    ran = cli("status", "--json", port="1")
    found = json.loads(ran.out)
    assert ran.code == 2
    assert found["due"] == 1
    assert found["oldest"] == "2026-10-14T09:00:00+00:00"
    assert found["notices"] == {"planned": 2, "failed": 1, "ambiguous": 0}
    assert [each.split(",")[0] for each in found["troubles"]] == [
        "1 notice is due and did not go",
        "The service does not answer.",
    ]
    assert "Due and not gone: 1 since 2026-10-14" in cli("status", port="1").out
