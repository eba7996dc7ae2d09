"""People's Teams clients: they install, write and press, and see what the bot's answers make of their chat."""

import asyncio
import itertools
from collections.abc import Callable, Collection
from typing import Any

import httpx
from starlette.types import ASGIApp

from tests.support.teams.cards import buttons, problems, shown
from tests.support.teams.connector import APP, Connector, Person
from tests.support.waiting import ended

CARD = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"

Working = Callable[[], Collection[asyncio.Task[Any]]]


class Clients:
    """Sends signed activities to the adapter's endpoint. An answer that real Teams would not take fails the test."""

    def __init__(self, connector: Connector, app: ASGIApp, working: Working) -> None:
        self.connector = connector
        self.working = working
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1")
        self._numbers = itertools.count(1)
        self.told: list[str] = []

    async def settled(self) -> None:
        """Wait until the adapter has done what follows its answers."""
        await ended(self.working)

    async def close(self) -> None:
        await self.http.aclose()

    def activity(self, person: Person, **changes: Any) -> dict[str, Any]:
        """An activity of this person's, as Teams sends it."""
        return {
            "type": "message",
            "id": f"activity-{next(self._numbers)}",
            "channelId": "msteams",
            "serviceUrl": self.connector.url,
            "from": {"id": person.id, "name": person.name, "aadObjectId": person.account},
            "recipient": {"id": f"28:{APP}", "name": "qabot"},
            "conversation": {"id": person.conversation, "conversationType": "personal", "tenantId": person.tenant},
            "channelData": {"tenant": {"id": person.tenant}},
            **changes,
        }

    async def post(self, activity: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        """Deliver an activity, signed unless `headers` say otherwise."""
        if headers is None:
            headers = {"Authorization": f"Bearer {self.connector.issuer.token(activity.get('serviceUrl', ''))}"}
        return await self.http.post("/", json=activity, headers=headers)

    async def deliver(self, activity: dict[str, Any]) -> Any:
        """Deliver it, expect success, and wait for what follows."""
        response = await self.post(activity)
        assert response.status_code == 200, (response.status_code, response.text)
        await self.settled()
        return response.json() if response.content else None

    async def install(self, person: Person) -> None:
        person.installed = True
        await self.deliver(self.activity(person, type="installationUpdate", action="add"))

    async def uninstall(self, person: Person) -> None:
        person.installed = False
        await self.deliver(self.activity(person, type="installationUpdate", action="remove"))

    async def say(self, person: Person, words: str) -> None:
        await self.deliver(self.activity(person, text=words))

    def see(self, person: Person) -> str:
        """What stands in somebody's chat."""
        said = self.connector.of(person)
        return "\n".join(
            shown(each["attachments"][0]["content"]) if each.get("attachments") else each["text"] for each in said
        )

    def last(self, person: Person) -> dict[str, Any]:
        return self.connector.of(person)[-1]

    def button(self, person: Person, label: str) -> tuple[dict[str, Any], str]:
        """The newest button with this label on somebody's screen, and its message's id."""
        for message in reversed(self.connector.of(person)):
            for attachment in message.get("attachments", []):
                if label in (found := buttons(attachment["content"])):
                    return found[label], message["id"]
        raise AssertionError(f"{person.name} sees no button {label!r}: {self.see(person)}")

    def press_activity(self, person: Person, label: str, inputs: dict[str, Any] | None = None) -> dict[str, Any]:
        """The invoke that pressing a button sends."""
        action, message = self.button(person, label)
        data = action["data"] | ((inputs or {}) if action["associatedInputs"] == "auto" else {})
        pressed = {"type": "Action.Execute", "verb": action.get("verb"), "data": data}
        value = {"action": pressed, "trigger": "manual"}
        return self.activity(person, type="invoke", name="adaptiveCard/action", value=value, replyToId=message)

    async def press(
        self, person: Person, label: str, inputs: dict[str, Any] | None = None, *, settle: bool = True
    ) -> dict[str, Any]:
        """Press a button. A card in the answer replaces the pressed one on this person's screen.

        Not to `settle` is for work that the test holds.
        """
        activity = self.press_activity(person, label, inputs)
        response = await self.post(activity)
        assert response.status_code == 200, (response.status_code, response.text)
        body: dict[str, Any] = response.json()
        assert body["statusCode"] == 200, body
        if body["type"] == CARD:
            assert not problems(body["value"]), problems(body["value"])
            held = next(each for each in self.connector.of(person) if each["id"] == activity["replyToId"])
            held["attachments"] = [{"contentType": CARD, "content": body["value"]}]
        else:
            assert body["type"] == MESSAGE, body
            self.told.append(body["value"])
        if settle:
            await self.settled()
        return body

    async def press_old(self, person: Person, label: str, inputs: dict[str, Any] | None = None) -> None:
        """Press it in a client that knows Action.Submit alone."""
        action, message = self.button(person, label)
        data = action["fallback"]["data"] | (inputs or {})
        await self.deliver(self.activity(person, value=data, replyToId=message))

    async def invoke(self, person: Person, name: str, value: dict[str, Any], **more: Any) -> Any:
        return await self.deliver(self.activity(person, type="invoke", name=name, value=value, **more))
