"""What the web shows of gatherings: the page of one, its file for a calendar, and the list of those to come."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import select

from qabot.errors import NotAllowed, NotFound
from qabot.messaging.card import Button
from qabot.messaging.views import OccasionView
from qabot.models import Occasion
from qabot.planning.directory import Staff
from qabot.workflows.access import chairing
from qabot.workflows.core import occasions
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import agenda, invitations
from qabot.workflows.verbs import gatherings, reports

NO_GATHERING = (
    "There is no gathering at this address that is open to you. Check the address, or ask {quality} if you need "
    "it for your work."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One gathering as one person may see it. `chairs` are the names of those who chair or write it."""

    token: str
    day: OccasionView
    chairs: tuple[str, ...]
    needs: Sequence[agenda.Need]
    invited: tuple[str, ...] = ()
    """The names of those who are invited, or read it."""
    lists: Sequence[agenda.Listing] = ()
    buttons: tuple[Button, ...] = ()
    not_held: bool = False
    """Its day came, and it was not held."""
    report: str = ""
    """Where the report that it asks for is written, for whoever may issue one."""


def page(unit: Unit, token: str, person_id: int) -> Shown:
    """The page of one. Raises `NotFound`, or `NotAllowed` if it is not this person's to see."""
    occasion, person = _find(unit, token, person_id)
    made = (
        unit.tools.registry.button(name, Subject(occasion=occasion), token, "") for name in _offered(unit, occasion)
    )
    buttons = tuple(each for each in made if each is not None)
    return Shown(
        token=token,
        day=occasions.view(occasion, unit.framework, unit.directory),
        chairs=_names(unit, occasion),
        needs=agenda.needs(unit, [occasion]).get(occasion.id, []),
        not_held=occasion.missed,
        invited=_invited(unit, occasion),
        lists=agenda.listings(unit, occasion, person),
        buttons=buttons if chairing.may_run(unit, person, occasion) else (),
        report=reports.page_for(unit, person_id, occasion),
    )


def coming(unit: Unit) -> list[Shown]:
    """Those that are planned, for the programme's pages."""
    planned = agenda.coming(unit)
    needs = agenda.needs(unit, planned)
    return [
        Shown(
            each.token,
            occasions.view(each, unit.framework, unit.directory),
            _names(unit, each),
            needs.get(each.id, []),
        )
        for each in planned
    ]


def calendar_file(unit: Unit, token: str, person_id: int) -> tuple[str, bytes]:
    """The name and the content of its file for a calendar. Raises as `page`."""
    occasion, person = _find(unit, token, person_id)
    gathering = unit.framework.gatherings.get(occasion.thing)
    chairs = chairing.runners(unit, gathering, unit.today)[:1] if gathering is not None else []
    people = {unit.directory.people[each].email: unit.directory.people[each].name for each in chairs}
    address = f"{unit.tools.base_url}/gatherings/{token}"
    invited = {person.email: person.name}
    file = invitations.calendar_file(occasion, gathering, people, address, unit.now, invited)
    return f"{occasion.thing}.ics", file


def _offered(unit: Unit, occasion: Occasion) -> Sequence[str]:
    """What can be done with it now; how it went is said from its day on."""
    return [each for each in gatherings.ON_PAGE if each != gatherings.HOLD or unit.today >= occasion.day]


def _names(unit: Unit, occasion: Occasion) -> tuple[str, ...]:
    gathering = unit.framework.gatherings.get(occasion.thing)
    chairs = chairing.runners(unit, gathering, unit.today) if gathering is not None else []
    return tuple(unit.directory.name(each) for each in chairs)


def _invited(unit: Unit, occasion: Occasion) -> tuple[str, ...]:
    gathering = unit.framework.gatherings.get(occasion.thing)
    if gathering is None:
        return ()
    chairs = chairing.runners(unit, gathering, unit.today)
    people = chairing.held_by(unit, gathering.to, occasion.day)
    return tuple(sorted(unit.directory.name(each) for each in people if each not in chairs))


def _find(unit: Unit, token: str, person_id: int) -> tuple[Occasion, Staff]:
    occasion = unit.session.exec(select(Occasion).where(Occasion.token == token)).first()
    if occasion is None:
        raise NotFound(NO_GATHERING.format(quality=unit.framework.quality))
    person = unit.directory.person(person_id)
    if person is None or not chairing.may_see(unit, person, occasion):
        raise NotAllowed(NO_GATHERING.format(quality=unit.framework.quality))
    return occasion, person
