"""Tokens with which programs use the API: made and ended by administrators, and known again by their hash alone."""

import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlmodel import col, select

from qabot.errors import BadRequest, NotFound
from qabot.models import ApiToken, Person
from qabot.workflows.access.records import is_steward
from qabot.workflows.core.unit import Unit

PROVISIONING = "people:provision"
"""The scope by which a directory states people by itself (SCIM)."""
SCOPES = {
    "audits:read": "Audits, without their grades",
    "grades:read": "The grades of audits, and messages that follow from them",
    "cases:read": "Cases by reference",
    "people:read": "Staff: names, addresses, teams, roles",
    "absences:read": "Who is away from when until when",
    "actions:read": "Actions, without what they are",
    "deadlines:read": "Who owes what by when, and what was sent",
    "figures:read": "Figures, without what is too small to be shown",
    "audits:write": "Give work, and take its grades in",
    "cases:write": "Add and change cases",
    "people:write": "Add and change staff",
    PROVISIONING: "State who works here, for the council's directory (SCIM)",
    "absences:write": "Note that somebody is away, or back",
    "actions:write": "Finish actions, and say when one will be done",
}
"""What a token may do, and in words."""
PREFIX = "qabot_"
"""Begins each token, so that a search for secrets finds one that lies where it should not."""
LONGEST_DAYS, USUAL_DAYS = 400, 365
NOTED_EVERY = timedelta(minutes=5)
"""How exact the time of the last use is: to write it at every call would make each of them wait for the one before."""
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_NAME = 40


def new(unit: Unit, name: str, scopes: Collection[str], days: int, *, person_id: int) -> str:
    """Make a token that acts for a person; its text, which nobody can read again. Raises `BadRequest`."""
    person = unit.session.get(Person, person_id)
    if person is None or not (person.active and person.administrator):
        raise BadRequest("A token acts for an administrator. Name one of them.")
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise BadRequest(f"Give a name of small letters, digits and hyphens, such as power-bi, up to {LONGEST_NAME}.")
    if unit.session.exec(select(ApiToken.id).where(ApiToken.name == name)).first() is not None:
        raise BadRequest(f"There is or was a token called {name}. Give another name: the log tells them apart by it.")
    if unknown := sorted(set(scopes) - SCOPES.keys()):
        raise BadRequest(f"{unknown[0]!r} is no scope. Known are {', '.join(SCOPES)}.")
    if not scopes:
        raise BadRequest("Choose at least one thing that it may do.")
    if not 1 <= days <= LONGEST_DAYS:
        raise BadRequest(f"Give a number of days from 1 to {LONGEST_DAYS}, after which it ends.")
    text = f"{PREFIX}{secrets.token_urlsafe(32)}"
    token = ApiToken(
        name=name,
        digest=digest_of(text),
        scopes=[each for each in SCOPES if each in scopes],
        person_id=person_id,
        made_at=unit.now,
        expires_at=unit.now + timedelta(days=days),
    )
    unit.session.add(token)
    unit.session.flush()
    unit.event("token-made", actor=person_id, token=name, scopes=", ".join(token.scopes))
    return text


def digest_of(text: str) -> str:
    """What is kept of a token: it has 256 random bits, so that nothing need be done to make guessing slow."""
    return hashlib.sha256(text.encode()).hexdigest()


def known(unit: Unit) -> Sequence[ApiToken]:
    """Every token that there is or was, the newest first."""
    return unit.session.exec(select(ApiToken).order_by(col(ApiToken.id).desc())).all()


def end(unit: Unit, name: str, *, by: int | None) -> None:
    """End a token. Raises `NotFound` where none of that name is open."""
    token = unit.session.exec(select(ApiToken).where(ApiToken.name == name)).first()
    if token is None or token.ended_at is not None:
        raise NotFound(f"There is no token called {name!r} that has not ended.")
    token.ended_at = unit.now
    unit.session.add(token)
    unit.event("token-ended", actor=by, token=name)


def is_open(unit: Unit, token: ApiToken) -> bool:
    """Whether a token can be used now: not ended, not over, and its person still looks after the programme."""
    person = unit.directory.person(token.person_id)
    lasts = token.ended_at is None and unit.now < token.expires_at
    return lasts and person is not None and is_steward(unit, person)


def recognise(unit: Unit, text: str) -> ApiToken | None:
    """The token of this text that can be used now, and that it was; None if there is none."""
    token = unit.session.exec(select(ApiToken).where(ApiToken.digest == digest_of(text))).first()
    if token is None or not is_open(unit, token):
        return None
    if token.used_at is None or token.used_at <= unit.now - NOTED_EVERY:
        token.used_at = unit.now
        unit.session.add(token)
    return token
