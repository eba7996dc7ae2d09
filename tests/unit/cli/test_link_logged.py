"""A personal link that an administrator makes stands in the log."""

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
