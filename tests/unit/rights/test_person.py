"""All about one person in one file, with nobody else's name; and erased, nobody finds them again."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, SQLModel

from qabot.errors import BadRequest, NotFound
from qabot.framework import load
from qabot.models import (
    Account,
    Audit,
    Deadline,
    Event,
    LegalHold,
    Moment,
    Nomination,
    NoticeState,
    Person,
    RoleHolding,
)
from qabot.models.columns import table
from qabot.rights import erasing, exporting, finding, holds
from qabot.rights.kinds import KINDS, TABLES
from qabot.workflows.core.situation import people_changed
from tests.acceptance.test_giving_in_chats import file_check
from tests.support.small_council import PEOPLE
from tests.support.world import World

GOOD = {"difference": "The family came, said Sofia Brandt.", "seen_in": "Meeting", "seen_on": "2026-11-20"}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A red review of Cyrus's about Sofia's case, acknowledged by Mina; Ben praised Sofia, who asked for help."""
    world = await World.start()
    audit = await world.graded("red")
    await world.acknowledge("mina", audit)
    await world.away("sofia", "2026-12-01", "2026-12-04", deputy="ade")
    what = {"nominee": str(world.ids["sofia"]), "what": "She listened.", "no_child": True}
    await world.send_form("ben", "nominate", "", **what, **GOOD)
    own = await world.audit("sofia", team="beckton")
    await world.press("sofia", "more-time", own)
    await world.tick()
    yield world
    world.close()


def everything(session: Session, *, but: tuple[type[SQLModel], ...] = ()) -> str:
    """Every value of every row, as text."""
    models = [model for model in TABLES if model not in but]
    return "\n".join(str(tuple(row)) for model in models for row in session.execute(select(table(model))))


def exported(world: World, name: str) -> dict[str, Any]:
    with world.nodes[0].store.transaction() as session:
        person = finding.person_of(session, f"{name}@council.example")
        whole: dict[str, Any] = json.loads(exporting.export(session, world.framework, person, world.clock.now()))
        return whole


async def left(world: World, name: str) -> None:
    def leave(session: Session) -> None:
        person = session.get_one(Person, world.ids[name])
        person.active = False
        session.add(person)

    await world.nodes[0].store.run(leave)


def erase(world: World, name: str) -> erasing.Erasure:
    with world.nodes[0].store.transaction() as session:
        return erasing.erase(session, session.get_one(Person, world.ids[name]), world.clock.now())


def test_every_table_says_which_kind_of_data_it_holds() -> None:
    known = {table(model).name for model in TABLES}
    assert {each.name for each in SQLModel.metadata.sorted_tables} - {"alembic_version"} == known
    assert {kept.kind for kept in TABLES.values()} == set(KINDS)
    for model, kept in TABLES.items():
        assert {*kept.goes, *(kept.words or {})} <= {each.name for each in finding.people_columns(model)}


async def test_the_file_holds_all_about_somebody_and_no_other_name(world: World) -> None:
    whole = exported(world, "sofia")
    assert whole["about"]["name"] == "Sofia Brandt"
    data = whole["data"]
    assert {"audit", "nomination", "help_request", "absence", "notice", "event", "account"} <= set(data)
    [nomination] = data["nomination"]["rows"]
    assert nomination["what"] == "She listened."
    assert nomination["nominator"] == "[colleague]"
    assert {each["auditor"] for each in data["audit"]["rows"]} == {"the person", "[Practice Lead]"}
    text = json.dumps(whole)
    for key, member in PEOPLE.items():
        if key != "sofia":
            assert member.name not in text
            assert f"{key}@council.example" not in text


async def test_the_file_says_what_is_truly_not_in_it(world: World) -> None:
    said = " ".join(exported(world, "sofia")["not_in_this_file"])
    assert "An anonymous survey is linked to nobody" in said
    assert "survey_sheet" not in exported(world, "sofia")["data"]


async def test_erased_nobody_finds_them_in_any_table(world: World) -> None:
    def mention(session: Session) -> None:
        detail = {"who": ["Sofia Brandt"]}
        session.add(Event(at=world.clock.now(), what="noted-done", why="SOFIA BRANDT said so", detail=detail))

    await world.nodes[0].store.run(mention)
    await left(world, "sofia")
    await world.tick()
    with world.nodes[0].store.transaction() as session:
        before = everything(session)
        lines = len(session.execute(select(Event)).all())
    assert "Sofia Brandt" in before
    assert "U-sofia" in before
    erase(world, "sofia")
    with world.nodes[0].store.transaction() as session:
        after = everything(session).casefold()
        for each in ("sofia brandt", "sofia@council.example", "u-sofia", "she listened"):
            assert each not in after
        assert "mina sharpe" in after
        assert session.get_one(Person, world.ids["sofia"]).name == f"Former colleague {world.ids['sofia']}"
        assert len(session.execute(select(Event)).all()) == lines + 1
        ids = [row.practitioner_id for (row,) in session.execute(select(Audit)) if row.auditor_id == world.ids["cyrus"]]
        assert set(ids) == {world.ids["sofia"]}
    assert world.notices("sofia", state=NoticeState.planned.value) == []
    await world.forward("2 working days")
    assert world.events("failed") == []


async def test_no_process_goes_on_with_the_name_that_it_has_in_memory(world: World) -> None:
    """What it draws and writes from then on would hold it for good."""
    world.change("sofia", active=False)

    async def known() -> str:
        return await world.run(lambda unit: unit.directory.name(world.ids["sofia"]))

    assert await known() == "Sofia Brandt"
    planned = erase(world, "sofia")
    assert await known() == planned.becomes


async def test_who_stands_in_is_told_also_of_an_absence_with_the_number_of_one_that_was_erased(world: World) -> None:
    world.change("sofia", active=False)
    erase(world, "sofia")
    await world.away("ben", "2026-12-07", "2026-12-08", deputy="ade")
    named = world.notices("ade", message="deputy-named", subject_id=world.ids["ben"])
    assert [each.reason for each in named] == ["Named as the deputy of Ben Ashby"]


async def test_what_will_go_and_stay_is_listed_first_and_nothing_is_changed(world: World) -> None:
    await left(world, "sofia")
    with world.nodes[0].store.transaction() as session:
        before = everything(session)
        planned = erasing.plan(session, session.get_one(Person, world.ids["sofia"]))
        assert everything(session) == before
    goes, stays = ({each.what: each for each in lines} for lines in (planned.goes, planned.stays))
    assert goes["chat accounts"].count == 1
    assert goes["absences"].count == 1
    assert goes["of records of good practice: what, difference, case reference, nominee email"].count == 1
    assert stays["audits"].why == KINDS["audit-record"].why
    assert planned.refused == []


async def test_who_works_here_or_is_held_is_not_erased(world: World) -> None:
    with pytest.raises(BadRequest, match="still works here"):
        erase(world, "sofia")
    await left(world, "sofia")
    with world.nodes[0].store.transaction() as session:
        hold = holds.place(session, ("person", world.ids["sofia"]), "A complaint is open", world.clock.now())
        number = hold.id
    with pytest.raises(BadRequest, match="legal hold: A complaint is open"):
        erase(world, "sofia")
    with world.nodes[0].store.transaction() as session:
        holds.end(session, number, world.clock.now())
    assert erase(world, "sofia").name == "Sofia Brandt"
    assert [each.what for each in world.all(Event) if each.what.startswith("hold-")] == ["hold-placed", "hold-ended"]
    assert world.all(LegalHold)[0].ended_at is not None


async def test_a_namesake_keeps_their_name_and_the_list_says_so(world: World) -> None:
    with world.nodes[0].store.transaction() as session:
        session.add(Person(name="Sofia Brandt", email="sofia.b2@council.example"))
    await left(world, "sofia")
    planned = erase(world, "sofia")
    assert any("same name" in each.why for each in planned.stays)
    assert [each.name for each in world.all(Person)].count("Sofia Brandt") == 1
    assert not [each for each in world.all(Account) if each.external_id == "U-sofia"]
    assert [each.state for each in world.all(Nomination)] == ["withdrawn"]


async def test_whose_name_and_address_hold_another_ones_keeps_them(world: World) -> None:
    with world.nodes[0].store.transaction() as session:
        session.add(Person(name="Anna-Sofia Brandt", email="anna.sofia@council.example"))
        why = "Anna-Sofia Brandt asked, and Sofia Brandt did it"
        session.add(Event(at=world.clock.now(), what="noted-done", why=why))
        other_why = "anna.sofia@council.example said so"
        session.add(Event(at=world.clock.now(), what="noted-done", why=other_why))
    whole = json.dumps(exported(world, "sofia"))
    assert "[colleague] asked, and Sofia Brandt did it" in whole
    assert "said so" not in whole
    with world.nodes[0].store.transaction() as session:
        person = finding.person_of(session, "anna.sofia@council.example")
        assert person.name in exporting.export(session, world.framework, person, world.clock.now()).decode()
    await left(world, "sofia")
    erase(world, "sofia")
    found = [each for each in world.all(Person) if "Anna" in each.name]
    assert [(each.name, each.email) for each in found] == [("Anna-Sofia Brandt", "anna.sofia@council.example")]
    said = [each.why for each in world.all(Event) if each.what == "noted-done"]
    former = f"Former colleague {world.ids['sofia']}"
    assert said == [f"Anna-Sofia Brandt asked, and {former} did it", "anna.sofia@council.example said so"]


async def test_who_is_not_known_is_said(world: World) -> None:
    with world.nodes[0].store.transaction() as session, pytest.raises(NotFound, match="nobody@council"):
        finding.person_of(session, "nobody@council.example")


async def test_a_file_of_who_sent_a_record_names_nobody_from_outside(world: World) -> None:
    outside = {"nominee_email": "Hana.Visser@nhs.example", "what": "She listened.", "no_child": True}
    await world.send_form("ben", "nominate", "", **outside, **GOOD)
    whole = exported(world, "ben")
    assert len(whole["data"]["nomination"]["rows"]) == 2
    assert "hana.visser" not in json.dumps(whole).lower()


async def evaluated(folder: Path) -> World:
    """Mina checks the supervision that Ade gives; Sofia, who is asked about it, has answered."""
    world = await World.start(folder, framework=load("newham-whole", [Path("frameworks")]))
    with world.nodes[0].store.transaction() as session:
        session.add(RoleHolding(person_id=world.ids["sofia"], role="social-worker", team_id=world.ids["stratford"]))
        people_changed(session)
    await file_check(world, folder, "mina", "ade")
    await world.advance("2026-12-02 12:00")
    (asked,) = world.all(Deadline, Deadline.kind == "supervision-evaluation")
    assert (asked.practitioner_id, asked.owner_id) == (world.ids["ade"], world.ids["sofia"])
    card = next(each for each in world.notices("sofia") if each.message == "survey")
    for action in ("rate:1:4", "survey-send"):
        await world.press_token("sofia", action, card.token)
    assert world.all(Deadline, Deadline.kind == "supervision-evaluation")[0].state == "met"
    return world


async def test_no_file_says_who_answered_about_whom_it_is(tmp_path: Path) -> None:
    world = await evaluated(tmp_path)
    assert [each.name for each in world.all(Moment) if each.name.startswith("supervision-evaluation")]
    of_supervisor = exported(world, "ade")
    assert of_supervisor["data"]["audit"]["rows"], "that their supervision was looked at is theirs"
    assert "supervision-evaluation" not in json.dumps(of_supervisor)
    own = exported(world, "sofia")
    asked = [each for each in own["data"]["deadline"]["rows"] if each["kind"] == "supervision-evaluation"]
    assert [each["state"] for each in asked] == ["met"], "of themselves they may know it"


async def test_whoever_is_outside_the_list_has_a_copy_and_is_erased_by_their_address(world: World) -> None:
    address = "Hana.Visser@nhs.example"
    outside = {"nominee_email": address, "what": "Hana listened.", "no_child": True}
    await world.send_form("ben", "nominate", "", **outside, **GOOD)
    with world.nodes[0].store.transaction() as session:
        assert not finding.is_outside(session, "nobody@nhs.example")
        assert finding.is_outside(session, f" {address.upper()} ")
        whole = json.loads(exporting.export_outside(session, world.framework, address, world.clock.now()))
        (row,) = whole["data"]["nomination"]["rows"]
        assert (row["what"], row["nominator"]) == ("Hana listened.", "[colleague]")
        assert "Ben Ashby" not in json.dumps(whole)
        (line,) = erasing.plan_outside(session, address)
        assert line.count == 1
        erasing.erase_outside(session, address, world.clock.now())
        assert erasing.plan_outside(session, address) == []
    with world.nodes[0].store.transaction() as session:
        left = everything(session)
    assert "hana" not in left.lower()
    assert [each.state for each in world.all(Nomination) if each.nominee_id is None] == ["withdrawn"]
    assert not [each for each in world.all(Deadline) if each.subject_type == "nomination" and each.state == "open"]
