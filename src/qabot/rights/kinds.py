"""Every table of the database: which kind of data it holds, what of it goes with a person, and why the rest stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlmodel import SQLModel

from qabot import models

KindName = Literal[
    "delivery-log",
    "audit-record",
    "survey-answers",
    "survey-results",
    "nominations",
    "absences",
    "sign-ins",
    "staff",
    "programme",
    "legal-holds",
    "service",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data. `days`: how long it is kept by default; None for as long as `why` says."""

    title: str
    days: int | None
    why: str


KINDS: Mapping[KindName, Kind] = {
    "delivery-log": Kind(
        "Messages that were sent, and who was told", 730, "To answer for what was sent; then nobody needs it"
    ),
    "audit-record": Kind(
        "Audits, what was owed and answered about them, alerts and who acknowledged them",
        None,
        "As long as the audit's record in the case system, which the council says (QABOT_RETENTION): who raised, saw "
        "and answered what is evidence of the work",
    ),
    "survey-answers": Kind(
        "What was answered in surveys, sealed, and what people wrote", 730, "Then the counts alone are left"
    ),
    "survey-results": Kind("Counts of surveys", None, "They are linked to nobody"),
    "nominations": Kind("Records of good practice", 730, "Or until whoever it is about withdraws it from sharing"),
    "absences": Kind("Who was away from when until when", 30, "Only needed to tell somebody else meanwhile"),
    "sign-ins": Kind("Links and sessions that were used", 30, "Only needed while a copy of one could still count"),
    "staff": Kind(
        "People, their roles and accounts", None, "While they work here; then a number stands for whoever is erased"
    ),
    "programme": Kind(
        "Cycles, draws, meetings, cases by reference, teams", None, "How the work was shared out can be shown again"
    ),
    "legal-holds": Kind("Legal holds", None, "They show why something was kept"),
    "service": Kind("What the service needs to run", None, "Nothing about people"),
}

Erasing = Literal["goes", "words", "stays"]
"""What becomes of rows about a person who is erased: they go; they stay without their words; they stay."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A table. `title`: what its rows are, for people. `goes`: columns that name the person whose rows go with them."""

    kind: KindName
    title: str
    goes: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] | None = None
    """Of rows that stay: by the column that names the person, the columns whose words go."""
    through: tuple[str, type[SQLModel]] | None = None
    """The column that points to a row of another table, with which they go."""


TABLES: Mapping[type[SQLModel], Kept] = {
    models.Person: Kept("staff", "their entry: name, address, hours, team"),
    models.RoleHolding: Kept("staff", "roles they held", ("person_id",)),
    models.Account: Kept("staff", "chat accounts", ("person_id",)),
    models.AccountClash: Kept("staff", "second accounts that were theirs or not", ("person_id",)),
    models.Identity: Kept("staff", "accounts with which they sign in", ("person_id",)),
    models.IdentityClash: Kept("staff", "accounts that claimed to be theirs", ("person_id",)),
    models.Absence: Kept("absences", "absences", ("person_id",)),
    models.UsedLink: Kept("sign-ins", "links they used", ("person_id",)),
    models.EndedSession: Kept("sign-ins", "sessions they ended", ("person_id",)),
    models.PendingLink: Kept("sign-ins", "presses from before their account was linked", ("person_id",)),
    models.CaseInvolvement: Kept("programme", "cases they were involved in", ("person_id",)),
    models.Receipt: Kept("sign-ins", "presses that could be taken back", ("person_id",)),
    models.CalendarItem: Kept(
        "staff", "days that their calendars were given", through=("feed_id", models.CalendarFeed)
    ),
    models.CalendarFeed: Kept("staff", "addresses of their calendars", ("person_id",)),
    models.Difference: Kept(
        "staff", "what the directory stated otherwise of them", through=("user_id", models.DirectoryUser)
    ),
    models.DirectoryUser: Kept("staff", "what the directory stated of them", ("person_id",)),
    models.WebhookCall: Kept("delivery-log", "calls to programs", through=("webhook_id", models.Webhook)),
    models.Webhook: Kept("staff", "addresses of programs that they had called", ("person_id",)),
    models.ApiReply: Kept("staff", "answers to programs that acted for them", through=("token_id", models.ApiToken)),
    models.ApiToken: Kept("staff", "tokens of programs that acted for them", ("person_id",)),
    models.SurveySheet: Kept("survey-answers", "sheets of surveys", ("person_id",)),
    models.SurveyComment: Kept("survey-answers", "what was written in surveys, by nobody known"),
    models.Nomination: Kept(
        "nominations",
        "records of good practice",
        words={"nominee_id": ("what", "difference", "case_reference", "nominee_email")},
    ),
    models.HelpRequest: Kept("audit-record", "requests for help", words={"asked_by_id": ("note",)}),
    models.Notice: Kept("delivery-log", "messages", words={"recipient_id": ("conversation", "message_id")}),
    models.ListLine: Kept("delivery-log", "what stood on lists"),
    models.Event: Kept("delivery-log", "lines of the event log"),
    models.Audit: Kept("audit-record", "audits"),
    models.Moderation: Kept("audit-record", "second looks"),
    models.Alert: Kept("audit-record", "alerts"),
    models.Action: Kept("audit-record", "actions"),
    models.Answer: Kept("audit-record", "answers"),
    models.AnswerRow: Kept("audit-record", "rows of answers"),
    models.Moment: Kept("audit-record", "moments of the work"),
    models.Deadline: Kept("audit-record", "what was owed"),
    models.LadderSnapshot: Kept("audit-record", "ladders as they were"),
    models.Report: Kept("audit-record", "reports about the programme"),
    models.ConfirmedReading: Kept("audit-record", "readings that were confirmed"),
    models.Draw: Kept("programme", "draws"),
    models.Cycle: Kept("programme", "cycles"),
    models.OwnClock: Kept("programme", "clocks of their own"),
    models.PickedCase: Kept("programme", "cases that were picked"),
    models.Case: Kept("programme", "cases"),
    models.Occasion: Kept("programme", "meetings and events"),
    models.Service: Kept("programme", "services"),
    models.Team: Kept("programme", "teams"),
    models.SurveyRound: Kept("survey-results", "surveys"),
    models.SurveyFigure: Kept("survey-results", "counts of surveys"),
    models.Pulse: Kept("survey-results", "short surveys that quality assurance wrote"),
    models.LegalHold: Kept("legal-holds", "legal holds"),
    models.LogMark: Kept("service", "marks that show whether the event log is whole: no words"),
    models.Meta: Kept("service", "facts about the database"),
    models.Process: Kept("service", "processes of the service"),
    models.Pace: Kept("service", "moments of the last sends, which keep to the platforms' pace"),
}
