"""Who is in reach on a chat platform, and what is said of whoever is not: for those who run the service."""

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from qabot.adapter import OutOfReach
from qabot.models import Account, Person


def out_of_reach(adapter: str, words: OutOfReach) -> ColumnElement[bool]:
    """Which people a platform is not known to reach."""
    reached = select(Account.person_id).where(Account.adapter == adapter, col(Account.reachable))
    if words.no_chat:
        reached = reached.where(col(Account.conversation).is_not(None))
    return col(Person.id).not_in(reached)


def counted(session: Session, adapter: str, words: OutOfReach) -> tuple[int, int]:
    """How many of those who work here a platform is not known to reach, and how many work here."""
    everybody = select(func.count()).select_from(Person).where(col(Person.active))
    return session.exec(everybody.where(out_of_reach(adapter, words))).one(), session.exec(everybody).one()


def standing(words: OutOfReach | None, account: Account | None) -> tuple[bool, str]:
    """Whether an account is known to be reached, and if not, why. `words` are None of a platform that is not set up."""
    if account is None:
        return False, words.no_account if words else ""
    if not account.reachable:
        return False, account.reason
    if words and words.no_chat and account.conversation is None:
        return False, account.reason or words.no_chat
    return True, ""
