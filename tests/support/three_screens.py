"""What somebody of the mixed council has on their own screen, whichever it is, and pressing a button there."""

from tests.support.mixed import IN_SLACK, IN_TEAMS, MixedCouncil
from tests.support.pages import Page, PageForm
from tests.support.slack import named
from tests.support.slack.council import user


async def seen(council: MixedCouncil, person: str) -> str:
    """All that stands on somebody's screen: in Slack, in Teams, or on the cards of the web inbox."""
    if person == IN_SLACK:
        return "\n".join(each.words() for each in council.slack.to(user(IN_SLACK)))
    if person == IN_TEAMS:
        return council.clients.see(council.mina)
    return "\n".join(each.words for each in (await _cards(council, person))[1:])


async def press(council: MixedCouncil, person: str, action: str, label: str) -> None:
    """Somebody presses a button that says this, on the only card that has it."""
    if person == IN_SLACK:
        cards = council.slack.to(user(IN_SLACK))
        [card] = [each for each in cards if action in named(each.blocks) and label in str(each.blocks)]
        await council.slack.click(user(IN_SLACK), action, message=card)
    elif person == IN_TEAMS:
        await council.clients.press(council.mina, label)
    else:
        button = await _in_web(council, person, label)
        await council.web._send(person, button.action, dict(button.values))
    await council.forward()


async def _cards(council: MixedCouncil, person: str) -> list[Page]:
    """The inbox, and the page of each of its cards. Whoever was signed in half a day ago signs in once more."""
    if person in council.web.browsers and "Sign in" in (await council.web.open(person, "/inbox")).words:
        await council.web.browsers.pop(person).aclose()
    inbox = await council.web.open(person, "/inbox")
    return [inbox, *[await council.page(person, f"/n/{each.token}") for each in inbox.cards]]


async def _in_web(council: MixedCouncil, person: str, label: str) -> PageForm:
    """The button in the list of the inbox, or on the page of one of its cards."""
    return next(each for page in await _cards(council, person) for each in page.forms if each.button == label)
