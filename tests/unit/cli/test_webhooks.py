"""qabot webhook: made with its secret printed once, tried, listed and ended."""

import re
from pathlib import Path

from qabot.models import Person, Store
from qabot.models.migrate import upgrade
from tests.unit.cli.conftest import Cli

KEY = "a key of the service as secrets.token_urlsafe makes one"


def test_a_webhook_is_made_tried_listed_and_ended(cli: Cli, database: Path) -> None:
    store = Store(f"sqlite:///{database}", inline=True)
    upgrade(store)
    with store.transaction() as session:
        session.add(Person(name="Quinn Achebe", email="quinn@council.example", administrator=True))
    store.close()
    options = ("--for", "quinn@council.example", "--event", "alert.raised", "--tell", "grades")
    inside = ("webhook", "new", "case-system", "https://127.0.0.1:9/hooks", *options)
    assert "QABOT_WEBHOOK_PRIVATE" in (refused := cli(*inside, secret_key=KEY)).err
    assert refused.code == 2
    made = cli(*inside, secret_key=KEY, webhook_private="yes")
    assert (made.code, bool(re.fullmatch(r"whsec_[\w+/=]{44}\n", made.out))) == (0, True)
    assert "case-system: https://127.0.0.1:9/hooks; alert.raised; 0 waiting, 0 failed" in cli("webhook", "list").out
    tried = cli("webhook", "test", "case-system", secret_key=KEY, webhook_private="yes")
    assert (tried.code, "did not take the test: no connection to 127.0.0.1:9" in tried.out) == (1, True)
    assert "inside the council's own network" in cli("webhook", "test", "case-system", secret_key=KEY).out
    assert cli("webhook", "end", "case-system").code == 0
    assert "; ended" in cli("webhook", "list").out
    assert cli("webhook", "end", "case-system").code == 2
