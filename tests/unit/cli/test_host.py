"""Three councils on one PostgreSQL server: what is wrong with one holds up no other, and is told."""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from qabot.cli import new_council
from qabot.cli.councils import values_of
from qabot.errors import SetupError
from tests.support.postgres_fixtures import postgres_server
from tests.unit.cli.conftest import Cli

__all__ = ["postgres_server"]
UNITS = Path(__file__).parents[3] / "deploy" / "host"


@pytest.fixture
def folder(cli: Cli, tmp_path: Path, postgres_server: str) -> Iterator[Path]:
    """Settings files of three councils with new databases: the password of the second is wrong."""
    made = tmp_path / "councils"
    made.mkdir()
    names = ["ashford", "brent-on-sea", "calder"]
    for name in names:
        server, address = f"{postgres_server}/postgres", f"https://{name}.qabot.example"
        ran = cli(
            "host", "add", name, "--councils", made, "--server", server, "--framework", "newham", "--address", address
        )
        assert ran.code == 0, ran.err
    broken = made / "brent-on-sea.env"
    text = broken.read_text("utf-8")
    broken.write_text(text.replace("postgresql://qabot_brent_on_sea:", "postgresql://nobody:"), "utf-8")
    yield made
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE qabot_{name.replace('-', '_')} WITH (FORCE)")
            connection.execute(f"DROP ROLE qabot_{name.replace('-', '_')}")


@pytest.mark.postgres
def test_one_command_for_all_and_the_one_that_is_wrong_holds_up_no_other(
    cli: Cli, folder: Path, tmp_path: Path
) -> None:
    ports = [values_of((folder / f"{name}.env").read_text("utf-8"), "")["QABOT_PORT"] for name in ("ashford", "calder")]
    assert ports == ["8701", "8703"]
    assert (folder / "ashford.env").stat().st_mode & 0o077 == 0

    made = cli("host", "migrate", "--councils", folder)
    assert made.code == 2
    assert [each for each in made.out.splitlines() if not each.startswith(" ")] == [
        "ashford: done",
        "brent-on-sea: failed",
        "calder: done",
        "1 council failed.",
    ]
    assert "cannot be opened" in made.out

    shown = cli("host", "status", "--councils", folder)
    assert shown.code == 2
    lines = shown.out.splitlines()
    assert [each.partition(":")[0] for each in lines if not each.startswith(" ")][:3] == [
        "ashford",
        "brent-on-sea",
        "calder",
    ]
    assert "schema none" in next(each for each in lines if each.startswith("brent-on-sea"))
    assert "due 0, lost or failed 0" in next(each for each in lines if each.startswith("calder"))
    assert shown.out.count("    The service does not answer.") == 3

    for each in ("backups", "programs"):
        (tmp_path / each).mkdir()
    control = tmp_path / "systemctl"
    stopped = 'case "$*" in "is-active qabot@calder.service") echo inactive; exit 3;; esac'
    control.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n{stopped}\n', "utf-8")
    control.chmod(0o700)
    done = cli(
        "host",
        "upgrade",
        "--councils",
        folder,
        "--backups",
        tmp_path / "backups",
        "--programs",
        tmp_path / "programs",
        "--systemctl",
        control,
        "--wait",
        "0",
    )
    assert done.code == 2
    assert "brent-on-sea: left as it is" in done.out
    assert "ashford: upgraded.\n" in done.out
    assert "calder: upgraded. Its service did not run, and was not started" in done.out
    assert "systemctl start qabot@calder.service" in done.out
    assert sorted(each.name.split("-")[0] for each in (tmp_path / "backups").iterdir()) == ["ashford", "calder"]
    assert (tmp_path / "asked").read_text("utf-8").splitlines() == [
        *(f"{verb} qabot@ashford.service" for verb in ("is-active", "stop", "start")),
        "is-active qabot@calder.service",
    ]
    assert (tmp_path / "programs" / "calder").resolve() == Path(sys.prefix).resolve()
    assert not (tmp_path / "programs" / "brent-on-sea").exists()


@pytest.mark.postgres
def test_tables_that_belong_to_another_role_are_said(cli: Cli, folder: Path, postgres_server: str) -> None:
    """As after a dump that the server's administrator brought back."""
    cli("host", "migrate", "--councils", folder, "--only", "calder")
    with psycopg.connect(f"{postgres_server}/qabot_calder", autocommit=True) as connection:
        for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            connection.execute(sql.SQL("ALTER TABLE {} OWNER TO CURRENT_USER").format(sql.Identifier(name)))
    shown = cli("host", "status", "--councils", folder)
    assert "permission denied for table" in shown.out
    assert "must own the tables" in shown.out
    for words in (["check"], ["backup", "--backups", folder.parent]):
        ran = cli("host", *words, "--councils", folder)
        assert ran.code == 2
        assert "must own the tables" in ran.out
        assert "Traceback" not in ran.out + ran.err


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"--framework": "nowhere"}, "nowhere"),
        ({"--address": "qabot.denham.example"}, "QABOT_BASE_URL: expected an address"),
        ({"--address": "https://denham.example/a b"}, "QABOT_BASE_URL: expected"),
        ({"--address": "https://denham.example\nQABOT_PORT=1"}, "a line break"),
    ],
)
def test_nothing_is_made_for_a_council_that_no_service_could_start_for(
    cli: Cli, folder: Path, postgres_server: str, given: dict[str, str], said: str
) -> None:
    usual = {"--framework": "newham", "--address": "https://denham.example", "--server": f"{postgres_server}/postgres"}
    words = [each for pair in (usual | given).items() for each in pair]
    ran = cli("host", "add", "denham", "--councils", folder, *words)
    assert ran.code == 2
    assert said in ran.err
    assert not (folder / "denham.env").exists()
    with psycopg.connect(f"{postgres_server}/postgres") as connection:
        assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'qabot_denham'").fetchone() is None


def test_a_server_that_is_away_leaves_no_settings_file(cli: Cli, tmp_path: Path) -> None:
    words = ["--framework", "newham", "--address", "https://a.example", "--server", "postgresql://qabot@127.0.0.1:1/x"]
    ran = cli("host", "add", "ashford", "--councils", tmp_path, *words)
    assert ran.code == 2
    assert "--server: the database cannot be made" in ran.err
    assert not (tmp_path / "ashford.env").exists()


class Killed(BaseException):
    """As a process ends that is killed: nothing is tidied up."""


@pytest.mark.postgres
@pytest.mark.parametrize("whole", [False, True], ids=["after the role", "after the database"])
def test_given_again_after_it_was_killed_it_goes_on(
    cli: Cli, tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch, *, whole: bool
) -> None:
    server = f"{postgres_server}/postgres"
    words = ["--server", server, "--framework", "newham", "--address", "https://elham.example"]
    made = new_council._make_database

    def killed(server: str, called: str, password: str, *, again: bool) -> None:
        if whole:
            made(server, called, password, again=again)
        else:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"CREATE ROLE {called} LOGIN PASSWORD '{password}'")
        raise Killed

    try:
        with monkeypatch.context() as patch:
            patch.setattr(new_council, "_make_database", killed)
            with pytest.raises(Killed):
                cli("host", "add", "elham", "--councils", tmp_path, *words)
        assert list(tmp_path.glob("*.env")) == []
        ran = cli("host", "add", "elham", "--councils", tmp_path, *words)
        assert ran.code == 0, ran.err
        assert [each.name for each in tmp_path.glob("elham*")] == ["elham.env"]
        address = values_of((tmp_path / "elham.env").read_text("utf-8"), "")["QABOT_DATABASE_URL"]
        psycopg.connect(address).close()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS qabot_elham WITH (FORCE)")
            connection.execute("DROP ROLE IF EXISTS qabot_elham")


@pytest.mark.postgres
def test_a_role_that_somebody_else_has_made_is_left_alone(cli: Cli, tmp_path: Path, postgres_server: str) -> None:
    server = f"{postgres_server}/postgres"
    words = ["--server", server, "--framework", "newham", "--address", "https://elham.example"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE ROLE qabot_elham")
        try:
            ran = cli("host", "add", "elham", "--councils", tmp_path, *words)
            assert (ran.code, "already exists" in ran.err) == (2, True)
            assert list(tmp_path.glob("elham*")) == []
        finally:
            connection.execute("DROP ROLE qabot_elham")


@pytest.mark.postgres
def test_on_a_full_disk_no_role_is_left_behind(
    cli: Cli, tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    server = f"{postgres_server}/postgres"
    words = ["--server", server, "--framework", "newham", "--address", "https://elham.example"]
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        ran = cli("host", "add", "elham", "--councils", tmp_path, *words)
    assert (ran.code, "No space left on device. Nothing was made." in ran.err) == (2, True)
    assert list(tmp_path.glob("elham*")) == []
    with psycopg.connect(server) as connection:
        assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'qabot_elham'").fetchone() is None


def test_two_that_add_at_once_take_no_port_twice(cli: Cli, tmp_path: Path) -> None:
    words = ["--framework", "newham", "--address", "https://a.example", "--server", "postgresql://qabot@127.0.0.1:1/x"]
    first = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(first, fcntl.LOCK_EX)
        ran = cli("host", "add", "ashford", "--councils", tmp_path, *words)
    finally:
        os.close(first)
    assert (ran.code, "Another `qabot host add` is at work" in ran.err) == (2, True)
    assert list(tmp_path.glob("ashford*")) == []


def test_two_upgrades_at_once_are_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "ashford.env").write_text("QABOT_DATABASE_URL=sqlite:////nowhere/qabot.sqlite3\n", "utf-8")
    words = ["host", "upgrade", "--councils", tmp_path, "--backups", tmp_path, "--programs", tmp_path]
    first = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(first, fcntl.LOCK_EX)
        ran = cli(*words)
    finally:
        os.close(first)
    assert ran.code == 2
    assert "Another `qabot host upgrade` is at work" in ran.err
    assert "left as it is" in cli(*words).out, "and afterwards it goes on"


@pytest.mark.postgres
def test_no_council_reads_the_database_of_another(folder: Path, postgres_server: str) -> None:
    ashford = values_of((folder / "ashford.env").read_text("utf-8"), "")["QABOT_DATABASE_URL"]
    with psycopg.connect(ashford) as connection:
        found = connection.execute(
            "SELECT has_database_privilege('qabot_ashford', 'qabot_calder', 'CONNECT'), "
            "has_database_privilege('qabot_ashford', 'qabot_ashford', 'CONNECT')"
        ).fetchone()
    assert found == (False, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("QABOT_PORT", "line 1: expected NAME=value"),
        ('QABOT_SECRET_KEY="quoted"', "line 1: QABOT_SECRET_KEY has a quote"),
        ("QABOT_PORT=8701 # the first", "line 1: QABOT_PORT has a quote, a backslash, a comment"),
    ],
)
def test_what_systemd_would_read_otherwise_is_refused_and_not_repeated(line: str, said: str) -> None:
    with pytest.raises(SetupError, match=said) as refused:
        values_of(f"{line}\n", "a.env")
    assert "quoted" not in str(refused.value)
    assert values_of("# a comment\nQABOT_PORT=8701\n\n", "a.env") == {"QABOT_PORT": "8701"}


def test_two_councils_share_no_database_port_or_key(cli: Cli, tmp_path: Path) -> None:
    for name in ("ashford", "calder"):
        own = f"QABOT_DATABASE_URL=sqlite:///{tmp_path}/{name}.db"
        (tmp_path / f"{name}.env").write_text(f"{own}\nQABOT_PORT=8701\n", "utf-8")
    ran = cli("host", "migrate", "--only", "calder", "--councils", tmp_path)
    assert ran.code == 2
    assert "QABOT_PORT is also that of ashford" in ran.out
    nobody = cli("host", "check", "--councils", tmp_path / "none")
    assert (nobody.code, "there is no settings file" in nobody.err) == (2, True)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here: no unit was verified")
def test_the_units_are_well_and_closed(tmp_path: Path) -> None:
    for unit in sorted(UNITS.glob("*.service")):
        text = unit.read_text("utf-8").replace("/opt/qabot/run/%i/bin/qabot", "/bin/true")
        (tmp_path / unit.name).write_text(text, "utf-8")
        one = str(tmp_path / unit.name.replace("@", "@newham"))
        (tmp_path / unit.name.replace("@", "@newham")).write_text(text, "utf-8")
        found = subprocess.run(
            ["systemd-analyze", "verify", "--recursive-errors=no", one], capture_output=True, text=True, check=False
        )
        assert (found.returncode, found.stderr) == (0, "")
        exposed = subprocess.run(
            ["systemd-analyze", "security", "--offline=yes", "--threshold=20", one],
            capture_output=True,
            text=True,
            check=False,
        )
        assert exposed.returncode == 0, exposed.stdout[-300:]
