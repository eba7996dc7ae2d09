"""qabot token: made and printed once, listed without its text, ended."""

import re
from pathlib import Path

from qabot.models import Person, Store
from qabot.models.migrate import upgrade
from tests.unit.cli.conftest import Cli


def test_a_token_is_made_listed_and_ended(cli: Cli, database: Path) -> None:
    store = Store(f"sqlite:///{database}", inline=True)
    upgrade(store)
    with store.transaction() as session:
        session.add(Person(name="Quinn Achebe", email="quinn@council.example", administrator=True))
        session.add(Person(name="Ade Bello", email="ade@council.example"))
    store.close()
    given = ("--for", "quinn@council.example", "--scope", "figures:read", "--scope", "cases:read", "--days", "30")
    made = cli("token", "new", "power-bi", *given)
    assert (made.code, bool(re.fullmatch(r"qabot_[\w-]{43}\n", made.out))) == (0, True)
    assert (again := cli("token", "new", "power-bi", *given)).code == 2
    assert "Give another name" in again.err
    others = cli("token", "new", "other", "--for", "ade@council.example", "--scope", "figures:read")
    assert (others.code, "acts for an administrator" in others.err) == (2, True)
    listed = cli("token", "list").out
    assert "power-bi: cases:read, figures:read; for Quinn Achebe; ends " in listed
    assert "never used" in listed
    assert made.out.strip() not in listed
    assert cli("token", "end", "power-bi").code == 0
    assert "no longer works" in cli("token", "list").out
    assert cli("token", "end", "power-bi").code == 2
