"""What the API gives and takes, as types: they check what comes in, and the description is made from them."""

from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")
MOST = 200
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most")]
Cursor = Annotated[
    str | None, Query(pattern=r"^c[0-9]{1,9}$", description="`next` of the page before; the first page without it")
]


class Shape(BaseModel):
    """One thing that is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Shape, Generic[Item]):
    """Some of a list. `next` is the cursor of what follows; null at the end."""

    items: list[Item]
    next: str | None = None


class AuditShape(Shape):
    """One piece of work. `grade` is null where there is none, or it is not this token's to know (`grade_shown`)."""

    reference: str = Field(examples=["QA-1042"])
    activity: str
    cycle: str | None = None
    cycle_starts: date | None = None
    about: str = Field(description="case, person, place, theme or nothing")
    what: str = Field("", description="The place or theme")
    case_reference: str | None = None
    team: str | None = None
    auditor: str = Field(description="E-mail address")
    practitioner: str | None = Field(None, description="E-mail address")
    state: Literal["allocated", "submitted", "finalised", "withdrawn"]
    due_on: date
    allocated_at: datetime
    submitted_at: datetime | None = None
    finalised_at: datetime | None = None
    grade: str | None = None
    grade_shown: bool = False


class CaseShape(Shape):
    """A case, by its reference alone."""

    reference: str
    team: str
    practitioner: str | None = Field(None, description="E-mail address")
    open: bool


class PersonShape(Shape):
    """A member of staff. `roles` are as imports write them: role, or role@team."""

    name: str
    email: str
    employee_id: str = ""
    team: str = ""
    service: str = ""
    roles: list[str]
    line_manager: str = Field("", description="E-mail address")
    deputy: str = Field("", description="E-mail address")
    work_days: str = Field(examples=["12345"])
    administrator: bool
    active: bool


class AbsenceShape(Shape):
    """Somebody is away from a day to a day, both included. Why is not kept."""

    id: int
    person: str = Field(description="E-mail address")
    from_on: date
    to_on: date
    deputy: str | None = Field(None, description="E-mail address")


class ActionShape(Shape):
    """Something to be done after work. What it is stands in the case system and on its record."""

    id: str
    reference: str
    title: str
    source: str
    team: str
    service: str
    owner: str = Field(description="Name")
    since: date
    due: date | None = None
    state: Literal["open", "past", "new-date", "done"]
    audit: str | None = Field(None, description="The reference of its audit")


class DeadlineShape(Shape):
    """Who owes what by when. Who was asked in a survey owes nothing, and is not listed."""

    id: str
    kind: str
    title: str
    about: str
    audit: str | None = Field(None, description="The reference of its audit")
    owner: str | None = Field(None, description="E-mail address")
    team: str | None = None
    due_on: date | None = None
    due_at: datetime | None = None
    state: Literal["open", "met", "withdrawn"]
    past: bool
    rule: str
    opened_at: datetime
    closed_at: datetime | None = None


class NoticeShape(Shape):
    """One message to one person: what became of it, without its words."""

    message: str
    lane: Literal["alert", "due", "news"]
    state: str
    recipient: str = Field(description="E-mail address")
    about: str
    rule: str
    adapter: str | None = None
    not_before: datetime
    sent_at: datetime | None = None


class FigureShape(Shape):
    """One number of a figure. What is too small to be shown is hidden: its numbers are null."""

    measure: str
    title: str
    by: str
    group: str = Field(description="All, or the group's name")
    period: str
    base: str
    size: int | None
    counts: dict[str, int | None] | None
    headline: str
    value: float | None
    unit: str
    hidden: bool
    target: int | None = None


MOST_ROWS = 500
Text = Annotated[str, Field(max_length=300)]


class GivenAudit(Shape):
    """A piece of work that began elsewhere; with `submitted_on` it is done, and has answers."""

    activity: Text = Field(description="Its key in the framework, or its title")
    cycle: date = Field(description="The first day of its cycle")
    auditor: Text = Field(description="E-mail address")
    case_reference: Text | None = None
    about: Text | None = Field(None, description="Whom or what it is about, where that is no case")
    practitioner: Text | None = Field(None, description="E-mail address")
    team: Text | None = None
    due: date | None = None
    submitted_on: date | None = None
    answers: dict[Annotated[str, Field(max_length=100)], Text] | None = Field(
        None, max_length=200, description="What its form asks, by the headings of the audits file"
    )


class GivenAudits(Shape):
    """Pieces of work: all of them are taken, or none."""

    audits: list[GivenAudit] = Field(min_length=1, max_length=MOST_ROWS)


class GivenCase(Shape):
    """A case, by its reference alone."""

    reference: Text
    team: Text | None = None
    practitioner: Text | None = Field(None, description="E-mail address")
    involved: list[Text] | None = Field(None, max_length=50, description="E-mail addresses of whoever worked on it")
    open: bool | None = None


class GivenCases(Shape):
    """Cases: all of them are taken, or none."""

    cases: list[GivenCase] = Field(min_length=1, max_length=MOST_ROWS)


class GivenPerson(Shape):
    """A member of staff. What is not given stays as it is. Who is an administrator no program says."""

    name: Text
    email: Text
    former_email: Text | None = None
    employee_id: Text | None = None
    team: Text | None = None
    service: Text | None = None
    roles: list[Text] | None = Field(
        None, max_length=50, description="As a file of people writes them: role, or role@team"
    )
    line_manager: Text | None = Field(None, description="E-mail address")
    deputy: Text | None = Field(None, description="E-mail address")
    work_days: Annotated[str, Field(pattern=r"^[1-7]{1,7}$")] | None = None
    active: bool | None = None


class GivenPeople(Shape):
    """Members of staff: all of them are taken, or none."""

    people: list[GivenPerson] = Field(min_length=1, max_length=MOST_ROWS)


class Taken(Shape):
    """What was taken. `references` are those of new work; `warnings` say what is likely wrong."""

    added: int
    changed: int
    unchanged: int
    references: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)


class GivenGrades(Shape):
    """What the form of a piece of work asks, from whoever does it."""

    answers: dict[Annotated[str, Field(max_length=100)], Text | bool | int | list[Text]] = Field(max_length=200)
    actions: bool | None = Field(None, description="Whether there are actions to follow up, where the form asks it")
    immediate_concerns: bool = False


class GivenAbsence(Shape):
    """Somebody is away from a day to a day, both included. Why is not asked."""

    person: Text = Field(description="E-mail address")
    from_on: date
    to_on: date
    deputy: Text | None = Field(None, description="E-mail address; the usual deputy without it")


class GivenAnswer(Shape):
    """What is asked about an action that is done; nothing where nothing is."""

    answers: dict[Annotated[str, Field(max_length=100)], Text | bool | int | list[Text]] = Field(
        default_factory=dict, max_length=200
    )


class GivenDate(Shape):
    """When an action will be done. `why` is asked where somebody has to agree."""

    new_date: date
    why: Text | None = None


class Done(Shape):
    """That it is done, in words."""

    said: str
