"""One's own settings: when the daily message comes, and news on or off."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.messaging.form import Field, Form, Option
from qabot.messaging.values import time_of_day
from qabot.models import Person
from qabot.workflows.core import recounting
from qabot.workflows.core.registry import Pressed
from qabot.workflows.core.situation import people_changed
from qabot.workflows.core.unit import Unit


def open_settings(pressed: Pressed) -> Reply:
    return OpenForm(settings_form(pressed))


def settings_form(pressed: Pressed) -> Form:
    """When the daily message comes, within the council's bounds, and news on or off."""
    council = pressed.unit.framework.council
    at, times = council.digest_earliest, []
    while at <= council.digest_latest:
        times.append(Option(f"{at:%H:%M}", time_of_day(at)))
        at = (datetime.combine(pressed.unit.today, at) + timedelta(minutes=30)).time()
    person = pressed.person
    return Form(
        name="settings",
        title="Your settings",
        intro="These are about your own messages only. Alerts always come at once.",
        fields=(
            Field("digest_at", "When should your daily message come?", "choice", options=tuple(times)),
            Field(
                "news",
                "News, once a week",
                "choice",
                options=(Option("on", "On"), Option("off", "Off")),
            ),
        ),
        submit="Save",
        token=pressed.token,
        values={"digest_at": f"{person.digest_at:%H:%M}", "news": "on" if person.news else "off"},
    )


def take_settings(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit = pressed.unit
    row = unit.session.get(Person, pressed.person.id)
    if row is None:
        raise BadRequest(f"qabot does not know you any more. Please ask {unit.framework.quality}.")
    row.digest_at, row.news = time.fromisoformat(clean["digest_at"]), clean["news"] == "on"
    unit.session.add(row)
    people_changed(unit.session)
    _wait_by_them(unit, row)
    subject = ("person", row.id)
    unit.event("settings-changed", actor=row.id, subject=subject, digest_at=clean["digest_at"], news=clean["news"])
    return Say(f"Saved. Your daily message comes at {time_of_day(row.digest_at)}, and news is {clean['news']}.")


def _wait_by_them(unit: Unit, row: Person) -> None:
    """What waits for this person's daily message comes at its new time, also the next one."""
    before = unit.situation.directory
    staff = replace(before.people[row.id], digest_at=row.digest_at)
    directory = replace(before, people={**before.people, row.id: staff})
    recounting.of_people(replace(unit, situation=replace(unit.situation, directory=directory)), before)
