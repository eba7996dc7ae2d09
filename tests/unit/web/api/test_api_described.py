"""schemathesis sends the API what its description allows and what it does not: nothing that it answers is undescribed.

A short run, the same each time; `QABOT_TEST_SCHEMATHESIS=200` sends that many of each, at random.
"""

import logging
import os
from collections import Counter
from typing import Any

import schemathesis
from schemathesis import engine
from schemathesis.config import SchemathesisConfig

from qabot.models import Person, Store
from qabot.web.app import create_app
from qabot.workflows.access import tokens
from tests.unit.web import world

LONG = int(os.environ.get("QABOT_TEST_SCHEMATHESIS", "0"))
ALLOWED = ["2xx", "400", "401", "403", "404", "409", "429", "503"]
"""What may be answered to what is as described: 400 is what no description can say, and 422 is not among them."""


def config(text: str) -> SchemathesisConfig:
    """A run with a token."""
    return SchemathesisConfig.from_dict(
        {
            "base-url": f"{world.BASE}/api/v1",
            "headers": {"Authorization": f"Bearer {text}"},
            "generation": {"max-examples": LONG or 1, "deterministic": not LONG, "database": "none"},
            "checks": {"positive_data_acceptance": {"expected-statuses": ALLOWED}},
            "phases": {"stateful": {"enabled": bool(LONG)}, "coverage": {"enabled": bool(LONG)}},
        }
    )


def test_what_is_answered_is_what_the_description_says(store: Store) -> None:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    parts = world.parts(store, hosts=("testserver", "127.0.0.1"))
    with store.transaction() as session:
        session.get_one(Person, world.QUINN).administrator = True
    assert parts.units is not None
    with store.transaction() as session:
        text = tokens.new(parts.units.unit(session), "tester", list(tokens.SCOPES), 30, person_id=world.QUINN)
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(parts), config=config(text))
    wrong: list[Any] = []
    answered: Counter[tuple[str, int]] = Counter()
    for event in engine.from_schema(schema).execute():
        recorder = getattr(event, "recorder", None)
        if recorder is None:
            continue
        for checks in recorder.checks.values():
            failed = [each for each in checks if each.failure_info is not None]
            wrong += [(each.name, each.failure_info.failure.message, each.failure_info.code_sample) for each in failed]
        for interaction in recorder.interactions.values():
            if interaction.response is not None:
                answered[recorder.label, interaction.response.status_code] += 1
    assert wrong == [], "\n\n".join(str(each) for each in wrong)
    operations = {label for label, status in answered if 200 <= status < 300}
    assert len(operations) >= 9, answered
