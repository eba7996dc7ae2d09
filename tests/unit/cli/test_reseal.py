"""qabot reseal, after a new secret key: survey answers are opened with the old one and sealed with the new one."""

import sqlite3
from pathlib import Path

import pytest

from qabot.models import Store
from qabot.models.migrate import upgrade
from qabot.settings import read_settings
from qabot.workflows.core.sealing import Sealer
from tests.unit.cli.conftest import Cli

OLD, NEW, OTHER = (f"the {name} key as secrets.token_urlsafe makes one" for name in ("old", "new", "third"))
ANSWERS = {"answers": {"q": {"value": "4"}}, "at": 1, "sent": True}


def put(database: Path, **keys: str) -> None:
    with sqlite3.connect(database) as other:
        for number, (name, key) in enumerate(keys.items()):
            values = (name, 1, number, 1, "", "", Sealer(key).seal(ANSWERS, name))
            other.execute("INSERT INTO survey_sheet VALUES (?, ?, ?, ?, ?, ?, ?)", values)


def test_what_the_old_key_sealed_is_sealed_anew(cli: Cli, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(f"sqlite:///{database}", inline=True)
    upgrade(store)
    store.close()
    monkeypatch.setattr("qabot.rights.resealing.AT_ONCE", 2)
    put(database, a=OLD, b=NEW, c=OLD)
    ran = cli("reseal", secret_key=f"{NEW},{OLD}")
    assert (ran.code, "2 sheets are sealed with the first key now; 1 were before." in ran.out) == (0, True)
    with sqlite3.connect(database) as other:
        rows = other.execute("SELECT key, sealed FROM survey_sheet").fetchall()
    assert {name: Sealer(NEW).open(sealed, name) for name, sealed in rows} == dict.fromkeys("abc", ANSWERS)
    assert "0 sheets are sealed" in cli("reseal", secret_key=NEW).out


def test_what_no_key_opens_is_said(cli: Cli, database: Path) -> None:
    store = Store(f"sqlite:///{database}", inline=True)
    upgrade(store)
    store.close()
    put(database, a=OTHER)
    ran = cli("reseal", secret_key=f"{NEW}\n{OLD}")
    assert ran.code == 1
    assert "1 sheet was sealed with a key that is not in QABOT_SECRET_KEY" in ran.out


def test_what_a_lost_key_sealed_is_given_up_only_when_that_is_asked(cli: Cli, database: Path) -> None:
    cli("upgrade", "--new-database")
    put(database, a=OTHER, b=OLD)
    assert "qabot reseal --give-up-lost" in cli("reseal", secret_key=f"{NEW},{OLD}").out
    with sqlite3.connect(database) as file:
        assert Sealer(OTHER).open(file.execute("SELECT sealed FROM survey_sheet WHERE key = 'a'").fetchone()[0], "a")
    ran = cli("reseal", "--give-up-lost", secret_key=f"{NEW},{OLD}")
    assert (ran.code, "1 sheet that no key opens: given up, and empty now." in ran.out) == (0, True)
    with sqlite3.connect(database) as file:
        rows = dict(file.execute("SELECT key, sealed FROM survey_sheet").fetchall())
        line = file.execute("SELECT subject_id, detail FROM event WHERE what = 'survey-unreadable'").fetchall()
    assert Sealer(NEW).open(rows["a"], "a") == {"answers": {}, "at": 0, "sent": False}
    assert Sealer(NEW).open(rows["b"], "b") == ANSWERS
    assert line == [(1, '{"sheets": 1}')]


def test_a_key_that_went_too_early_is_said_by_the_doctor(
    cli: Cli, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("upgrade", "--new-database")
    monkeypatch.setattr("qabot.rights.resealing.AT_ONCE", 2)
    put(database, a=OLD, b=NEW, c=OLD, d=NEW)
    ran = cli("doctor", secret_key=NEW)
    assert ran.code == 2
    assert "2 survey sheets are sealed with a key that is not in QABOT_SECRET_KEY" in ran.out
    assert "survey sheet" not in cli("doctor", secret_key=f"{NEW},{OLD}").out


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        (NEW, (NEW,)),
        (f"{NEW},{OLD}", (NEW, OLD)),
        (f"{NEW}\r\n{OLD}\n", (NEW, OLD)),
        ("a sentence, which somebody has chosen as their key", ("a sentence, which somebody has chosen as their key",)),
        ("", ("",)),
    ],
)
def test_keys_stand_after_one_another_where_each_is_long_enough(given: str, keys: tuple[str, ...]) -> None:
    assert read_settings(secret_key=given).secret_keys == keys
