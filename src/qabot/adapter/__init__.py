"""The contract of a chat adapter, and all that an adapter may know of qabot besides `qabot.messaging`.

An adapter is found by the entry point group `qabot.adapters`: a function `create(service, environ) -> Adapter`.
It does two things: it draws and sends cards, and it verifies what people press and hands it to the `Service`.

What a send can come to is a closed set (`Outcome`). The parts: `contract`, the two sides; `exchange`, what they hand to
each other; `outcomes`; `setting_up`, what an adapter has `qabot setup` ask.
"""

from qabot.adapter.contract import Adapter, FindsPeople, Listens, ListsStaff, Part, Previews, Rate, Service, Watched
from qabot.adapter.exchange import (
    Command,
    CommandWord,
    DirectoryEntry,
    DirectoryUnread,
    Finding,
    OpenForm,
    OutOfReach,
    PersonOption,
    Press,
    Reply,
    Say,
    ShowCard,
    StaffMember,
    Submission,
    Who,
)
from qabot.adapter.outcomes import (
    LONGEST_TEXT,
    LONGEST_WAIT,
    UNCLEAR_WAIT,
    Address,
    Ambiguous,
    Outcome,
    RefusedForAll,
    RefusedForPerson,
    RetryAfter,
    Sent,
    retry_after,
    seconds_of,
    storable,
    wait_before_again,
)
from qabot.adapter.setting_up import ChatQuestion, ChatSetup

__all__ = [
    "LONGEST_TEXT",
    "LONGEST_WAIT",
    "UNCLEAR_WAIT",
    "Adapter",
    "Address",
    "Ambiguous",
    "ChatQuestion",
    "ChatSetup",
    "Command",
    "CommandWord",
    "DirectoryEntry",
    "DirectoryUnread",
    "Finding",
    "FindsPeople",
    "Listens",
    "ListsStaff",
    "OpenForm",
    "OutOfReach",
    "Outcome",
    "Part",
    "PersonOption",
    "Press",
    "Previews",
    "Rate",
    "RefusedForAll",
    "RefusedForPerson",
    "Reply",
    "RetryAfter",
    "Say",
    "Sent",
    "Service",
    "ShowCard",
    "StaffMember",
    "Submission",
    "Watched",
    "Who",
    "retry_after",
    "seconds_of",
    "storable",
    "wait_before_again",
]
