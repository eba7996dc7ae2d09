"""What a message file can see: plain values by the design's words. Days are days in England, moments are UTC.

Every file sees `recipient`, `council`, `links`, `today`, `items` and the parts of the first item (`audit`, `deadline`,
`alert`, `moderation`, `nomination`, `cycle`, `help`, `row`, `occasion`, `library`,
`survey`; None where there is none). A file that
gathers goes through `items`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any


@dataclass(slots=True)
class PersonView:
    """A member of staff. `digest_at` is when their daily message comes, by the clock in England."""

    id: int
    name: str
    team: str = ""
    digest_at: time = time(9, 30)

    @property
    def first_name(self) -> str:
        """What colleagues call them."""
        return self.name.split(" ")[0]


@dataclass(slots=True)
class AuditView:
    """An audit. `activity` is what its framework calls one piece of this work, and `plural` several.

    `grade` is a label as the scale shows it; no message to a practitioner may show it.
    As text an audit says everything but its grade, so that a message which shows one whole gives none away. `about` is
    the person, place or theme that it is about; "" of work about a case, or about nothing in particular. `needs_case`:
    it is about a case, and none has been chosen yet.
    """

    reference: str
    activity: str
    case_reference: str
    team: str
    service: str
    auditor: str
    practitioner: str
    due: date
    about: str = ""
    plural: str = ""
    state: str = "allocated"
    grade: str = field(default="", repr=False)
    submitted: date | None = None
    final: date | None = None
    moderated: date | None = None
    needs_case: bool = False


@dataclass(slots=True)
class DeadlineView:
    """What is owed by when. `last_reply` says when somebody last answered.

    `expected`: when whoever owes it expects to be done, and `help_asked`: when they asked for help, while that is open.
    `handed_to`: who does the new work that it made, with its reference; "" while nobody does. `opens`: before
    that day it takes no answer. Of an open alert:
    `next_at` is when (UTC) it goes on if nobody acknowledges it, `next_told` the names of those who are told then for
    the first time, `next_again` of those who were told before and are asked once more, with "you" last for the
    recipient, and `next_you` whether the recipient is among them. `owners`: whose it is; of an open alert of which
    everybody owes a part, all whose part is open. `roles` are those that owe it by the framework, by
    their titles: "the Clerk or the Registrar"; "" where it is somebody's own.
    """

    kind: str
    rule: str
    due: date | None
    opened: date
    title: str = ""
    owner: str = ""
    owners: tuple[str, ...] = ()
    roles: str = ""
    last_reply: str = ""
    promised: date | None = None
    open: bool = True
    handed_to: str = ""
    opens: date | None = None
    expected: date | None = None
    help_asked: date | None = None
    next_at: datetime | None = None
    next_told: tuple[str, ...] = ()
    next_again: tuple[str, ...] = ()
    next_you: bool = False


@dataclass(slots=True)
class AlertView:
    """An alert."""

    reason: str = field(repr=False)
    raised: datetime
    acknowledged_by: str = ""
    acknowledged: datetime | None = None
    told: tuple[str, ...] = ()


@dataclass(slots=True)
class ModerationView:
    """A second look at an audit."""

    layer: str
    moderator: str
    drawn: date
    done: date | None = None


@dataclass(slots=True)
class NominationView:
    """A Good Practice Evidence Record. `outside`: of somebody not in the list of people, whose address `nominee` is.

    `manager` is the nominee's line manager, if somebody else than who sent it is that. `left`: the nominee works here
    no longer.
    """

    nominee: str
    nominator: str
    seen: date
    what: str
    difference: str
    seen_in: str
    tags: tuple[str, ...] = ()
    case_reference: str = ""
    outside: bool = False
    manager: str = ""
    left: bool = False


@dataclass(slots=True)
class CycleView:
    """A period of an activity, whose name is `activity` for one piece of it and `plural` for several.

    `done` and `quota` are the recipient's own numbers.
    `wanted` and `picked` are cases, where a person picks them.
    """

    name: str
    activity: str
    starts: date
    due: date
    done: int = 0
    quota: int = 0
    wanted: int = 0
    picked: int = 0
    plural: str = ""

    @property
    def span(self) -> str:
        """Its name within a sentence: "October to December 2026", "the month from 17 November 2026"."""
        return self.name if self.name[:1].isupper() else f"the {self.name}"


@dataclass(slots=True)
class RowView:
    """One row of an answer, such as an action. `text` is what its columns of text say, or else its label and number."""

    label: str
    number: int
    text: str


@dataclass(slots=True)
class OccasionView:
    """The day of a gathering, or an imported event. `name` says which one it is, with its day.

    `hours` is "2pm to 4pm", or empty for a whole day. `gathering`: people meet, or read a report, and it is
    no event that came by a file. `meeting`: somebody chairs it. `why` is why it is cancelled. `people` are the roles
    that chair or write it, `chairs` the names of those who hold them.
    """

    title: str
    name: str
    day: date
    hours: str = ""
    people: str = ""
    state: str = "planned"
    why: str = ""
    gathering: bool = True
    meeting: bool = True
    chairs: tuple[str, ...] = ()


@dataclass(slots=True)
class HelpView:
    """Help that somebody asked for. `answer` and `note` say what became of it; empty while it is open."""

    by: str
    asked: date
    answered_by: str = ""
    answer: str = ""
    note: str = ""


@dataclass(slots=True)
class SurveyView:
    """A survey as one person who was asked sees it. `about` is the work that it is about, or the turn of its rhythm.

    `person` is the colleague whom that work is about, if it is not whoever is asked.
    `readers` are the roles that read its results, `reviewer` who does the work that it is about; "" if there is none.
    `asked_before`: the day on which they were asked something else within a month. `started`: they have answered
    something; `over`: it takes no more answers from them. The last lines are of the question at which they are: its
    `number` of `count`, its `choices` (key and words) and the one they `chose` before; without `choices` all of these
    are behind them. `words` counts the questions that are answered in one's own words. `changes` is what changes
    because of it, once it has closed.
    `whom`: who is asked, of one that quality assurance asks by itself.
    """

    title: str
    promise: str
    readers: str
    closes: date | None
    about: str = ""
    person: str = ""
    reviewer: str = ""
    questions: int = 0
    minutes: int = 2
    opens: date | None = None
    asked_before: str = ""
    started: bool = False
    sent: bool = False
    over: bool = False
    words: int = 0
    number: int = 0
    count: int = 0
    section: str = ""
    label: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    chose: str = ""
    changes: str = ""
    whom: str = ""


@dataclass(slots=True)
class ExampleView:
    """One record of good practice as those read it with whom it is shared. The texts are cut to a few lines."""

    colleague: str
    service: str
    what: str
    difference: str
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class LibraryView:
    """What came into the library of good practice since the last time, for one reader; `more` is how many others."""

    examples: tuple[ExampleView, ...] = ()
    more: int = 0


@dataclass(slots=True)
class Item:
    """One thing that a message is about. `params` are the step's own values; `token` that of its notice."""

    token: str
    audit: AuditView | None = None
    deadline: DeadlineView | None = None
    alert: AlertView | None = None
    moderation: ModerationView | None = None
    nomination: NominationView | None = None
    cycle: CycleView | None = None
    row: RowView | None = None
    occasion: OccasionView | None = None
    help: HelpView | None = None
    survey: SurveyView | None = None
    library: LibraryView | None = None
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Council:
    """Whose service this is, and whom to phone when a child may be at risk now.

    `quality` is who runs quality assurance, by the framework's title: "the Clerk". `helper` is whom the recipient asks
    for help: the same, and to one of them "a colleague".
    """

    name: str
    duty_line: str
    quality: str = "whoever runs quality assurance"
    helper: str = "whoever runs quality assurance"


@dataclass(slots=True)
class Links:
    """Addresses of the web inbox. All need the person's own signed link."""

    inbox: str
    record: str = ""
