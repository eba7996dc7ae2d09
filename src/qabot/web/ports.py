"""What the web needs of the rest: small protocols, so that the pages can be built and tested with any core."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlmodel import Session

from qabot.adapter import Adapter, DirectoryEntry, Finding, Reply, Who
from qabot.delivery.supervisor import AdapterState
from qabot.framework.schema import Framework
from qabot.messaging.card import Button, Card, Row
from qabot.messaging.files import Catalogue
from qabot.models import Audit, Deadline, Store, SurveyRound
from qabot.models.turns import Guest
from qabot.planning.figures import Figure
from qabot.planning.outlook import StepView
from qabot.planning.periods import Period
from qabot.scheduler.coming import Coming
from qabot.scheduler.watching.findings import Finding as Trouble
from qabot.shown_settings import ShownSetting
from qabot.web.acts import Acts
from qabot.web.bell import Bell
from qabot.web.call_ends import CallEnd, no_call
from qabot.web.sign_on.reception import Reception
from qabot.web.web_settings import WebSettings
from qabot.workflows.access.by_month import Given
from qabot.workflows.access.lines import Line
from qabot.workflows.access.records import Sight
from qabot.workflows.access.survey_results import Results
from qabot.workflows.core.library_page import LibraryPage
from qabot.workflows.core.unit import Unit
from qabot.workflows.people.page import PersonPage
from qabot.workflows.programme.picking_page import PickingPage, Wanted
from qabot.workflows.programme.pulses import Choices, Draft, Preview
from qabot.workflows.programme.team import Filter as TeamFilter
from qabot.workflows.programme.team import TeamPage
from qabot.workflows.programme.today import Board
from qabot.workflows.programme.tracker import Tracked
from qabot.workflows.verbs.gathering_pages import Shown
from qabot.workflows.verbs.reports import Issued, Shelf, ShownReport
from qabot.workflows.verbs.steering import Order, Outcome

T = TypeVar("T")
TICK_LIMIT = timedelta(minutes=3)


class InboxEntry(Protocol):
    """One card that was sent to a person, as it now is. `sent_at` is UTC."""

    @property
    def token(self) -> str:
        """The notice's token."""

    @property
    def sent_at(self) -> datetime:
        """When it was sent (UTC)."""

    @property
    def lane(self) -> str:
        """alert, due or news."""

    @property
    def card(self) -> Card:
        """The card as it now is."""


class Desk(Acts, Protocol):
    """The service as the web sees it: what every adapter sees, and the cards that were sent to a person."""

    async def arrived(self, person_id: int) -> None:
        """Somebody has signed in: they are welcomed if nobody did."""

    async def inbox(self, person_id: int, limit: int = 50, skip: int = 0) -> Sequence[InboxEntry]:
        """The latest cards of a person, oldest first; `skip` leaves so many newer ones out."""

    async def alerts(self, person_id: int) -> Sequence[InboxEntry]:
        """The newest card of each open alert that waits for a person, oldest first."""

    async def home(self, who: Who, *, whole: bool = False) -> Card:
        """What this person owes and what waits for others; `whole` however much it is."""

    async def form(self, who: Who, name: str, values: Mapping[str, Any] | None = None, *, token: str = "") -> Reply:
        """Open a form by name, about what a token names."""

    def find_word(self, typed: str) -> str | None:
        """The word that somebody means by this one; None if there is none."""

    def guess_word(self, typed: str) -> str:
        """The word that was most likely meant; "" if none is near."""

    def showing(self) -> Collection[str]:
        """The words that only show something: to repeat one does nothing."""

    async def above(self, person_id: int) -> Sequence[Row]:
        """What stands above a person's cards: that they are away today, and what they can still take back."""

    async def card(self, token: str, person_id: int) -> Card:
        """One card. Raises `NotFound`, or `NotAllowed` if it is somebody else's."""


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Now (UTC)."""


class Timeline(Protocol):
    """The demo's time."""

    async def next_moment(self) -> datetime | None:
        """When something is next due (UTC); None if nothing is to come."""

    async def advance(self, to: datetime, playing: Collection[int] = ()) -> None:
        """Move the clock to `to` (UTC) through every due moment in order; nobody acts for whoever is `playing`."""

    async def submit_low(self) -> bool:
        """Have a piece of work come in with the lowest grades now; False if there is none that could."""


class Outlook(Protocol):
    """A deadline's ladder as a line of steps."""

    async def __call__(self, deadline_id: int) -> Sequence[StepView]:
        """The steps in order of time."""


class SightOf(Protocol):
    """Who may open the record of an audit."""

    def __call__(self, session: Session, audit: Audit, person_id: int) -> Sight | None:
        """What this person may know of it; None if it is not theirs to open."""


class SightsOf(Protocol):
    """Which of many records somebody may open."""

    def __call__(self, session: Session, audits: Collection[Audit], person_id: int) -> Collection[int]:
        """The ids of those that are theirs to open."""


class GatheringPages(Protocol):
    """What the pages of gatherings show. Each raises `NotFound`, or `NotAllowed` of what is not this person's."""

    def page(self, session: Session, token: str, person_id: int) -> Shown:
        """One gathering, with its lists and what this person can do with it."""

    def calendar(self, session: Session, token: str, person_id: int) -> tuple[str, bytes]:
        """The name and content of its file for a calendar."""

    def coming(self, session: Session) -> Sequence[Shown]:
        """All that are planned, by day."""


class LibraryOf(Protocol):
    """The library of good practice."""

    def __call__(self, session: Session, person_id: int, text: str, tag: str) -> LibraryPage:
        """What this person may read of it, by words and by tag ("" for all)."""


class SurveyPages(Protocol):
    """What the pages of surveys show. Each raises `NotFound` of what is not this person's to see."""

    def known(self, session: Session, person_id: int) -> Sequence[SurveyRound]:
        """The surveys that concern this person, the newest first."""

    def page(self, session: Session, token: str, person_id: int) -> Results:
        """The results of one."""

    def given(self, session: Session, person_id: int) -> Sequence[Given]:
        """Nominations and feedback by month and by service."""

    def table(self, session: Session, token: str, person_id: int) -> Sequence[Sequence[str | int]]:
        """The same numbers as the rows of a file."""

    def judge(self, session: Session, token: str, key: str, person_id: int, *, release: bool) -> None:
        """Release or withhold what somebody wrote."""

    def may_tell(self, session: Session, token: str, person_id: int) -> bool:
        """Whether this person can still write what changes because of it."""

    def tell(self, session: Session, token: str, person_id: int, words: str, excuse: str) -> int:
        """Send what changes to all who were asked; how many. Raises what is wrong with the words.

        `excuse` says what only looks like an identifier.
        """

    def blocked(self, session: Session, words: str, excuse: str) -> str:
        """What the identifier check says of these words; "" if nothing."""


class PulsePages(Protocol):
    """Short surveys that quality assurance types. Each raises `NotAllowed` for everybody else."""

    def choices(self, session: Session, person_id: int) -> Choices:
        """Whom and on what scales it can ask."""

    def check(self, session: Session, draft: Draft, person_id: int) -> dict[str, str]:
        """What is wrong, by field."""

    def preview(self, session: Session, draft: Draft, person_id: int) -> Preview:
        """What people will get."""

    def send(self, session: Session, draft: Draft, person_id: int) -> int:
        """Ask them; how many. Raises `BadRequest` if it was sent already, or too few are left to be asked."""


class PickingOf(Protocol):
    """The cases that may be picked for a cycle."""

    def __call__(self, session: Session, cycle_id: int, person_id: int, filters: Wanted) -> PickingPage:
        """What this person sees of them. Raises `NotFound` if it is not theirs to see."""


class PeoplePages(Protocol):
    """What was sent to a person, and what they owe."""

    def __call__(self, session: Session, person_id: int, reader_id: int, *, skip: int, limit: int) -> PersonPage:
        """What this reader may see of them; `skip` leaves so many newer messages out."""


class FiguresOf(Protocol):
    """The figures of a period."""

    def __call__(self, session: Session, person_id: int, period: Period) -> Sequence[Figure]:
        """Every figure. Raises `NotAllowed` for whoever does not read them."""


class ReportPages(Protocol):
    """Reports: the list, those that are written to, and what was issued. All raise `NotAllowed` for others."""

    def shelf(self, session: Session, person_id: int) -> Shelf:
        """The list."""

    def draft(self, session: Session, person_id: int, kind: str, key: str) -> ShownReport:
        """One as it stands, to write to. Raises `NotFound`."""

    def save(
        self, session: Session, person_id: int, kind: str, key: str, texts: Mapping[str, str]
    ) -> Mapping[str, str]:
        """Keep its texts; what is wrong with them by name, and then nothing is kept."""

    def issue(self, session: Session, person_id: int, kind: str, key: str) -> Issued:
        """Issue it as it stands now."""

    def show(self, session: Session, person_id: int, token: str) -> ShownReport:
        """What was issued, as it was. Raises `NotFound`."""


class ActionsOf(Protocol):
    """The tracker of actions."""

    def __call__(self, session: Session, person_id: int, *, with_done: bool) -> Sequence[Tracked]:
        """Those that this person may see, the longest open first."""


class ProgrammeAhead(Protocol):
    """What is wrong today, and what is to come."""

    def today(self, session: Session, reader_id: int, *, service: int | None, skip: int, most: int) -> Board:
        """What this reader may see of what is wrong; of what is late one service's (0: of none) or all.

        Of each part `most` lines; `skip` leaves so many late ones out.
        """

    def coming(self, session: Session, reader_id: int, until: datetime) -> Sequence[Coming]:
        """What goes to whom before `until` (UTC), as things stand."""


class TeamPages(Protocol):
    """What somebody's people owe."""

    def page(self, session: Session, person_id: int, filters: TeamFilter, *, skip: int, limit: int) -> TeamPage | None:
        """What this person sees of their line, `skip` rows left out; None of whoever has none."""

    def undated(self, session: Session, person_id: int, most: int) -> tuple[Sequence[Deadline], int]:
        """Of their line the first whose meeting after a low grade has no date, and how many there are."""

    def line(self, session: Session, person_id: int) -> Line:
        """Whose work this person looks after; an empty line if nobody's."""


class Steered(Protocol):
    """What is done about what others owe."""

    def named(self, session: Session, person_id: int, order: Order) -> Sequence[Outcome]:
        """The things that an order is about, of those that this person may do something about."""

    def attempt(self, session: Session, person_id: int, order: Order) -> Sequence[Outcome]:
        """What would become of each. Raises `BadRequest` where the order cannot be."""

    async def carry_out(self, person_id: int, order: Order) -> Sequence[Outcome]:
        """Do it: what became of each. Raises `BadRequest` where the order cannot be."""


class UnitsOfWork(Protocol):
    """Units of work at this moment, for what administrators do."""

    def unit(self, session: Session) -> Unit:
        """One in this transaction."""

    async def run(self, work: Callable[[Unit], T]) -> T:
        """Work in a transaction of its own; afterwards the planner and the delivery are woken."""

    async def meet(self, entry_of: str, entries: Sequence[DirectoryEntry]) -> int:
        """Link whoever a chat's directory knows; the number of new links."""

    def take_from(self, unit: Unit, person_id: int, form: str, token: str, values: Mapping[str, Any]) -> Reply:
        """Take a form from a person whom a program's token stands for. Raises `NotFound` or `NotAllowed`."""


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """Where the framework comes from: its name or path, the folders of others, and the messages that it may send."""

    name: str
    folders: Sequence[Path]
    messages: Catalogue
    framework: Framework


@dataclass(frozen=True, slots=True)
class Parts:
    """All that the web application is made of.

    `last_tick` gives the moment (UTC) at which a whole tick last finished. `frame_ancestors` are the origins that may
    show the pages inside their own (Teams, for the tab); nobody may if it is empty. `hosts` are names by which they
    are reached besides that of the base address. `guest`: how long a page waits for the database; None is for ever.
    `timeline` belongs to the demo. `chats` says how it is with each chat now, and
    `clock_trouble` in a sentence what is wrong with the machine's clock, `standstill` why nothing is sent at all.
    """

    settings: WebSettings
    store: Store
    desk: Desk
    clock: Clock
    framework: Framework
    outlook: Outlook
    sight: SightOf
    sights: SightsOf
    picking: PickingOf
    last_tick: Callable[[], datetime | None]
    bell: Bell = field(default_factory=Bell)
    adapters: Sequence[Adapter] = ()
    timeline: Timeline | None = None
    tick_limit: timedelta = TICK_LIMIT
    frame_ancestors: tuple[str, ...] = ()
    chats: Callable[[], Sequence[AdapterState]] = tuple
    clock_trouble: Callable[[], str] = str
    standstill: Callable[[], str] = str
    watched: Callable[[], tuple[datetime | None, Sequence[Trouble]]] = lambda: (None, ())
    """When the watcher last looked (UTC), and what it found."""
    hosts: tuple[str, ...] = ()
    count_sign_in: Callable[[str], None] = lambda address: None
    """Called with the address of whoever tries a link; what else they try stands before it. Raises `BadRequest`."""
    call: Callable[[str], Awaitable[CallEnd]] = no_call
    """Calls a webhook with a test, by its name. Raises `NotFound`."""
    webhook_private: bool = False
    count_call: Callable[[int], None] = lambda token: None
    """Called with the id of a program's token at each call. Raises `BadRequest` if it calls too often."""
    guest: Guest | None = None
    message_titles: Mapping[str, str] = field(default_factory=dict)
    """What lists call each message, by its name."""
    gatherings: GatheringPages | None = None
    actions: ActionsOf = lambda session, person_id, *, with_done: ()
    action_buttons: Callable[[Session, int, Collection[str]], Mapping[str, tuple[Button, ...]]] = (
        lambda session, person_id, tokens: {}
    )
    """What somebody may do with actions, by their tokens."""
    pilot: tuple[str, ...] = ()
    """The addresses of the only people who are sent to, while a pilot runs."""
    library: LibraryOf | None = None
    surveys: SurveyPages | None = None
    pulses: PulsePages | None = None
    people: PeoplePages | None = None
    ahead: ProgrammeAhead | None = None
    steered: Steered | None = None
    units: UnitsOfWork | None = None
    team: TeamPages | None = None
    figures: FiguresOf | None = None
    checks: Callable[[], Iterable[Finding]] = tuple
    """What `qabot doctor` checks besides the chats. It may take its time: not from the event loop."""
    metrics: Callable[[Session], bytes] | None = None
    """The numbers for Prometheus, for whoever sends the `metrics_token`."""
    metrics_token: str = ""
    rules: RuleFiles | None = None
    shown_settings: Callable[[], Sequence[ShownSetting]] = tuple
    reports: ReportPages | None = None
    reception: Reception | None = None
    """Who says who somebody is, where people sign in with accounts of the council's."""
    tab: bool = False
    """Whether the tab in Teams signs in by itself."""
    crowded: Callable[[], bool] = lambda: False
    """Whether so many connections are being answered that no more pages are."""
