"""Nominations: a Good Practice Evidence Record about a colleague (NCT-REC-1 to -3; the fields are ours, 3.3)."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlmodel import select

from qabot.adapter import OpenForm, Reply, Say
from qabot.framework.schema import Framework
from qabot.framework.vocabulary import NOMINATION
from qabot.messaging.form import Field, Form, Option
from qabot.models import Nomination
from qabot.models.look_up import by_id
from qabot.models.rows import AuditRow
from qabot.planning.directory import Staff
from qabot.planning.recipients import runs_quality
from qabot.workflows.core import in_turn, moments, topic
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, Word
from qabot.workflows.core.unit import Unit
from qabot.workflows.people.links import normal

LOOK_BACK_DAYS = 365
SEEN_IN = ("Audit", "Observation", "Meeting", "Record", "Feedback from a family", "Other")
TAGS = (
    "Decisions that weigh risk sensibly",
    "The child's voice",
    "Working together",
    "Analysis in records",
    "Simple, respectful language",
    "Knowledge and research",
    "Listening to families",
)


RECEIVED, MANAGER = "nomination-received", "nomination-manager"
"""What whoever it is about and their line manager are sent."""
NOMINEE, ADDRESS = "nominee", "nominee_email"
OWN = "Choose a colleague: this is not for oneself."
HAS_LEFT = "If they should hear of it all the same, please tell {quality}."
PASSED_ON = "qabot cannot write to them: {quality} is asked to pass it on"
FORM = "nominate"
"""The name of the form by which colleagues nominate."""


def register(registry: Registry) -> None:
    """How colleagues nominate."""
    registry.verb(Verb("nominate", lambda subject: "Nominate a colleague", _open, lambda subject: True, for_all=True))
    registry.form(FormSpec(FORM, build, _take, also=_whom, for_all=True))
    registry.link("open-library", lambda subject: "Open the library", lambda subject: "/good-practice")
    registry.word(Word("nominate", "Tell us about a colleague's good practice", _open, shows=True))


def _open(pressed: Pressed) -> Reply:
    return OpenForm(build(pressed))


def build(pressed: Pressed) -> Form:
    """The form, filled for nobody yet."""
    audit = pressed.subject.audit
    return Form(
        name=FORM,
        title="Nominate a colleague",
        intro=f"Your colleague, their line manager and {pressed.unit.framework.quality} will see this. It is kept on "
        "record. Please do not name or describe a child or a family.",
        fields=(*_who(), *_what(pressed.unit.today, pressed.unit.framework)),
        values=_from_work(audit) if audit is not None else {},
        submit="Send nomination",
        token=pressed.token,
    )


def _who() -> tuple[Field, ...]:
    """Whom it is about: somebody in the list, or an address."""
    return (
        Field(
            NOMINEE,
            "Who did well?",
            "person",
            hint="A colleague, not yourself. Not in the list? Give their e-mail address instead",
            required=False,
        ),
        Field(
            ADDRESS,
            "Or their e-mail address",
            "text",
            required=False,
            max_length=200,
            hint="Only of a colleague who is not in the list",
            email=True,
        ),
    )


def _what(today: date, framework: Framework) -> tuple[Field, ...]:
    """What was seen, when and where."""
    reference = framework.council.case_reference
    return (
        Field(
            "seen_on",
            "When did you see it?",
            "date",
            earliest=today - timedelta(days=LOOK_BACK_DAYS),
            latest=today,
        ),
        Field(
            "what",
            "What did your colleague do?",
            "long-text",
            max_length=1000,
            case_reference=reference,
            hint="Say what you saw, without anybody's name from the case",
        ),
        Field("difference", "What difference did it make?", "long-text", max_length=1000, case_reference=reference),
        Field("seen_in", "Where did you see it?", "choice", options=_options(SEEN_IN)),
        Field("tags", "What was it about?", "choices", required=False, options=_options(TAGS)),
        Field(
            "case_reference",
            "Case reference",
            "text",
            required=False,
            max_length=20,
            case_reference=reference,
            hint=f"Only if it helps. Your colleague, their line manager and {framework.quality} see it",
        ),
        Field("no_child", "I have not named or described a child or family", "tick"),
    )


def _from_work(audit: AuditRow) -> dict[str, Any]:
    """What the form starts with behind a card about a piece of work: whose it is, and that it was seen there."""
    given = {"nominee": str(audit.practitioner_id) if audit.practitioner_id else None, "seen_in": SEEN_IN[0]}
    return {name: value for name, value in given.items() if value is not None}


def _options(labels: Iterable[str]) -> tuple[Option, ...]:
    return tuple(Option(label, label) for label in labels)


def _whom(pressed: Pressed, clean: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with whom it is about: nobody, oneself, two people, or somebody who has left."""
    if NOMINEE not in clean or ADDRESS not in clean:
        return {}
    unit, picked, address = pressed.unit, clean[NOMINEE], clean[ADDRESS]
    if picked is None and not address:
        return {NOMINEE: "Choose a colleague, or give their e-mail address below."}
    where = NOMINEE if picked is not None else ADDRESS
    known = of_address(unit, address) if address else None
    if picked is not None and address and (known is None or known.id != picked):
        return {ADDRESS: "This is somebody else's address. Choose a colleague, or give an address, and not both."}
    staff = unit.directory.people.get(picked) if picked is not None else known
    if staff is None:
        return {NOMINEE: "Choose a person from the list."} if picked is not None else {}
    if staff.id == pressed.person.id:
        return {where: OWN}
    later = HAS_LEFT.format(quality=unit.framework.quality)
    return {} if staff.active else {where: f"{staff.name} has left, so this would not reach them. {later}"}


def of_address(unit: Unit, address: str) -> Staff | None:
    """Whose address this is, also of somebody who has left.

    What stands behind a plus sign is a label of the same mailbox: it counts where nobody has the whole address.
    """
    for known in (normal, _without_label):
        matching = [each for each in unit.directory.people.values() if known(each.email) == known(address)]
        if matching:
            return min(matching, key=lambda each: (not each.active, each.id))
    return None


def _without_label(address: str) -> str:
    name, _, place = normal(address).rpartition("@")
    return f"{name.partition('+')[0]}@{place}"


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, address = pressed.unit, clean[ADDRESS]
    known = of_address(unit, address) if address else None
    nominee = clean[NOMINEE] if clean[NOMINEE] is not None else known.id if known is not None else None
    if not nominate(unit, nominee, clean, by=pressed.person.id):
        return Say("You have sent this very record already, so nothing was added. Thank you.")
    if nominee is None:
        return Say(
            f"Thank you. {address} is not in the list of people, so {PASSED_ON.format(quality=unit.framework.quality)}."
        )
    return Say(f"Thank you. {unit.directory.name(nominee)} will hear from us in their working hours.")


def nominate(unit: Unit, nominee: int | None, clean: dict[str, Any], *, by: int) -> bool:
    """Keep a nomination and share it with the nominee, their line manager and quality assurance (NCT-REC-3, B5).

    Of somebody who is not in the list of people there is their address alone: then quality passes it on. False
    if this very nomination was sent before.
    """
    address = clean.get(ADDRESS) if nominee is None else None
    parts = f"{by}|{nominee or address}|{clean['seen_on'].isoformat()}|{clean['what']}|{clean['difference']}"
    once = hashlib.sha256(parts.encode()).hexdigest()
    in_turn.take(unit.session, ("person", by))
    if unit.session.exec(select(Nomination.id).where(Nomination.once == once)).first() is not None:
        return False
    row = Nomination(
        nominee_id=nominee,
        nominee_email=address,
        nominator_id=by,
        submitted_at=unit.now,
        seen_on=clean["seen_on"],
        what=clean["what"],
        difference=clean["difference"],
        seen_in=clean["seen_in"],
        tags=clean.get("tags") or [],
        case_reference=clean.get("case_reference"),
        place=place_of(unit, nominee),
        once=once,
    )
    unit.session.add(row)
    unit.session.flush()
    unit.event("nominated", actor=by, subject=("nomination", row.id), rule=unit.framework.processes.nomination)
    _share(unit, row)
    team = unit.directory.people[nominee].team_id if nominee is not None else None
    moments.happen(unit, NOMINATION, "given", topic.About.nomination(row, team), by=by)
    return True


def place_of(unit: Unit, person: int | None) -> str:
    """The service in which somebody works today; "" in none."""
    staff = unit.directory.person(person)
    team = by_id(unit.directory.teams, staff.team_id) if staff is not None else None
    return team.service if team is not None else ""


def _share(unit: Unit, row: Nomination) -> None:
    messages = to_nominee(unit, row)
    qa = "nomination-qa" if row.nominee_id is not None else "nomination-outside"
    for person in runs_quality(unit.directory, unit.framework, unit.today):
        messages.setdefault(person, qa)
    messages.setdefault(row.nominator_id, "nomination-copy")
    tell(unit, row, messages)


def to_nominee(unit: Unit, row: Nomination) -> dict[int, str]:
    """What whoever it is about and their line manager are sent, by whom; nothing while they are not in the list."""
    nominee = unit.directory.person(row.nominee_id)
    if nominee is None:
        return {}
    messages = {nominee.id: RECEIVED}
    manager = unit.directory.person(nominee.line_manager_id)
    # Who nominates somebody of their own knows it already: they have the copy of whoever sent it.
    if manager is not None and manager.id != row.nominator_id:
        messages.setdefault(manager.id, MANAGER)
    return messages


def tell(unit: Unit, row: Nomination, messages: Mapping[int, str]) -> None:
    """Send each of these people the record by this message, by itself and in their working hours."""
    rule = unit.framework.processes.nomination_shared
    for person, message in messages.items():
        unit.notify(
            message,
            person,
            rule=rule,
            subject=(NOMINATION, row.id),
            alone=True,
            key=f"nomination:{row.id}:{person}",
            reason=f"{rule}: shared with practitioner, line manager and QA",
        )
