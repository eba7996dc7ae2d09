"""What programs write goes the way of a file or a form: the same checks, alerts and log; done once for each key."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from qabot.models import Absence, ApiReply, Audit, Case, Deadline, Event, Person
from qabot.web.api import callers
from qabot.web.app import create_app
from qabot.workflows.access import tokens
from qabot.workflows.core import moments, own_form
from qabot.workflows.core.unit import Unit
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.waiting import LONG
from tests.support.world import World
from tests.unit.web import world as web
from tests.unit.web.api.conftest import Program, places, wrong

__all__ = ["postgres_server", "postgres_url"]
WRITES = [each for each in tokens.SCOPES if each.endswith(":write")]


@dataclass
class Council:
    """A council at work, whose QA service has made a token for a program."""

    world: World
    app: Any

    def program(self, *scopes: str, name: str = "case-system") -> Program:
        with self.world.nodes[0].store.transaction() as session:
            unit = self.world.nodes[0].desk.unit(session)
            text = tokens.new(unit, name, scopes, 30, person_id=self.world.ids["quinn"])
        transport = httpx.ASGITransport(self.app)
        return Program(transport=transport, base_url=f"{web.BASE}/api/v1", headers={"authorization": f"Bearer {text}"})


@pytest.fixture
async def council() -> AsyncIterator[Council]:
    world = await World.start()
    world.change("quinn", administrator=True)
    yield Council(world, create_app(web.parts(world.nodes[0].store, clock=world.clock)))
    world.close()


def one(reference: str = "7101003", **more: Any) -> dict[str, Any]:
    """Work about a case of Beckton that Cyrus has looked at."""
    given = {
        "activity": "practice-learning-review",
        "cycle": "2026-10-01",
        "auditor": "cyrus@council.example",
        "case_reference": reference,
        "practitioner": "ben@council.example",
        "team": "Beckton",
    }
    return {**given, **more}


async def test_a_token_that_reads_cannot_write(council: Council) -> None:
    reader = council.program(*(each for each in tokens.SCOPES if each.endswith(":read")))
    for path, body in (
        ("/audits", {"audits": [one()]}),
        ("/cases", {"cases": [{"reference": "7101003", "team": "Beckton"}]}),
        ("/people", {"people": [{"name": "Nia Hall", "email": "nia@council.example"}]}),
        ("/absences", {"person": "ben@council.example", "from_on": "2026-12-01", "to_on": "2026-12-02"}),
        ("/audits/QA-1001/grades", {"answers": {}}),
        ("/actions/x/done", {}),
        ("/actions/x/new-date", {"new_date": "2026-12-01"}),
    ):
        assert ":write" in wrong(await reader.post(path, json=body), 403)["detail"]
    wrong(await reader.delete("/absences/1"), 403)
    assert council.world.all(Audit) == []
    assert council.world.events("api-written") == []


async def test_an_alert_is_raised_although_a_duty_beside_it_cannot_be_opened(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    consider, asked = moments.consider, []

    def breaks(unit: Unit, name: str, *rest: Any, **more: Any) -> list[Deadline]:
        opened = consider(unit, name, *rest, **more)
        if name != "alert":
            asked.append(name)
            raise ZeroDivisionError("of an odd framework")
        return opened

    program = council.program("audits:write")
    audit = await council.world.audit("cyrus")
    monkeypatch.setattr(moments, "consider", breaks)
    grades = {"answers": {"manager-overall": "red"}, "actions": True, "immediate_concerns": False}
    done = await program.post(f"/audits/{audit.reference}/grades", json=grades)
    assert done.status_code == 200, done.text
    monkeypatch.undo()
    await council.world.tick()
    assert "red-alert" in council.world.messages("mina")
    assert {each.detail["duty"] for each in council.world.events("duty-failed")} == set(asked)
    assert asked


async def test_grades_that_a_program_sends_raise_the_alert_that_a_form_would(council: Council) -> None:
    program = council.program("audits:write", "audits:read")
    graded = one(submitted_on="2026-11-23", answers={"manager-overall": "red"})
    taken = await program.post("/audits", json={"audits": [graded, one("7101004")]})
    assert taken.status_code == 200, taken.text
    [first, second] = taken.json()["references"]
    await council.world.tick()
    assert "red-alert" in council.world.messages("mina")
    again = (await program.post("/audits", json={"audits": [graded, one("7101004")]})).json()
    assert (again["added"], again["changed"], again["references"]) == (0, 0, [])

    grades = {"answers": {"manager-overall": "red"}, "actions": True, "immediate_concerns": True}
    done = await program.post(f"/audits/{second}/grades", json=grades)
    assert done.status_code == 200, done.text
    await council.world.tick()
    alerts = council.world.all(Deadline, col(Deadline.kind) == "alert")
    rows = {each.id: each for each in council.world.all(Audit)}
    assert {rows[each.subject_id].reference for each in alerts} == {first, second}
    submitted = council.world.events("audit-submitted")
    assert {each.actor_id for each in submitted} == {council.world.ids["cyrus"]}
    assert [each.detail["token"] for each in council.world.events("api-written")] == ["case-system"] * 3
    same = await program.post(f"/audits/{second}/grades", json=grades)
    assert "already in" in same.json()["said"]
    other = {**grades, "answers": {"manager-overall": "green"}}
    assert "were in already" in wrong(await program.post(f"/audits/{second}/grades", json=other), 409)["detail"]
    wrong(await program.post("/audits/QA-9999/grades", json=grades), 404)


async def test_a_concern_that_nobody_would_hear_of_is_refused_and_not_left_out(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = await council.world.audit("cyrus")
    # As by a file in which nothing opens on an immediate concern.
    monkeypatch.setattr(own_form, "hears_concern", lambda framework, activity: False)
    program = council.program("audits:write")
    grades = {"answers": {"manager-overall": "green"}, "actions": False, "immediate_concerns": True}
    problem = wrong(await program.post(f"/audits/{audit.reference}/grades", json=grades), 400)
    assert places(problem) == ["/immediate_concerns"]
    assert council.world.framework.council.duty_line in problem["errors"][0]["what"]
    assert council.world.events("audit-submitted") == []
    quiet = await program.post(f"/audits/{audit.reference}/grades", json={**grades, "immediate_concerns": False})
    assert quiet.status_code == 200, quiet.text


async def test_what_a_form_would_refuse_is_refused_with_its_place_and_nothing_is_done(council: Council) -> None:
    program = council.program(*WRITES)
    rows = [one(), one("943 476 5919"), one("7101005", auditor="nobody@council.example")]
    problem = wrong(await program.post("/audits", json={"audits": rows}), 400)
    assert {"/audits/1/case_reference", "/audits/2/auditor"} <= set(places(problem))
    assert "943" not in str(problem)
    wrong(await program.post("/audits", json={"audits": [one(answers={"of-the-child": "x"})]}), 400)
    cases = [{"reference": "7101003", "team": "Beckton"}, {"reference": "7101004", "open": False}]
    differ = wrong(await program.post("/cases", json={"cases": cases}), 400)
    assert "same fields" in str(differ)
    problem = wrong(await program.post("/cases", json={"cases": [{"reference": "7101003", "team": "Nowhere"}]}), 400)
    assert places(problem) == ["/cases/0/team"]
    away = {"person": "ben@council.example", "from_on": "2026-12-02", "to_on": "2026-12-01"}
    assert places(wrong(await program.post("/absences", json=away), 400)) == ["/to_on"]
    assert places(wrong(await program.post("/absences", json={**away, "person": "who"}), 400)) == ["/person"]
    assert council.world.all(Audit) == []
    audit = await council.world.audit("cyrus")
    problem = wrong(await program.post(f"/audits/{audit.reference}/grades", json={"answers": {}, "actions": True}), 400)
    assert places(problem) == ["/answers/manager-overall"]
    no_json = await program.post("/cases", content=b"{", headers={"content-type": "application/json"})
    wrong(no_json, 422)


async def test_cases_and_people_are_changed_as_files_change_them(council: Council) -> None:
    program = council.program(*WRITES)
    given = {"cases": [{"reference": "7100000", "open": False}, {"reference": "7100001", "open": False}]}
    closed = (await program.post("/cases", json=given)).json()
    assert (closed["added"], closed["changed"]) == (0, 2)
    assert [each.reference for each in council.world.all(Case, col(Case.open).is_(False))] == ["7100000", "7100001"]
    new = {"name": "Nia Hall", "email": "nia@council.example", "team": "Beckton", "roles": ["practice-lead@Beckton"]}
    assert (await program.post("/people", json={"people": [new]})).json()["added"] >= 1
    assert council.world.all(Person)[-1].email == "nia@council.example"
    # Nobody becomes an administrator by a program, nor through a column that the description does not have.
    wrong(await program.post("/people", json={"people": [{**new, "administrator": True}]}), 422)
    assert not council.world.all(Person)[-1].administrator


async def test_absences_come_and_end(council: Council) -> None:
    program = council.program("absences:write")
    away = {"person": "ben@council.example", "from_on": "2026-12-01", "to_on": "2026-12-04"}
    said = (await program.post("/absences", json={**away, "deputy": "bea@council.example"})).json()["said"]
    assert "Ben Ashby is away from 1 December 2026 to 4 December 2026" in said
    [row] = council.world.all(Absence)
    assert row.deputy_id == council.world.ids["bea"]
    assert "Known already" in str(wrong(await program.post("/absences", json=away), 400))
    assert (await program.delete(f"/absences/{row.id}")).status_code == 200
    assert council.world.all(Absence) == []
    wrong(await program.delete(f"/absences/{row.id}"), 404)


async def test_actions_are_put_off_and_done_on_their_owners_word(council: Council) -> None:
    program = council.program("actions:write", "actions:read")
    world = council.world
    await world.graded("green")
    await world.forward("10 days")
    [action] = (await program.ask("/actions"))["items"]
    later = await program.post(f"/actions/{action['id']}/new-date", json={"new_date": "2027-01-15"})
    assert later.status_code == 200, later.text
    [action] = (await program.ask("/actions"))["items"]
    assert (action["state"], action["due"]) == ("new-date", "2027-01-15")
    done = await program.post(f"/actions/{action['id']}/done", json={})
    assert done.status_code == 200, done.text
    assert (await program.ask("/actions"))["items"] == []
    wrong(await program.post(f"/actions/{action['id']}/done", json={}), 404)
    [met] = world.all(Deadline, col(Deadline.token) == action["id"])
    assert (met.state, met.closed_by_id) == ("met", met.owner_id)


async def test_the_same_key_is_done_once_and_another_body_with_it_is_refused(council: Council) -> None:
    program, other = council.program(*WRITES), council.program(*WRITES, name="other")
    key = {"Idempotency-Key": "night-2026-11-23"}
    body = {"audits": [one()]}
    first = await program.post("/audits", json=body, headers=key)
    again = await program.post("/audits", json=body, headers=key)
    assert first.json()["added"] == 1
    assert again.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    problem = wrong(await program.post("/audits", json={"audits": [one("7101009")]}, headers=key), 422)
    assert places(problem) == ["Idempotency-Key"]
    assert wrong(await program.post("/cases", json={"cases": [{"reference": "7100000"}]}, headers=key), 422)
    # Another program's key of the same name is another key.
    assert (await other.post("/audits", json=body, headers=key)).json()["added"] == 0
    assert len(council.world.all(Audit)) == 1
    # What was refused is not kept: put right, it is done under the same key.
    wrong_first = {"cases": [{"reference": "7100000", "team": "Nowhere"}]}
    wrong(await program.post("/cases", json=wrong_first, headers={"Idempotency-Key": "b"}), 400)
    right = {"cases": [{"reference": "7100000", "team": "Beckton"}]}
    assert (await program.post("/cases", json=right, headers={"Idempotency-Key": "b"})).json()["changed"] == 1
    await council.world.jump("2026-11-27 10:00")
    await program.post("/cases", json=right, headers={"Idempotency-Key": "c"})
    assert [each.key for each in council.world.all(ApiReply)] == ["c"]


async def test_two_at_once_with_one_key_are_one(tmp_path: Path) -> None:
    """SQLite has one writer, so the second finds what the first was answered."""
    world = await World.start(tmp_path, inline=False)
    await two_at_once(world)
    world.close()


@pytest.mark.postgres
async def test_two_at_once_with_one_key_are_one_on_a_server(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have looked, and found no answer to the key, before either has written one."""
    both, looked, before = Barrier(2), count(), callers._before

    def look(unit: Unit, token_id: int, sending: callers.Sending) -> dict[str, Any] | None:
        found = before(unit, token_id, sending)
        if next(looked) < 2:
            both.wait(timeout=LONG)
        return found

    monkeypatch.setattr(callers, "_before", look)
    world = await World.start(url=postgres_url, inline=False)
    await two_at_once(world)
    assert next(looked) == 3, "whoever came second has looked once more"
    world.close()


async def two_at_once(world: World) -> None:
    world.change("quinn", administrator=True)
    council = Council(world, create_app(web.parts(world.nodes[0].store, clock=world.clock)))
    program = council.program(*WRITES)
    sent = [program.post("/audits", json={"audits": [one()]}, headers={"Idempotency-Key": "a"}) for _ in range(2)]
    answers = await asyncio.gather(*sent)
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert sorted("idempotency-replayed" in each.headers for each in answers) == [False, True]
    with world.nodes[0].store.transaction() as session:
        assert len(session.exec(select(Audit)).all()) == 1
        assert len(session.exec(select(Event).where(Event.what == "api-written")).all()) == 1
