"""An administrator sees how long data is kept, holds it, takes a copy of one person's, and erases who has left."""

import json

from sqlmodel import select

from qabot.models import LegalHold, Person, Store
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, QUINN


async def test_the_kinds_and_what_would_go_are_on_a_page_for_administrators(administrator: Browser) -> None:
    page = (await administrator.open("/administration/data")).text
    assert "Messages that were sent, and who was told" in page
    assert "730 days" in page
    assert "No end is set" in page
    assert "Nothing is held." in page
    assert (await administrator.open("/administration/data/9999")).status_code == 404


async def test_a_hold_is_placed_with_a_reason_and_ended(administrator: Browser, store: Store) -> None:
    await administrator.open("/administration/data")
    refused = await administrator.send_form("/administration/data", on="QA-1042", why="about 943 476 5919")
    assert refused.status_code == 422
    assert "NHS number" in refused.text
    assert 'value="QA-1042"' in refused.text
    page = await administrator.send_form("/administration/data", on="QA-1042", why="A complaint is open")
    assert "A complaint is open" in page.text
    with store.transaction() as session:
        hold = session.exec(select(LegalHold)).one()
    assert (hold.subject_type, hold.placed_by_id) == ("audit", QUINN)
    assert "Nothing is held." in (await administrator.send_form("/administration/data", end=str(hold.id))).text


async def test_a_copy_is_taken_and_a_leaver_erased_once_their_name_is_written(
    administrator: Browser, store: Store
) -> None:
    address = f"/administration/data/{ADE}"
    page = (await administrator.open(address)).text
    assert "still works here" in page
    copy = await administrator.send_form(address, step="copy")
    assert copy.headers["content-disposition"] == f'attachment; filename="person-{ADE}.json"'
    name = json.loads(copy.text)["about"]["name"]
    assert [each.actor_id for each in events(store, "person-exported")] == [QUINN]
    assert (await administrator.send_form(address, step="erase", name=name)).status_code == 422
    with store.transaction() as session:
        person = session.get_one(Person, ADE)
        person.active = False
        session.add(person)
    wrong = await administrator.send_form(address, step="erase", name="Somebody")
    assert wrong.status_code == 422
    assert "Write the whole name" in wrong.text
    done = await administrator.send_form(address, step="erase", name=name)
    assert f"The data of Former colleague {ADE}" in done.text
    assert [each.actor_id for each in events(store, "person-erased")] == [QUINN]
