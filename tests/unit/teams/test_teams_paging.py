"""A form that is too large for one card is asked page by page, and nothing of it is lost on the way."""

from dataclasses import replace
from typing import Any

import pytest

from qabot.adapter import OpenForm, PersonOption, Press, Reply, Say, Submission
from qabot.messaging.form import Field, Form, check
from qabot_teams.cards import MAX_BYTES, size
from tests.support.teams import service as samples
from tests.support.teams.cards import buttons
from tests.support.teams.connector import Person
from tests.support.teams.world import World

ROWS = 12
LONGEST = "a" + "\N{ROSE}" * 499
FORM = Form(
    "plan",
    "What is to be done",
    (
        *(Field(f"what-{row}", f"What is to be done, {row}?", "long-text", max_length=500) for row in range(ROWS)),
        *(Field(f"who-{row}", f"Who does it, {row}?", "person", required=False) for row in range(ROWS)),
        Field("why", "Why?", "long-text", max_length=500, required=False),
    ),
    intro="Your manager sees this.",
    submit="Send the plan",
    token="t-plan",
)


@pytest.fixture
def taken(teams: World, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the service was given, of a form with more questions than one card holds."""
    given: list[dict[str, Any]] = []
    teams.service.colleagues = [
        PersonOption(n, f"Colleague Number-{n}, Assessment and Planning {n}") for n in range(40)
    ]

    async def press(press: Press) -> Reply:
        return OpenForm(FORM)

    async def submit(submission: Submission) -> Reply:
        given.append(dict(submission.values))
        errors = check(FORM, given[-1])[1]
        again = replace(FORM, values=given[-1], errors=errors)
        return OpenForm(again) if errors else Say("It is in.")

    monkeypatch.setattr(teams.service, "press", press)
    monkeypatch.setattr(teams.service, "submit", submit)
    return given


async def begin(teams: World, person: Person) -> None:
    await teams.adapter.send(teams.address(person), samples.alert_card())
    await teams.clients.press(person, "Acknowledge alert QA-1042")


def inputs(teams: World, person: Person) -> dict[str, Any]:
    """The inputs of the page before somebody, by their ids, with what stands in them."""
    card = teams.connector.of(person)[-1]["attachments"][0]["content"]
    assert size(card) <= MAX_BYTES
    return {each["id"]: each.get("value", "") for each in card["body"] if str(each["type"]).startswith("Input.")}


def offers(teams: World, person: Person, label: str) -> bool:
    """Whether the page before somebody has this button."""
    return label in buttons(teams.connector.of(person)[-1]["attachments"][0]["content"])


async def fill(teams: World, person: Person, label: str) -> None:
    written = {key: (LONGEST if key.startswith("long") else "7") for key in inputs(teams, person)}
    await teams.clients.press(person, label, written)


async def test_every_question_is_asked_and_every_answer_arrives(
    teams: World, priya: Person, taken: list[dict[str, Any]]
) -> None:
    await begin(teams, priya)
    pages = [set(inputs(teams, priya))]
    while not offers(teams, priya, "Send the plan"):
        await fill(teams, priya, "Next")
        pages.append(set(inputs(teams, priya)))
    assert f"Page {len(pages)} of {len(pages)}" in teams.clients.see(priya)
    await teams.clients.press(priya, "Back", dict.fromkeys(pages[-1], "3"))
    assert set(inputs(teams, priya)) == pages[-2]
    assert set(inputs(teams, priya).values()) <= {LONGEST, "7"}, "what stood there is there again"
    await fill(teams, priya, "Next")
    assert set(inputs(teams, priya).values()) == {"3"}
    await teams.clients.press(priya, "Send the plan", dict.fromkeys(pages[-1], "3"))
    (given,) = taken
    assert set(given) == {item.name for item in FORM.fields}
    assert given["what-0"] == LONGEST
    assert "It is in." in teams.clients.see(priya) + str(teams.clients.told)


async def test_what_is_missing_is_said_on_its_page(teams: World, priya: Person, taken: list[dict[str, Any]]) -> None:
    await begin(teams, priya)
    first = set(inputs(teams, priya))
    await teams.clients.press(priya, "Next", {key: "" if key == "long-text:what-0" else "x" for key in first})
    assert set(inputs(teams, priya)) == first
    assert "Write an answer." in teams.clients.see(priya)
    assert inputs(teams, priya)["long-text:what-1"] == "x"
    assert taken == []


async def test_after_a_restart_the_page_before_somebody_is_kept(
    teams: World, priya: Person, taken: list[dict[str, Any]]
) -> None:
    await begin(teams, priya)
    await fill(teams, priya, "Next")
    teams.adapter._running.inbound._drafts._drafts.clear()  # type: ignore[union-attr]
    await fill(teams, priya, "Next")
    assert "qabot was restarted while you were writing." in teams.clients.see(priya)
    assert taken == []
    await fill(teams, priya, "Next")
    assert LONGEST in inputs(teams, priya).values()
    assert "Page 2 of" in teams.clients.see(priya)


async def test_a_form_with_more_written_on_it_than_a_card_holds_comes_back_in_pages(
    teams: World, priya: Person, taken: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(FORM, fields=tuple(Field(f"t-{n}", f"{n}?", "long-text", max_length=2000) for n in range(5)))
    written = {item.name: "a" + "\N{ROSE}" * 1999 for item in small.fields}

    async def press(press: Press) -> Reply:
        return OpenForm(small)

    async def submit(submission: Submission) -> Reply:
        return OpenForm(replace(small, values=dict(submission.values), errors={"": "This has closed. Keep a copy."}))

    monkeypatch.setattr(teams.service, "press", press)
    monkeypatch.setattr(teams.service, "submit", submit)
    await begin(teams, priya)
    await teams.clients.press(priya, "Send the plan", {f"long-text:{name}": text for name, text in written.items()})
    seen = dict(inputs(teams, priya))
    assert "This has closed. Keep a copy." in teams.clients.see(priya)
    while offers(teams, priya, "Next"):
        await teams.clients.press(priya, "Next", inputs(teams, priya))
        seen |= inputs(teams, priya)
    assert seen == {f"long-text:{name}": text for name, text in written.items()}
