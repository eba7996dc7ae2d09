"""What a press or a form is about, by its token; whether its button stands there, and whose it is to use."""

from contextlib import suppress

from sqlmodel import Session, select

from qabot.framework.vocabulary import is_alone
from qabot.models import Alert, Audit, Deadline, HelpRequest, Notice, Occasion, Store
from qabot.models.rows import HelpRow
from qabot.planning.directory import Staff
from qabot.planning.recipients import runs_quality
from qabot.workflows.access import chairing, owing, records
from qabot.workflows.core import in_turn, lists
from qabot.workflows.core.as_shown import parted
from qabot.workflows.core.registry import FormSpec, Pressed, Verb
from qabot.workflows.core.statements import NOTICE_BY_TOKEN
from qabot.workflows.core.subjects import load_one
from qabot.workflows.core.unit import Unit

OLD_BUTTON = "This button is from an older message and no longer does anything. Write “mine” to see what is waiting."

NO_FORM = "There is no such form. What you can fill in stands on your messages, and under Help and settings."


def take_up(unit: Unit, person: Staff, token: str) -> Pressed:
    """The same as `find`, for whoever does something about it: nobody else does until this is kept."""
    in_turn.take_named(unit.session, parted(token)[0])
    return find(unit, person, token)


def find(unit: Unit, person: Staff, token: str) -> Pressed:
    """What a token names: a notice, a line of a list, a deadline itself; on its page an audit (by its reference) or a
    gathering."""
    token, shown = parted(token)
    pressed = Pressed(unit, person, token=token, shown=shown)
    if not token:
        return pressed
    pressed.notice = message_named(unit.session, token)
    if pressed.notice is not None:
        pressed.subject = load_one(unit.session, pressed.notice, unit.framework)
        pressed.deadline = pressed.subject.deadline
        return pressed
    pressed.deadline = unit.session.exec(select(Deadline).where(Deadline.token == token)).first()
    if pressed.deadline is not None:
        pressed.subject = load_one(unit.session, pressed.deadline, unit.framework)
        return pressed
    request = unit.session.exec(select(HelpRequest).where(HelpRequest.token == token)).first()
    if request is not None:
        pressed.subject = load_one(unit.session, unit.session.get_one(Deadline, request.deadline_id), unit.framework)
        pressed.subject.help = request
    else:
        pressed.subject.audit = audit = unit.session.exec(select(Audit).where(Audit.reference == token)).first()
        of_it = select(Alert).where(Alert.audit_id == audit.id) if audit is not None else None
        pressed.subject.alert = unit.session.exec(of_it).first() if of_it is not None else None
        pressed.subject.occasion = unit.session.exec(select(Occasion).where(Occasion.token == token)).first()
    return pressed


def message_named(session: Session, token: str) -> Notice | None:
    """The notice that a token names, or the line of a list as the notice that it would be; None if there is none."""
    notice = session.exec(NOTICE_BY_TOKEN, params={"token": token}).first()
    return notice if notice is not None else lists.line_named(session, token)


async def notice_of(store: Store, token: str) -> int | None:
    """The notice that a token names, for the log; None too where the database cannot say: the log must not fail."""
    with suppress(Exception):
        return await store.run(lambda session: notice.id if (notice := message_named(session, token)) else None)
    return None


def refusal(pressed: Pressed) -> str:
    """Without a card of their own, nobody hears whether what they named is there: a reference can be guessed."""
    return OLD_BUTTON if pressed.notice is None else "This message is for somebody else, so nothing was changed."


def may_use(pressed: Pressed, used: Verb | FormSpec) -> bool:
    """Whether this person may press this button, or send this form, here."""
    if used.stewards:
        return records.may_use(pressed.unit, used.behind, pressed.person, pressed.subject.audit)
    if used.chairs:
        return chairing.may_run(pressed.unit, pressed.person, pressed.subject.occasion)
    request = pressed.subject.help if pressed.notice is None else None
    if request is not None and not used.for_all:
        return can_answer(pressed.unit, pressed.person, request)
    return used.for_all or is_theirs(pressed.unit, pressed.person, pressed.notice, pressed.deadline)


def is_somebody_elses(pressed: Pressed, verb: Verb) -> bool:
    """Whether what only its owner does is another's now: the button says so itself, and asks nothing first."""
    unit, deadline = pressed.unit, pressed.subject.deadline
    if not verb.own or deadline is None:
        return False
    return owing.is_somebody_elses(unit.directory, unit.today, deadline, pressed.person.id)


def can_answer(unit: Unit, person: Staff, request: HelpRow) -> bool:
    """Whether this person was asked for help: the line manager of whoever asked, and whoever runs quality assurance."""
    asker = unit.directory.person(request.asked_by_id)
    if asker is None or asker.id == person.id:
        return False
    return person.id in {asker.line_manager_id, *runs_quality(unit.directory, unit.framework, unit.today)}


def is_theirs(unit: Unit, person: Staff, notice: Notice | None, deadline: Deadline | None) -> bool:
    """Whether this card or deadline is this person's, or that of somebody for whom they stand in today."""
    holders = {notice.recipient_id} if notice else set()
    if deadline is not None and notice is None and deadline.owner_id is not None:
        holders.add(deadline.owner_id)
    if person.id in holders:
        return True
    if deadline is not None and is_alone(unit.framework, deadline.kind):
        # Nobody answers for anybody else what that person alone can say.
        return False
    if notice is None and deadline is not None and owing.was_told(unit, person.id, deadline):
        return True
    absent = [each for each in holders if (staff := unit.directory.person(each)) and staff.absence(unit.today)]
    return any(unit.directory.deputy(each, unit.today) == person.id for each in absent)


def is_on_card(pressed: Pressed, used: Verb | FormSpec) -> bool:
    """Whether what the token names has such a button: the token of one card opens no other door."""
    if used.stewards:
        return pressed.subject.audit is not None
    if used.chairs:
        return pressed.subject.occasion is not None
    if pressed.subject.help is not None and pressed.notice is None and not used.for_all:
        return used.name == "help-answer"
    if used.for_all or not pressed.token or pressed.notice is None:
        return not pressed.token or pressed.notice is not None or pressed.deadline is not None
    catalogue = pressed.unit.tools.catalogue
    if pressed.notice.message not in catalogue.names():
        return False
    file = catalogue.get(pressed.notice.message)
    return used.behind in {*file.buttons, *file.row_buttons}
