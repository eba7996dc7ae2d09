"""What the directory states otherwise: shown page by page, accepted or declined, and nothing is changed unasked."""

import re
from typing import Any

import pytest
from sqlmodel import select

from qabot.imports import at_once, from_directory, kinds, one_person
from qabot.models import Difference, DirectoryUser, Person, Store
from qabot.web.ports import Parts
from qabot.workflows.people import differences
from tests.unit.web import world
from tests.unit.web.conftest import Browser, events

PAGE = "/administration/differences"
NADIA: dict[str, Any] = {"name": "Nadia New", "email": "nadia@council.example", "employee_id": "N7", "team": "maple"}


class Directory:
    """States things of people, as SCIM or another way would."""

    def __init__(self, parts: Parts, store: Store) -> None:
        self.parts, self.store = parts, store

    def state(self, user_name: str, *, manager: str | None = None, active: bool = True, **stated: str) -> str:
        """The id of whom it stated this."""
        assert self.parts.units is not None
        with self.store.transaction() as session:
            unit = self.parts.units.unit(session)
            query = select(DirectoryUser).where(DirectoryUser.user_name == user_name)
            user = session.exec(query).first() or DirectoryUser(
                source="scim", user_name=user_name, made_at=unit.now, changed_at=unit.now
            )
            user.stated, user.manager_uid, user.active = stated, manager, active
            differences.compare_one(unit, user)
            return user.uid

    def differing(self, state: str = "open") -> dict[str, tuple[str, str]]:
        with self.store.transaction() as session:
            rows = session.exec(select(Difference).where(Difference.state == state).order_by("id")).all()
            return {each.field: (each.known, each.stated) for each in rows}

    def person(self, email: str) -> dict[str, Any] | None:
        with self.store.transaction() as session:
            found = session.exec(select(Person).where(Person.email == email)).first()
            return found.model_dump() if found else None


@pytest.fixture
def directory(parts: Parts, store: Store) -> Directory:
    return Directory(parts, store)


def numbers(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="(\d[^"]*)"', page)


async def test_a_change_is_made_once_it_is_accepted(administrator: Browser, directory: Directory, store: Store) -> None:
    directory.state("ade@council.example", name="Ade Bello-Cole", email="ade.cole@council.example", team="Elsewhere")
    assert directory.person("ade@council.example") is not None
    page = (await administrator.open(PAGE)).text
    assert "Ade Bello-Cole" in page
    assert directory.differing().keys() == {"name", "email"}
    for one in numbers(page, "accept"):
        assert "Accepted: 1 difference." in (await administrator.send_form(PAGE, accept=one)).text
    ade = directory.person("ade.cole@council.example")
    assert ade is not None
    assert (ade["id"], ade["name"], ade["team_id"]) == (world.ADE, "Ade Bello-Cole", 1)
    assert directory.differing() == {}
    accepted = events(store, "difference-accepted")
    assert [(each.actor_id, each.subject_id, each.detail["fields"]) for each in accepted] == [
        (world.QUINN, world.ADE, "Name"),
        (world.QUINN, world.ADE, "E-mail"),
    ]
    assert [each.subject_id for each in events(store, "person-changed")] == [world.ADE, world.ADE]
    assert "There is no difference to decide." in (await administrator.open(PAGE)).text
    again = await administrator.send_form(PAGE, accept=numbers(page, "accept")[0])
    assert again.status_code == 422
    assert differences.GONE in again.text


async def test_a_declined_one_comes_back_when_something_else_is_stated(
    administrator: Browser, directory: Directory, store: Store
) -> None:
    directory.state("bea@council.example", name="Beatrice Cole")
    [one] = numbers((await administrator.open(PAGE)).text, "decline")
    assert "comes back when" in (await administrator.send_form(PAGE, decline=one)).text
    directory.state("bea@council.example", name="Beatrice Cole", email="bea@council.example")
    assert directory.differing() == {}
    assert directory.differing("declined") == {"name": ("Bea Cole", "Beatrice Cole")}
    directory.state("bea@council.example", name="Bee Cole")
    assert directory.differing() == {"name": ("Bea Cole", "Bee Cole")}
    person = directory.person("bea@council.example")
    assert person is not None
    assert person["name"] == "Bea Cole"
    assert len(events(store, "difference-declined")) == 1
    assert len(events(store, "difference-found")) == 2


async def test_nobody_decides_about_what_they_have_not_seen(
    administrator: Browser, directory: Directory, store: Store
) -> None:
    """The directory is read again while the page is open; on SQLite another difference may have the same number."""
    directory.state("bea@council.example", name="Beatrice Cole")
    [one] = numbers((await administrator.open(PAGE)).text, "accept")
    directory.state("bea@council.example", name="Bee Cole")
    assert differences.GONE in (await administrator.send_form(PAGE, accept=one)).text
    assert differences.GONE in (await administrator.send_form(PAGE, decline=one)).text
    directory.state("bea@council.example", name="Bea Cole")
    directory.state("ade@council.example", name="Ade Bello-Cole")
    assert differences.GONE in (await administrator.send_form(PAGE, accept=one)).text
    assert directory.differing() == {"name": ("Ade Bello", "Ade Bello-Cole")}
    assert events(store, "person-changed") == []


async def test_somebody_new_comes_with_a_manager_once_both_are_here(
    administrator: Browser, directory: Directory, store: Store
) -> None:
    boss = directory.state("mo@council.example", name="Mo Head", email="mo@council.example")
    directory.state("nadia@council.example", manager=boss, **NADIA)
    page = (await administrator.open(PAGE)).text
    assert "Nadia New, e-mail nadia@council.example, employee number N7, team Maple" in page
    shown = numbers(page, "shown")
    assert len(shown) == 2
    done = await administrator.send_form(PAGE, shown=shown, all="accept")
    assert "Accepted: 2 differences." in done.text
    nadia, mo = directory.person("nadia@council.example"), directory.person("mo@council.example")
    assert nadia is not None
    assert mo is not None
    assert (nadia["name"], nadia["employee_id"], nadia["team_id"]) == ("Nadia New", "N7", 1)
    assert (nadia["administrator"], nadia["line_manager_id"]) == (False, None)
    assert directory.differing() == {"line_manager": ("", "mo@council.example")}
    [one] = numbers((await administrator.open(PAGE)).text, "accept")
    await administrator.send_form(PAGE, accept=one)
    nadia = directory.person("nadia@council.example")
    assert nadia is not None
    assert nadia["line_manager_id"] == mo["id"]


async def test_what_is_the_same_by_now_is_no_difference(parts: Parts, directory: Directory, store: Store) -> None:
    directory.state("ade@council.example", name="Ade Bello-Cole")
    assert parts.units is not None
    with store.transaction() as session:
        values = {"name": "Ade Bello-Cole", "email": "ade@council.example"}
        at_once.do(parts.units.unit(session), kinds.staff(one_person.row(values), allow_vacant=True))
    assert directory.differing() == {}


async def test_nobody_elses_address_or_number_is_taken(administrator: Browser, directory: Directory) -> None:
    directory.state("ade@council.example", email="ade@council.example")
    directory.state("ade@council.example", email="bea@council.example")
    directory.state("admin.ade@council.example", name="Ade Admin", email="")
    for one, said in zip(
        numbers((await administrator.open(PAGE)).text, "accept"), ("of Bea Cole here", "no e-mail address"), strict=True
    ):
        page = await administrator.send_form(PAGE, accept=one)
        assert page.status_code == 422
        assert said in page.text
    assert directory.person("ade@council.example") is not None
    assert len(directory.differing()) == 2
    both = numbers(page.text, "shown")
    assert (await administrator.send_form(PAGE, shown=both, all="accept")).status_code == 422
    assert len(directory.differing()) == 2


async def test_two_accounts_with_one_number_are_not_one_person(directory: Directory, store: Store) -> None:
    directory.state("ade@council.example", email="ade@council.example")
    with store.transaction() as session:
        session.get_one(Person, world.ADE).employee_id = "A1"
    directory.state("adm-ade@council.example", name="Ade (admin)", email="adm@council.example", employee_id="A1")
    assert directory.differing().keys() == {"person"}


async def test_whoever_left_here_and_works_there_is_asked_about(administrator: Browser, directory: Directory) -> None:
    directory.state("gil@council.example", name="Gilbert Gone")
    assert directory.differing() == {"active": ("No, has left", "Yes")}
    [one] = numbers((await administrator.open(PAGE)).text, "accept")
    await administrator.send_form(PAGE, accept=one)
    gil = directory.person("gil@council.example")
    assert gil is not None
    assert (gil["active"], gil["name"]) == (True, "Gil Gone")
    assert directory.differing().keys() == {"name"}


async def test_a_leaver_is_planned_as_an_import_of_one(
    administrator: Browser, parts: Parts, directory: Directory, store: Store
) -> None:
    directory.state("bea@council.example", name="Beatrice Cole")
    directory.state("bea@council.example", name="Beatrice Cole", active=False)
    assert directory.differing() == {"active": ("Yes", "No, has left")}
    assert parts.units is not None
    with store.transaction() as session:
        unit = parts.units.unit(session)
        user = session.exec(select(DirectoryUser)).one()
        plan = from_directory.left(unit, user)
        assert plan is not None
        at_once.do(unit, plan)
        assert from_directory.left(unit, user) is None
    bea = directory.person("bea@council.example")
    assert bea is not None
    assert not bea["active"]


async def test_who_has_left_is_decided_one_by_one(administrator: Browser, directory: Directory) -> None:
    directory.state("ade@council.example", name="Ade Bello-Cole")
    assert "Accept all 1 shown" in (await administrator.open(PAGE)).text
    directory.state("bea@council.example", active=False)
    page = (await administrator.open(PAGE)).text
    assert "Accept all 1 but those who have left" in page
    assert (len(numbers(page, "accept")), len(numbers(page, "shown"))) == (2, 1)
    await administrator.send_form(PAGE, all="accept", shown=numbers(page, "shown")[0])
    assert directory.differing() == {"active": ("Yes", "No, has left")}
    left = (await administrator.open(PAGE)).text
    assert "Accept all" not in left
    assert "Accepted: 1 difference." in (await administrator.send_form(PAGE, accept=numbers(left, "accept")[0])).text
    bea = directory.person("bea@council.example")
    assert bea is not None
    assert not bea["active"]


async def test_what_is_to_do_says_what_waits_and_who_has_left(administrator: Browser, directory: Directory) -> None:
    first = "/administration"
    assert "wait" not in (await administrator.open(first)).text.partition("Must be done")[2].partition("<details")[0]
    directory.state("ade@council.example", name="Ade Bello-Cole")
    page = (await administrator.open(first)).text
    assert "1 difference waits to be decided, on the page Directory." in page.partition("To look at")[2]
    directory.state("bea@council.example", active=False)
    must = (await administrator.open(first)).text.partition("Must be done")[2].partition("To look at")[0]
    assert "2 differences wait to be decided, on the page Directory. 1 person has left there and not here" in must


async def test_many_are_shown_page_by_page(administrator: Browser, directory: Directory) -> None:
    for number in range(51):
        directory.state(f"p{number}@council.example", name=f"Person {number}", email=f"p{number}@council.example")
    first, second = (await administrator.open(PAGE)).text, (await administrator.open(f"{PAGE}?page=2")).text
    assert len(numbers(first, "shown")) == 50
    assert "51 differences, page 1 of 2" in first
    assert len(numbers(second, "shown")) == 1


async def test_nobody_else_decides(ade: Browser, directory: Directory) -> None:
    directory.state("bea@council.example", name="Beatrice Cole")
    assert (await ade.get(PAGE)).status_code == 403
    await ade.open("/inbox")
    assert (await ade.send_form(PAGE, accept="1")).status_code == 403
    assert directory.differing().keys() == {"name"}


async def test_a_form_that_says_nothing_changes_nothing(administrator: Browser, directory: Directory) -> None:
    directory.state("bea@council.example", name="Beatrice Cole")
    await administrator.open(PAGE)
    for given in ({}, {"all": "accept"}, {"accept": "x"}, {"all": "accept", "shown": ["1"] * 51}):
        assert (await administrator.send_form(PAGE, **given)).status_code == 422
    assert directory.differing().keys() == {"name"}
