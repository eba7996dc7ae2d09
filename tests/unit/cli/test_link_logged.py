"""A personal link that an administrator makes stands in the log, and so does that they signed somebody out."""

import sqlite3
from pathlib import Path

from tests.unit.cli.conftest import SECRET, Cli


def test_a_link_made_on_the_command_line_stands_in_the_log(cli: Cli, files: tuple[Path, Path], database: Path) -> None:
    assert cli("people", "import", files[0], "--new-database").code == 0
    name, email = files[0].read_text("utf-8").splitlines()[1].split(",")[:2]
    assert cli("link", email, secret_key=SECRET).code == 0
    assert cli("link", "nobody@council.example", secret_key=SECRET).code == 2
    with sqlite3.connect(database) as connection:
        query = "select name from event join person on person.id = subject_id where what = 'link-made'"
        assert connection.execute(query).fetchall() == [(name,)]


def test_somebody_is_signed_out_on_the_command_line(cli: Cli, files: tuple[Path, Path], database: Path) -> None:
    assert cli("people", "import", files[0], "--new-database").code == 0
    name, email = files[0].read_text("utf-8").splitlines()[1].split(",")[:2]
    done = cli("sign-out", email)
    assert (done.code, done.out) == (0, f"{name} is signed out everywhere. They can sign in again as usual.\n")
    assert "Nobody has this e-mail" in cli("sign-out", "nobody@council.example").err
    with sqlite3.connect(database) as connection:
        signed_out = "select name from person where signed_out_at is not null"
        assert connection.execute(signed_out).fetchall() == [(name,)]
        logged = "select name, why from event join person on person.id = subject_id where what = 'sessions-ended'"
        assert connection.execute(logged).fetchall() == [(name, "qabot sign-out")]


def test_the_glass_is_broken_for_an_administrator_alone_and_with_a_reason(
    cli: Cli, files: tuple[Path, Path], database: Path
) -> None:
    assert cli("people", "import", files[0], "--new-database").code == 0
    name, email = files[0].read_text("utf-8").splitlines()[1].split(",")[:2]
    with sqlite3.connect(database) as connection:
        connection.execute("update person set administrator = false")
    refused = cli("break-glass", email, "--reason", "trying", secret_key=SECRET)
    assert (refused.code, "is no administrator" in refused.err) == (2, True)
    with sqlite3.connect(database) as connection:
        connection.execute("update person set administrator = true where email = ?", (email,))
    assert "say in a few words why" in cli("break-glass", email, "--reason", " ", secret_key=SECRET).err
    made = cli("break-glass", email, "--reason", "the tenant is away", secret_key=SECRET)
    assert (made.code, "/in/" in made.out) == (0, True)
    with sqlite3.connect(database) as connection:
        logged = "select name, why from event join person on person.id = subject_id where what = 'glass-broken'"
        assert connection.execute(logged).fetchall() == [(name, "qabot break-glass: the tenant is away")]
