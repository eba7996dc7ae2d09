"""Who read which record is in the log, once a day, and is one choice on its page and in its file."""

from datetime import timedelta

from qabot.models import Event, Store
from qabot.web.ports import Parts
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, QUINN, Hands

RECORD = "/audits/QA-1042"


async def test_whoever_reads_anothers_record_is_noted_once_a_day(
    ade: Browser, quinn: Browser, parts: Parts, store: Store
) -> None:
    assert (await ade.open(RECORD)).status_code == 200
    assert events(store, "record-read") == [], "one's own work is not noted"
    for _ in range(2):
        page = await quinn.open(RECORD)
        assert page.status_code == 200
        assert "Record read" not in page.text, "it is not part of the audit's story"
    assert isinstance(parts.clock, Hands)
    parts.clock.moment += timedelta(days=1)
    await quinn.sign_in(parts, QUINN)
    await quinn.open(RECORD)
    read = events(store, "record-read")
    assert [(each.actor_id, each.subject_type, each.subject_id) for each in read] == [(QUINN, "audit", 1)] * 2


async def test_all_of_it_is_one_choice_on_the_page_and_in_the_file(quinn: Browser, store: Store, parts: Parts) -> None:
    await quinn.open(RECORD)
    await quinn.open(f"/people/{ADE}")
    with store.transaction() as session:
        session.add(Event(at=parts.clock.now(), what="snoozed", actor_id=ADE))
    page = await quinn.open("/programme/log?what=who-read")
    assert "Who read or took what" in page.text
    rows = (await quinn.get("/programme/log.csv?what=who-read")).text
    for each in ("Record read", "Person page read", "Quinn"):
        assert each in page.text
        assert each in rows
    assert "Snoozed" not in rows
