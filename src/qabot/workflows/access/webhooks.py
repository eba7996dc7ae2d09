"""Webhooks: made, tried and ended by administrators; what a call says, and how it is signed (Standard Webhooks)."""

import base64
import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import orjson
from sqlmodel import col, func, select

from qabot.errors import BadRequest, NotFound
from qabot.models import AnswerRow, Audit, Deadline, Moderation, Person, Webhook, WebhookCall
from qabot.workflows.access.tokens import LONGEST_NAME, NAME
from qabot.workflows.core.calling import EVENTS
from qabot.workflows.core.rows import ROW
from qabot.workflows.core.unit import Unit

TELLS = {"grades": "The grade of the audit", "people": "E-mail addresses of whoever did it or owes it"}
"""What is told besides references, where an administrator allows it."""
TEST = "test"
NAT64 = ip_network("64:ff9b::/96")
LONGEST_URL = 500
SECRET = "whsec_"  # noqa: S105 - what each begins with


def new(
    unit: Unit, name: str, url: str, events: Collection[str], tells: Collection[str], *, person_id: int, private: bool
) -> Webhook:
    """Make a webhook. `private`: addresses of the council's own network are allowed. Raises `BadRequest`."""
    person = unit.session.get(Person, person_id)
    if person is None or not (person.active and person.administrator):
        raise BadRequest("A webhook is an administrator's. Name one of them.")
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise BadRequest(
            f"Give a name of small letters, digits and hyphens, such as case-system, up to {LONGEST_NAME}."
        )
    if unit.session.exec(select(Webhook.id).where(Webhook.name == name)).first() is not None:
        raise BadRequest(f"There is or was a webhook called {name}. Give another name.")
    if unknown := sorted({*events} - EVENTS.keys() | {*tells} - TELLS.keys()):
        raise BadRequest(f"{unknown[0]!r} is not known. Known are {', '.join([*EVENTS, *TELLS])}.")
    if not events:
        raise BadRequest("Choose at least one thing that it is called of.")
    check_url(url, private=private)
    row = Webhook(
        name=name,
        url=url,
        events=[each for each in EVENTS if each in events],
        tells=[each for each in TELLS if each in tells],
        person_id=person_id,
        made_at=unit.now,
    )
    unit.session.add(row)
    unit.session.flush()
    unit.event("webhook-made", actor=person_id, webhook=name, host=urlsplit(url).hostname or "")
    return row


def check_url(url: str, *, private: bool) -> None:
    """Raises `BadRequest` unless it is an https address outside, or with `private` anywhere."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise BadRequest("This is no address. Give one such as https://case-system.council.example/hooks.") from None
    if parts.scheme != "https" or not parts.hostname or parts.username or len(url) > LONGEST_URL or not url.isascii():
        raise BadRequest("Give an https address without a user, such as https://case-system.council.example/hooks.")
    if not private and (
        parts.hostname == "localhost" or (is_number(parts.hostname) and not is_outside(parts.hostname))
    ):
        raise BadRequest(
            "This address is inside the council's own network or on this machine. If that is meant, whoever runs qabot "
            "sets QABOT_WEBHOOK_PRIVATE=yes."
        )


def is_number(host: str) -> bool:
    """Whether a host is an address in numbers."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_outside(address: str) -> bool:
    """Whether an address in numbers is one of the internet, and nobody's own network, machine or group."""
    ip = ip_address(address.partition("%")[0])
    inner = None
    if isinstance(ip, IPv6Address):
        # An address of IPv4 in the clothes of one of IPv6 leads where that one does.
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        inner = IPv4Address(ip.packed[-4:]) if ip in NAT64 else inner
    return ip.is_global and not ip.is_multicast and (inner is None or is_outside(str(inner)))


def known(unit: Unit) -> Sequence[Webhook]:
    """Every webhook that there is or was, the newest first."""
    return unit.session.exec(select(Webhook).order_by(col(Webhook.id).desc())).all()


def standing(unit: Unit, row: Webhook) -> dict[str, Any]:
    """How its calls are going: how many wait and have failed, and how the last one that was tried ended."""
    of_it = select(WebhookCall).where(WebhookCall.webhook_id == row.id)
    count = select(WebhookCall.state, func.count()).where(WebhookCall.webhook_id == row.id)
    states = dict(unit.session.exec(count.group_by(col(WebhookCall.state))).all())
    last = unit.session.exec(of_it.where(WebhookCall.why != "").order_by(col(WebhookCall.id).desc())).first()
    return {"waiting": states.get("planned", 0), "failed": states.get("failed", 0), "last": last.why if last else ""}


def named(unit: Unit, name: str) -> Webhook:
    """An open webhook. Raises `NotFound`."""
    row = unit.session.exec(select(Webhook).where(Webhook.name == name)).first()
    if row is None or row.ended_at is not None:
        raise NotFound(f"There is no webhook called {name!r} that has not ended.")
    return row


def end(unit: Unit, row: Webhook, *, by: int | None, why: str = "") -> None:
    """End a webhook: what was not called yet is not called any more."""
    row.ended_at, row.ended_why = unit.now, why
    unit.session.add(row)
    unit.event("webhook-ended", actor=by, webhook=row.name, why=why)


def add_test(unit: Unit, row: Webhook) -> WebhookCall:
    """A call that says that it is a test."""
    call = WebhookCall(webhook_id=row.id, event=TEST, at=unit.now, not_before=unit.now)
    unit.session.add(call)
    unit.session.flush()
    return call


def secrets_of(row: Webhook, keys: Sequence[str]) -> list[str]:
    """Its secrets, as receivers take them: one for each of the service's keys, the first of the newest."""
    made = (hmac.new(key.encode(), f"qabot.webhook:{row.nonce}".encode(), hashlib.sha256).digest() for key in keys)
    return [f"{SECRET}{base64.b64encode(each).decode()}" for each in made]


def signed(call: WebhookCall, body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of a call: its name, when it was signed (UTC, seconds), a signature for each secret."""
    at = str(int(now.timestamp()))
    content = b".".join((call.uid.encode(), at.encode(), body))
    keys = (base64.b64decode(each.removeprefix(SECRET)) for each in secrets)
    made = (base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() for key in keys)
    signatures = " ".join(f"v1,{each}" for each in made)
    return {"webhook-id": call.uid, "webhook-timestamp": at, "webhook-signature": signatures}


def body_of(unit: Unit, row: Webhook, call: WebhookCall) -> bytes:
    """What a call says: references, and what else this webhook is told."""
    data: dict[str, Any] = {}
    audit = _audit(unit, call.subject_type, call.subject_id)
    deadline = unit.session.get(Deadline, call.deadline_id) if call.deadline_id else None
    if audit is not None:
        data |= {"audit": audit.reference, "activity": audit.activity, "case": audit.case_reference}
        data |= {"grade": audit.grade} if "grades" in row.tells else {}
    if deadline is not None:
        data |= {"id": deadline.token, "kind": deadline.kind}
    if "people" in row.tells:
        data |= {"owner": _email(unit, deadline.owner_id if deadline else audit.auditor_id if audit else None)}
        data |= {"by": _email(unit, deadline.closed_by_id)} if deadline is not None else {}
    return orjson.dumps({"type": call.event, "timestamp": call.at, "data": data}, option=orjson.OPT_UTC_Z)


def _audit(unit: Unit, kind: str, number: int | None) -> Audit | None:
    if kind == "moderation" and number and (look := unit.session.get(Moderation, number)) is not None:
        return unit.session.get(Audit, look.audit_id)
    if kind == ROW and number and (given := unit.session.get(AnswerRow, number)) is not None:
        return _audit(unit, given.subject_type, given.subject_id)
    return unit.session.get(Audit, number) if kind == "audit" and number else None


def _email(unit: Unit, person_id: int | None) -> str | None:
    person = unit.session.get(Person, person_id) if person_id else None
    return person.email if person is not None else None
