"""One person's hands on whatever platform they have: the button with these words, and the form behind it."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.mixed import IN_SLACK, MixedCouncil
from tests.support.slack.council import user
from tests.support.slack.elements import elements
from tests.support.slack.records import Message
from tests.support.teams.cards import parts


async def press(
    council: MixedCouncil, person: str, label: str, answers: Mapping[str, str] | None = None, *, send: str = "Send"
) -> str:
    """Press the newest button with these words; with `answers` fill in the form that opens and `send` it.

    What stands on the screen of whoever has the web inbox or Teams then, and in Slack the errors of the form.
    """
    match person:
        case "hanif":
            said = await _in_slack(council, label, answers)
        case "mina":
            said = await _in_teams(council, label, answers, send)
        case _:
            said = await _in_web(council, person, label, answers)
    await council.forward()
    return said


async def screen(council: MixedCouncil, person: str) -> str:
    """All that somebody sees of qabot's messages."""
    match person:
        case "hanif":
            return "\n".join(each.words() for each in council.slack.to(user(IN_SLACK)))
        case "mina":
            return council.clients.see(council.mina)
    return "\n".join(await council.web.screen(person))


async def sign_out(council: MixedCouncil, person: str) -> None:
    """Somebody closes their browser; a session ends overnight, and whoever comes back signs in anew."""
    if (browser := council.web.browsers.pop(person, None)) is not None:
        await browser.aclose()


async def _in_slack(council: MixedCouncil, label: str, answers: Mapping[str, str] | None) -> str:
    found = next(_buttons(council.slack.to(user(IN_SLACK)), label), None)
    assert found is not None, (
        f"there is no button {label!r} in {[each.words() for each in council.slack.to(user(IN_SLACK))]}"
    )
    message, button = found
    await council.slack.click(user(IN_SLACK), button["action_id"], message=message, value=button.get("value"))
    await council.forward()
    if answers is None:
        return ""
    given: dict[str, Any] = {name: value or None for name, value in answers.items()}
    sent = await council.slack.submit(user(IN_SLACK), **given)
    return str(sent.errors or "")


def _buttons(messages: list[Message], label: str) -> Iterator[tuple[Message, dict[str, Any]]]:
    for message in reversed(messages):
        for each in (item for block in message.blocks for item in elements(block)):
            if each.get("type") == "button" and each["text"]["text"] == label:
                yield message, each


async def _in_teams(council: MixedCouncil, label: str, answers: Mapping[str, str] | None, send: str) -> str:
    body = await council.clients.press(council.mina, label)
    if answers is not None:
        ids = [str(each["id"]) for each in parts(body["value"]) if "id" in each]
        given = {next(each for each in ids if each.endswith(f":{name}")): value for name, value in answers.items()}
        body = await council.clients.press(council.mina, send, given)
    return str(body["value"])


async def _in_web(council: MixedCouncil, person: str, label: str, answers: Mapping[str, str] | None) -> str:
    await sign_out(council, person)
    cards = [each.token for each in (await council.page(person, "/inbox")).cards]
    pages = [await council.page(person, f"/n/{token}") for token in cards]
    button = next((each for page in pages for each in page.forms if each.button == label), None)
    assert button is not None, f"{person} sees no button {label!r}: {[page.words for page in pages]}"
    said = await council.web._send(person, button.action, dict(button.values))
    return said if answers is None else await council.web.send(person, answers)
