"""SCIM as Entra ID speaks it: what it states waits to be accepted, whoever leaves has left at once."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from sqlmodel import select

from qabot.errors import BadRequest
from qabot.imports import at_once, from_directory
from qabot.models import Difference, DirectoryUser, Person, Store
from qabot.web.app import create_app
from qabot.web.ports import Parts
from qabot.web.scim.door import PATH
from qabot.workflows.access import tokens
from qabot.workflows.access.tokens import PROVISIONING
from qabot.workflows.people import differences
from tests.unit.web.conftest import events
from tests.unit.web.world import ADE, BEA, QUINN

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
MANAGER = f"{ENTERPRISE}:manager"
TYPE = {"content-type": "application/scim+json"}
User = dict[str, Any]
NewDirectory = Callable[..., "Directory"]


class Directory(httpx.AsyncClient):
    """A directory that provisions."""

    async def make(self, name: str, /, **more: Any) -> User:
        """A user that was created, as Entra ID does."""
        given = {
            "schemas": [CORE, ENTERPRISE],
            "userName": name,
            "externalId": f"id-{name}",
            "active": True,
            "emails": [{"primary": True, "type": "work", "value": name}],
            "meta": {"resourceType": "User"},
            **more,
        }
        made = await self.post("/Users", json=given, headers=TYPE)
        assert made.status_code == 201, made.text
        user: User = made.json()
        assert made.headers["location"].endswith(f"{PATH}/Users/{user['id']}")
        return user

    async def change(self, user: User, *operations: dict[str, Any]) -> httpx.Response:
        body = {"schemas": [PATCH], "Operations": list(operations)}
        return await self.patch(f"/Users/{user['id']}", json=body, headers=TYPE)

    async def find(self, **query: Any) -> list[User]:
        found = await self.get("/Users", params=query)
        assert found.status_code == 200, found.text
        body = found.json()
        assert body["totalResults"] >= len(body.get("Resources", ()))
        return list(body.get("Resources", ()))


def error(found: httpx.Response, status: int) -> dict[str, Any]:
    """An error in SCIM's form."""
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/scim+json"
    body: dict[str, Any] = found.json()
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    return body


@pytest.fixture
async def new_directory(parts: Parts, store: Store) -> AsyncIterator[NewDirectory]:
    made: list[Directory] = []
    app = create_app(parts)
    with store.transaction() as session:
        session.get_one(Person, QUINN).administrator = True

    def make(*scopes: str, name: str = "entra") -> Directory:
        assert parts.units is not None
        with store.transaction() as session:
            text = tokens.new(parts.units.unit(session), name, scopes, 30, person_id=QUINN)
        base, headers = f"{parts.settings.base_url}{PATH}", {"authorization": f"Bearer {text}"}
        made.append(Directory(transport=httpx.ASGITransport(app), base_url=base, headers=headers))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


@pytest.fixture
def entra(new_directory: NewDirectory) -> Directory:
    return new_directory(PROVISIONING)


def differing(store: Store) -> dict[tuple[str, str], tuple[str, str]]:
    with store.transaction() as session:
        query = select(Difference, DirectoryUser).where(Difference.user_id == DirectoryUser.id)
        return {(user.user_name, row.field): (row.known, row.stated) for row, user in session.exec(query)}


def person(store: Store, number: int) -> Person:
    with store.transaction() as session:
        found = session.get_one(Person, number)
        session.expunge(found)
        return found


async def test_what_is_stated_is_read_back_and_nobody_is_changed(entra: Directory, store: Store) -> None:
    user = await entra.make(
        "Ade@Council.example",
        displayName="Ade Bello-Cole",
        name={"formatted": "Ade B", "familyName": "Bello-Cole", "givenName": "Ade"},
        phoneNumbers=[{"type": "work", "value": "020 7946 0000"}],
        **{ENTERPRISE: {"employeeNumber": "A7", "department": "Maple"}},
    )
    assert (await entra.get(f"/Users/{user['id']}")).json() == user
    assert user["userName"] == "Ade@Council.example"
    assert user[ENTERPRISE]["employeeNumber"] == "A7"
    assert "phoneNumbers" not in user
    ade = "ade@council.example"
    assert differing(store) == {(ade, "name"): ("Ade Bello", "Ade Bello-Cole"), (ade, "employee_id"): ("", "A7")}
    assert (person(store, ADE).name, person(store, ADE).employee_id) == ("Ade Bello", None)
    assert [each.detail["scope"] for each in events(store, "api-written")] == [PROVISIONING]
    assert [each.detail["scope"] for each in events(store, "api-read")] == [PROVISIONING]


async def test_users_are_found_by_name_and_by_id(entra: Directory) -> None:
    ade, bea = [await entra.make(f"{each}@council.example") for each in ("ade", "bea")]
    assert await entra.find(filter='userName eq "ADE@council.example"') == [ade]
    assert await entra.find(filter='externalId eq "id-bea@council.example"') == [bea]
    assert await entra.find(filter='externalId eq "ID-BEA@council.example"') == []
    assert await entra.find(filter='emails[type eq "work" and value co "bea"]') == [bea]
    assert await entra.find(filter="userName pr", startIndex=2, count=1) == [bea]
    assert await entra.find() == [ade, bea]
    assert await entra.find(count=0) == []
    assert error(await entra.get("/Users", params={"filter": "userName eq"}), 400)["scimType"] == "invalidFilter"


async def test_changes_come_as_entra_sends_them(entra: Directory, store: Store) -> None:
    boss, user = await entra.make("bea@council.example"), await entra.make("ade@council.example")
    for each in (
        {"op": "Add", "path": MANAGER, "value": boss["id"]},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "ade.bello@council.example"},
        {"op": "Add", "path": "name.familyName", "value": "Bello"},
        {"op": "Replace", "value": {"displayName": "Ade B. Bello", f"{ENTERPRISE}:employeeNumber": "A7"}},
        {"op": "Add", "path": "nickName", "value": "Addy"},
    ):
        assert (await entra.change(user, each)).status_code in (200, 204), each
    now = (await entra.get(f"/Users/{user['id']}")).json()
    assert now[ENTERPRISE]["manager"] == {"value": boss["id"]}
    assert "nickName" not in now
    ade = "ade@council.example"
    assert differing(store) == {
        (ade, "line_manager"): ("", "bea@council.example"),
        (ade, "email"): (ade, "ade.bello@council.example"),
        (ade, "name"): ("Ade Bello", "Ade B. Bello"),
        (ade, "employee_id"): ("", "A7"),
    }
    assert (await entra.change(user, {"op": "Replace", "path": MANAGER, "value": ""})).status_code in (200, 204)
    assert (ade, "line_manager") not in differing(store)
    whole = {"schemas": [CORE, ENTERPRISE], "userName": ade, ENTERPRISE: {"manager": boss["id"]}}
    assert (await entra.put(f"/Users/{user['id']}", json=whole, headers=TYPE)).status_code == 200
    assert differing(store) == {(ade, "line_manager"): ("", "bea@council.example")}


@pytest.mark.parametrize("how", ["patch", "whole", "delete"])
async def test_whoever_leaves_has_left_at_once(how: str, entra: Directory, store: Store) -> None:
    user = await entra.make("bea@council.example", displayName="Beatrice Cole")
    if how == "patch":
        await entra.change(user, {"op": "Replace", "path": "active", "value": "False"})
    elif how == "whole":
        await entra.put(f"/Users/{user['id']}", json={**user, "active": False}, headers=TYPE)
    else:
        assert (await entra.delete(f"/Users/{user['id']}")).status_code == 204
        error(await entra.get(f"/Users/{user['id']}"), 404)
    assert not person(store, BEA).active
    assert differing(store) == {}
    assert [(each.actor_id, each.subject_id) for each in events(store, "left-by-directory")] == [(QUINN, BEA)]
    if how == "patch":
        await entra.change(user, {"op": "Replace", "path": "active", "value": "True"})
        assert not person(store, BEA).active
        assert differing(store) == {("bea@council.example", "active"): ("No, has left", "Yes")}


async def test_the_last_administrator_does_not_leave_this_way(entra: Directory, store: Store) -> None:
    user = await entra.make("quinn@council.example")
    told = error(await entra.change(user, {"op": "replace", "path": "active", "value": False}), 409)
    assert "Nobody would be an administrator any more" in told["detail"]
    assert person(store, QUINN).active
    assert (await entra.get(f"/Users/{user['id']}")).json()["active"] is True


async def test_what_is_wrong_is_an_error_of_scims_form(entra: Directory, new_directory: NewDirectory) -> None:
    from qabot.web.scim.app import LARGEST

    user = await entra.make("ade@council.example")
    twice = {"schemas": [CORE], "userName": "ADE@council.example"}
    assert error(await entra.post("/Users", json=twice, headers=TYPE), 409)["scimType"] == "uniqueness"
    error(await entra.post("/Users", json={"schemas": [CORE]}, headers=TYPE), 400)
    error(await entra.post("/Users", content=b"{", headers=TYPE), 400)
    error(await entra.post("/Users", content=b"<user/>", headers={"content-type": "text/xml"}), 415)
    error(await entra.post("/Users", content=b" " * (LARGEST + 1), headers=TYPE), 413)
    error(await entra.change(user, {"op": "Turn", "path": "active", "value": True}), 400)
    error(await entra.get("/Users/nobody"), 404)
    error(await entra.get("/Groups"), 404)
    error(await entra.put("/Users", json={}, headers=TYPE), 405)
    error(await new_directory("people:write", name="hr").get("/Users"), 403)
    stranger = await entra.get("/Users", headers={"authorization": "Bearer qabot_x"})
    assert error(stranger, 401)
    assert stranger.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("way", ["not active", "taken out"])
async def test_after_many_leavers_in_a_day_the_rest_wait_for_somebody(
    way: str, entra: Directory, parts: Parts, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "FEWEST", 1)
    ade, bea = await entra.make("ade@council.example"), await entra.make("bea@council.example")
    await entra.delete(f"/Users/{ade['id']}")
    assert not person(store, ADE).active

    async def leave() -> None:
        if way == "taken out":
            assert (await entra.delete(f"/Users/{bea['id']}")).status_code == 204
        else:
            await entra.change(bea, {"op": "Replace", "path": "active", "value": "False"})

    await leave()
    assert person(store, BEA).active
    assert differing(store) == {("bea@council.example", "active"): ("Yes", "No, has left")}
    [found] = events(store, "difference-found")[-1:]
    assert found.subject_id == BEA
    await leave()
    assert person(store, BEA).active
    assert len(events(store, "left-by-directory")) == 1

    assert parts.units is not None
    with store.transaction() as session:
        unit = parts.units.unit(session)
        row = session.exec(select(Difference)).one()
        at_once.do(unit, from_directory.accepted(unit, differences.chosen(unit, [differences.named(row)])))
    assert not person(store, BEA).active
    assert differing(store) == {}


async def test_what_is_refused_before_it_is_read_is_of_its_form_too(entra: Directory, parts: Parts) -> None:
    error(await entra.get("/Users", params={"filter": f'userName eq "{"a" * 60_000}"'}), 414)

    def full(_: object) -> None:
        raise BadRequest("That is more than qabot takes at a time: 300 in a minute.")

    object.__setattr__(parts, "count_call", full)
    answer = await entra.get("/ServiceProviderConfig")
    assert "300 in a minute" in error(answer, 429)["detail"]
    assert int(answer.headers["retry-after"]) > 0


async def test_it_says_what_it_can_do(entra: Directory) -> None:
    able = (await entra.get("/ServiceProviderConfig")).json()
    assert [able[each]["supported"] for each in ("patch", "filter", "bulk", "sort", "etag")] == [True, True] + [
        False
    ] * 3
    [kind] = (await entra.get("/ResourceTypes")).json()["Resources"]
    assert (kind["endpoint"], kind["schema"]) == ("/Users", CORE)
    schemas = {each["id"]: each for each in (await entra.get("/Schemas")).json()["Resources"]}
    assert schemas.keys() == {CORE, ENTERPRISE}
    kept = {each["name"] for each in schemas[CORE]["attributes"]}
    assert kept == {"userName", "name", "displayName", "active", "emails"}
