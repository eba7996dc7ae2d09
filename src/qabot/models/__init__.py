"""The tables, a module for each noun. Times are UTC; dates are days in England."""

from sqlmodel import SQLModel

from qabot.models.action import Action, ActionState
from qabot.models.alert import Alert
from qabot.models.api_token import ApiReply, ApiToken
from qabot.models.audit import Audit, AuditState, Draw, DrawKind, Moderation
from qabot.models.calendar_feed import CalendarFeed, CalendarItem, FeedKind
from qabot.models.confirmed_reading import ConfirmedReading
from qabot.models.deadline import Deadline, DeadlineState, Ending, LadderSnapshot, is_past
from qabot.models.directory import Difference, DifferenceState, DirectoryUser
from qabot.models.ended_session import EndedSession
from qabot.models.event import Event
from qabot.models.help_request import HelpRequest
from qabot.models.identity import Identity, IdentityClash
from qabot.models.legal_hold import LegalHold
from qabot.models.list_line import ListLine
from qabot.models.log_mark import LogMark, MarkKind
from qabot.models.moment import Answer, AnswerRow, Moment
from qabot.models.nomination import Nomination
from qabot.models.notice import Notice, NoticeState, is_held
from qabot.models.numbering import number_once
from qabot.models.occasion import Occasion, OccasionState
from qabot.models.pace import Pace
from qabot.models.people import Absence, Account, AccountClash, Person, RoleHolding, Service, Team
from qabot.models.process import Process
from qabot.models.programme import Case, CaseInvolvement, Cycle, OwnClock, PickedCase
from qabot.models.pulse import Pulse
from qabot.models.receipt import Receipt
from qabot.models.report import Report
from qabot.models.store import Meta, PendingLink, Store
from qabot.models.survey import CommentState, RoundState, SurveyComment, SurveyFigure, SurveyRound, SurveySheet
from qabot.models.used_link import UsedLink
from qabot.models.webhook import CallState, Webhook, WebhookCall

number_once(SQLModel.metadata)

__all__ = [
    "Absence",
    "Account",
    "AccountClash",
    "Action",
    "ActionState",
    "Alert",
    "Answer",
    "AnswerRow",
    "ApiReply",
    "ApiToken",
    "Audit",
    "AuditState",
    "CalendarFeed",
    "CalendarItem",
    "CallState",
    "Case",
    "CaseInvolvement",
    "CommentState",
    "ConfirmedReading",
    "Cycle",
    "Deadline",
    "DeadlineState",
    "Difference",
    "DifferenceState",
    "DirectoryUser",
    "Draw",
    "DrawKind",
    "EndedSession",
    "Ending",
    "Event",
    "FeedKind",
    "HelpRequest",
    "Identity",
    "IdentityClash",
    "LadderSnapshot",
    "LegalHold",
    "ListLine",
    "LogMark",
    "MarkKind",
    "Meta",
    "Moderation",
    "Moment",
    "Nomination",
    "Notice",
    "NoticeState",
    "Occasion",
    "OccasionState",
    "OwnClock",
    "Pace",
    "PendingLink",
    "Person",
    "PickedCase",
    "Process",
    "Pulse",
    "Receipt",
    "Report",
    "RoleHolding",
    "RoundState",
    "Service",
    "Store",
    "SurveyComment",
    "SurveyFigure",
    "SurveyRound",
    "SurveySheet",
    "Team",
    "UsedLink",
    "Webhook",
    "WebhookCall",
    "is_held",
    "is_past",
]
