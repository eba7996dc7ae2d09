"""`qabot worker` says in a sentence why it cannot work here, and shows its own numbers on a port."""

from contextlib import closing
from urllib.request import urlopen

import pytest
from sqlalchemy import text

from qabot.cli.worker import refuse_what_cannot_work, serve_numbers
from qabot.errors import DatabaseTooNew, SetupError
from qabot.measures import Measures
from qabot.models import Store
from qabot.models.migrate import upgrade
from qabot.settings import read_settings
from tests.support.postgres import free_port
from tests.support.postgres_fixtures import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


def test_on_sqlite() -> None:
    with pytest.raises(SetupError, match="A worker needs PostgreSQL"):
        refuse_what_cannot_work(read_settings(database_url="sqlite:///qabot.sqlite3"))
    with pytest.raises(SetupError, match="QABOT_ENGINE: the scaled engine needs PostgreSQL"):
        read_settings(database_url="sqlite:///qabot.sqlite3", engine="scaled")


@pytest.mark.postgres
def test_on_a_database_that_is_not_of_its_version(postgres_url: str) -> None:
    with pytest.raises(SetupError, match="QABOT_ENGINE=scaled"):
        refuse_what_cannot_work(read_settings(database_url=postgres_url))
    settings = read_settings(database_url=postgres_url, engine="scaled")
    with pytest.raises(SetupError, match="no database of qabot"):
        refuse_what_cannot_work(settings)
    store = Store(postgres_url, inline=True)
    upgrade(store, "0030")
    with pytest.raises(SetupError, match="is of version 0030"):
        refuse_what_cannot_work(settings)
    upgrade(store)
    with pytest.raises(SetupError, match="no tables of jobs"):
        refuse_what_cannot_work(settings)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(DatabaseTooNew, match="a newer qabot has written it"):
        refuse_what_cannot_work(settings)


def test_its_own_numbers_stand_on_a_port_of_this_machine_alone() -> None:
    port = free_port()
    serving = serve_numbers(Measures(), port)
    try:
        with closing(urlopen(f"http://127.0.0.1:{port}/metrics")) as answer:
            assert b"# TYPE qabot_send_seconds histogram" in answer.read()
        with pytest.raises(SetupError, match=f"Port {port} on 127.0.0.1 cannot be used"):
            serve_numbers(Measures(), port)
    finally:
        serving.shutdown()
        serving.server_close()
