"""Adding, changing and leaving in the browser: looked at first, then done, and only by administrators."""

import re
from typing import Any

from sqlmodel import col, select

from qabot.models import Notice, Person, RoleHolding, Store
from qabot.models.store import Meta
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, BEA, GONE, QUINN

NEW = "/administration/people/new"
MARK = re.compile(r'name="mark" value="([^"]+)"')
DAN: dict[str, Any] = {
    "name": "Dan Ellis",
    "email": "Dan@council.example",
    "employee_id": "E77",
    "team": "Maple",
    "service": "",
    "role-0": "practice-lead",
    "place-0": "",
    "line_manager": "Bea Cole <bea@council.example>",
    "deputy": "ade@council.example",
    "work_days": ["1", "2", "4"],
    "hours_from": "10:00",
    "hours_to": "15:00",
}
ADE_AS_SHE_IS: dict[str, Any] = {
    "name": "Ade Bello",
    "email": "ade@council.example",
    "team": "Maple",
    "work_days": list("12345"),
    "hours_from": "09:00",
    "hours_to": "16:30",
}


def all_rows(store: Store) -> list[list[dict[str, Any]]]:
    with store.transaction() as session:
        return [
            [each.model_dump() for each in session.exec(select(table).order_by(col(key)))]
            for table, key in (
                (Person, Person.id),
                (RoleHolding, RoleHolding.id),
                (Notice, Notice.id),
                (Meta, Meta.key),
            )
        ]


def person(store: Store, number: int) -> Person:
    with store.transaction() as session:
        return session.get_one(Person, number)


async def confirm(browser: Browser, path: str, **values: Any) -> str:
    """See what would happen, and confirm it: the page after it."""
    shown = (await browser.send_form(path, step="check", **values)).text
    found = MARK.search(shown)
    assert found, shown
    return (await browser.send_form(path, step="save", mark=found[1], **values)).text


async def test_somebody_is_added_once_it_was_looked_at(administrator: Browser, store: Store) -> None:
    before = all_rows(store)
    shown = await administrator.send_form(NEW, step="check", **DAN)
    assert "Add Dan Ellis (dan@council.example)" in shown.text
    assert "1 new person is welcomed" in shown.text
    assert all_rows(store) == before
    form = (await administrator.send_form(NEW, step="edit", **DAN)).text
    assert 'value="Dan Ellis"' in form
    assert 'value="practice-lead" selected' in form
    page = await confirm(administrator, NEW, **DAN)
    assert "Dan Ellis is saved." in page
    with store.transaction() as session:
        dan = session.exec(select(Person).where(Person.email == "dan@council.example")).one()
        role = session.exec(select(RoleHolding).where(RoleHolding.person_id == dan.id)).one()
    assert (dan.line_manager_id, dan.deputy_id, dan.work_days, dan.team_id) == (BEA, ADE, "124", 1)
    assert (role.role, role.team_id) == ("practice-lead", 1)
    (event,) = events(store, "person-changed")
    assert (event.actor_id, event.subject_id) == (QUINN, dan.id)
    assert "Dan" not in str(event.detail)


async def test_a_second_holder_of_a_role_is_asked_about_by_its_title(administrator: Browser) -> None:
    await confirm(administrator, NEW, **DAN)
    eve = DAN | {"name": "Eve Ross", "email": "eve@council.example", "employee_id": "E78"}
    shown = (await administrator.send_form(NEW, step="check", **eve)).text
    assert re.search(r"Practice Lead for Maple is held by Dan Ellis and Eve Ross: is that so\?(?!\.)", shown), shown


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "This is needed."),
    ({"email": "dan"}, "is not an e-mail address"),
    ({"email": "ade@council.example"}, "Somebody with this e-mail is here already"),
    ({"team": "Oak"}, "No row says which service"),
    ({"role-0": "practice-lead", "place-0": "Oak"}, "no team &#39;Oak&#39;"),
    ({"line_manager": "Nobody Known"}, "Nobody called &#39;Nobody Known&#39;"),
    ({"hours_from": "16:00", "hours_to": "9:00"}, "are not hours of a day"),
    ({"work_days": []}, "Tick at least one day."),
    ({"name": "=cmd"}, "formula"),
]


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(administrator: Browser, store: Store) -> None:
    before = all_rows(store)
    for wrong, sentence in WRONG:
        page = await administrator.send_form(NEW, step="check", **(DAN | wrong))
        assert page.status_code == 422, wrong
        assert sentence.casefold() in page.text.casefold(), wrong
        assert 'value="E77"' in page.text
    assert all_rows(store) == before


async def test_a_change_says_what_it_does_and_does_it(administrator: Browser, store: Store) -> None:
    path = f"/administration/people/{ADE}/change"
    row = (await administrator.open("/programme/people")).text
    assert f"/forms/away?who={ADE}&amp;back=people" in row
    assert path in row
    form = (await administrator.open(path)).text
    assert 'value="ade@council.example"' in form
    values = ADE_AS_SHE_IS | {"name": "Ade Okoye", "email": "ade.okoye@council.example", "work_days": ["1", "2"]}
    page = await confirm(administrator, path, **values)
    assert "Ade Okoye is saved." in page
    ade = person(store, ADE)
    assert (ade.name, ade.email, ade.work_days, ade.active) == ("Ade Okoye", "ade.okoye@council.example", "12", True)
    (event,) = events(store, "person-changed")
    assert event.detail["fields"] == "email, name, work_days"


async def test_what_has_changed_meanwhile_is_shown_again(administrator: Browser, store: Store) -> None:
    path = f"/administration/people/{ADE}/change"
    values = ADE_AS_SHE_IS | {"work_days": ["1"]}
    await administrator.send_form(path, step="check", **values)
    page = await administrator.send_form(path, step="save", mark="of something else", **values)
    assert "Something has changed since you looked" in page.text
    assert person(store, ADE).work_days == "12345"


async def test_somebody_leaves(administrator: Browser, store: Store) -> None:
    path = f"/administration/people/{ADE}/leave"
    shown = (await administrator.open(path)).text
    assert "1 open deadline is theirs" in shown
    assert person(store, ADE).active
    page = await administrator.send_form(path, step="save", mark=(MARK.search(shown) or [""])[1])
    assert "Ade Bello has left." in page.text
    assert not person(store, ADE).active
    assert (await administrator.open(path)).status_code == 404


async def test_somebody_comes_back(administrator: Browser, store: Store) -> None:
    path = f"/administration/people/{GONE}/change"
    assert "they work here again" in (await administrator.open(path)).text
    await confirm(administrator, path, **(ADE_AS_SHE_IS | {"name": "Gil Gone", "email": "gil@council.example"}))
    assert person(store, GONE).active


async def test_there_is_always_an_administrator(administrator: Browser, store: Store) -> None:
    path = f"/administration/people/{QUINN}"
    values = ADE_AS_SHE_IS | {"name": "Quinn Achebe", "email": "quinn@council.example"}
    changed = await administrator.send_form(f"{path}/change", step="check", **values)
    left = await administrator.open(f"{path}/leave")
    assert "Nobody would be an administrator any more" in changed.text
    assert "Nobody would be an administrator any more" in left.text
    assert person(store, QUINN).administrator


async def test_only_administrators_change_people(quinn: Browser, ade: Browser, store: Store) -> None:
    before = all_rows(store)
    for path in (NEW, f"/administration/people/{ADE}/change", f"/administration/people/{ADE}/leave"):
        for browser in (quinn, ade):
            assert (await browser.open(path)).status_code == 403
            assert (await browser.send_form(path, step="save", mark="x", **DAN)).status_code == 403
    assert "/administration/people/new" not in (await quinn.open("/programme/people")).text
    assert all_rows(store) == before
