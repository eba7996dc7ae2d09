"""Good practice, from the nomination to the library: whoever it is about decides, and may change their mind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.framework.loader import load
from qabot.models import Deadline
from tests.support.web_platform import OnWeb, on_web

WHAT = "Explained the plan to everybody in plain words"
TAG = "Simple, respectful language"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    """Ben has nominated Sofia, with a tag and a case reference."""
    async with on_web(tmp_path, load(Path("frameworks/newham-whole.yaml"), [Path("frameworks")])) as platform:
        await nominate(platform)
        yield platform


async def nominate(web: OnWeb) -> str:
    """Ben nominates Sofia on the web; what he sees then."""
    world = web.world
    web.page = await web.open("ben", "/forms/nominate")
    form = web.page.questions
    form.fill(
        nominee=str(world.ids["sofia"]),
        seen_on=world.clock.now().date().isoformat(),
        what=WHAT,
        difference="They understood what comes next",
        seen_in="Meeting",
        case_reference="1234567",
        no_child=True,
        tags=[TAG],
    )
    return await web._send("ben", form.action, {**dict(form.values)})


def open_kinds(web: OnWeb) -> set[str]:
    return {
        each.kind
        for each in web.world.all(Deadline, col(Deadline.state) == "open", col(Deadline.subject_type) == "nomination")
    }


def due(web: OnWeb, kind: str) -> Deadline:
    (found,) = web.world.all(Deadline, col(Deadline.kind) == kind)
    return found


def card(web: OnWeb, message: str = "nomination-received") -> str:
    (found,) = [each for each in web.world.notices("sofia") if each.message == message]
    return found.token


async def library(web: OnWeb, person: str, query: str = "") -> str:
    return (await web.open(person, f"/good-practice{query}")).words


async def share(web: OnWeb, level: str) -> str:
    return await web.submit("sofia", "sharing", card(web), {"share": level})


async def let_in(web: OnWeb, level: str) -> None:
    """Sofia shares it, and the QA service has looked it over."""
    await share(web, level)
    await web.submit("quinn", "answer", due(web, "library-check").token, {"may-be-shared": "yes"})


async def test_it_is_owed_thanks_shared_looked_over_read_and_taken_back(web: OnWeb) -> None:
    assert open_kinds(web) == {"good-practice-shown", "thank-you", "sharing-decision"}
    owners = {kind: web.world.name(due(web, kind).owner_id) for kind in open_kinds(web)}
    assert owners == {
        "good-practice-shown": "quinn",
        "thank-you": "hanif",
        "sharing-decision": "sofia",
    }
    said = await web.press("hanif", "answer", due(web, "thank-you").token)
    assert "your words stay between the two of you" in said
    assert WHAT not in await library(web, "ben")
    assert "Who else may read it: Nobody else" in await library(web, "sofia")
    await share(web, "everyone")
    assert due(web, "sharing-decision").state == "met"
    assert WHAT not in await library(web, "ben"), "nobody has looked it over yet"
    await web.submit("quinn", "answer", due(web, "library-check").token, {"may-be-shared": "yes"})
    read = await library(web, "ewan")
    assert WHAT in read
    assert "1234567" not in read
    assert WHAT in await library(web, "ewan", "?text=PLAIN+everybody")
    assert WHAT in await library(web, "ewan", "?tag=Simple,+respectful+language")
    assert "Nothing that is shared with you matches" in await library(web, "ewan", "?text=plain+horses")
    assert "Nothing that is shared with you matches" in await library(web, "ewan", "?tag=Other")
    await share(web, "service")
    assert WHAT in await library(web, "ben"), "in the same service"
    assert WHAT not in await library(web, "ewan"), "in another one"
    assert "Nobody else can read it" in await share(web, "private")
    assert WHAT not in await library(web, "ben")


async def test_one_that_is_withdrawn_is_asked_about_no_more(web: OnWeb) -> None:
    await web.press("sofia", "sharing", card(web))
    left_open = web.page
    assert "It is withdrawn" in await share(web, "withdrawn")
    assert open_kinds(web) == set()
    assert WHAT not in await library(web, "ben")
    web.page = left_open
    assert "You have withdrawn this" in await web.send("sofia", {"share": "everyone"})


async def test_it_leaves_the_library_with_whoever_it_is_about_and_only_they_decide(web: OnWeb) -> None:
    (manager,) = [each for each in web.world.notices("ade") if each.message == "nomination-manager"]
    assert "no longer" in await web.press("ade", "sharing", manager.token)
    await let_in(web, "everyone")
    assert WHAT in await library(web, "ewan")
    web.world.change("sofia", active=False)
    assert WHAT not in await library(web, "ewan")


async def look_over(web: OnWeb, said: str = "yes") -> None:
    """Quinn answers the one look-over that is open."""
    (check,) = web.world.all(Deadline, col(Deadline.kind) == "library-check", col(Deadline.state) == "open")
    await web.submit("quinn", "answer", check.token, {"may-be-shared": said})


async def test_more_readers_need_a_look_of_their_own_and_fewer_count_at_once(web: OnWeb) -> None:
    await share(web, "private")
    assert "library-check" not in open_kinds(web)
    await share(web, "service")
    await look_over(web)
    assert WHAT in await library(web, "ben")
    await share(web, "everyone")
    assert WHAT in await library(web, "ben"), "as far as it was looked over"
    assert WHAT not in await library(web, "ewan"), "nobody has looked it over for everybody"
    await look_over(web)
    assert WHAT in await library(web, "ewan")
    await share(web, "private")
    assert WHAT not in await library(web, "ben")
    await share(web, "everyone")
    assert WHAT not in await library(web, "ben"), "shared anew, so looked over anew"
    await share(web, "private")
    assert "library-check" not in open_kinds(web), "nothing is shared that could be looked over"


UNSEEN = """\
extends: newham
questions:
  readers:
    label: Who else may read it?
    choice: {private: Nobody else, service: My service, everyone: Everybody}
    decides: who-may-read
duties:
  decide: {rule: NCT-REC-1, title: Decide, when: [nomination.given], owes: [practitioner], due: none, ask: [readers]}
"""


async def test_where_nobody_looks_it_over_no_look_is_promised_and_the_name_is_the_councils(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(UNSEEN, "utf-8")
    async with on_web(tmp_path, load(file, [Path("frameworks")])) as web:
        await nominate(web)
        assert "Everybody can read it in the library" in await share(web, "everyone")
        assert due(web, "decide").state == "met"
        assert WHAT in await library(web, "ewan")
        assert "Your service can read it in the library" in await share(web, "service")
        assert WHAT not in await library(web, "ewan")


async def test_a_look_is_promised_only_while_one_is_still_to_come(web: OnWeb) -> None:
    assert "Once it has been looked over, everybody can read it" in await share(web, "everyone")
    await look_over(web)
    assert "Thank you. Your service can read it in the library" in await share(web, "service")
