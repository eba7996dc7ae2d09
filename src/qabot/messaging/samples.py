"""Sample contexts, with invented staff, in which every message can be shown and checked.

A sample is a kind of subject ("audit", "many", ...); a variant is how its values are written: as usual, very long,
forty of them, full of characters that mean something to some platform, or with nothing that may be left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from qabot.messaging.card import Button, Card
from qabot.messaging.files import Catalogue, MakeButton, message_context
from qabot.messaging.views import (
    AlertView,
    AuditView,
    Council,
    CycleView,
    DeadlineView,
    ExampleView,
    HelpView,
    Item,
    LibraryView,
    Links,
    ModerationView,
    NominationView,
    OccasionView,
    PersonView,
    RowView,
    SurveyView,
)

SAMPLES = ("audit", "many", "alert", "moderation", "nomination", "cycle", "gathering", "survey", "library", "person")
VARIANTS = ("usual", "long", "forty", "odd", "emoji", "right-to-left", "sparse")

_READER = "Priya Raman"
TODAY = date(2026, 11, 23)
_ODD = "<&*_`@#[]()|~>\\{{x}}**b** <!channel> <at>all</at> https://evil.example zQ0Qz"


@dataclass(frozen=True, slots=True)
class _Writing:
    """How a variant writes names and other words, and whether it has what may be left out."""

    name: Callable[[str], str] = str
    words: Callable[[str], str] = str
    sparse: bool = False


_WRITINGS: Mapping[str, _Writing] = {
    "usual": _Writing(),
    "forty": _Writing(),
    "long": _Writing(
        name=lambda name: f"{name} Featherstonehaugh-Montgomery",
        words=lambda words: f"{words}, and the same again at more length, in other words and with care" * 4,
    ),
    "odd": _Writing(name=lambda name: f"{name} {_ODD}", words=lambda words: f"{words} {_ODD}"),
    "emoji": _Writing(name=lambda name: f"{name} 🌻👩🏽‍⚕️", words=lambda words: f"🎉 {words} 👏🏿"),
    "right-to-left": _Writing(name=lambda name: f"نور {name} חיים", words=lambda words: f"شكرا {words}"),
    "sparse": _Writing(sparse=True),
}


def sample_context(sample: str, variant: str = "usual") -> dict[str, Any]:
    """What a message file sees. Raises `KeyError` for a sample or variant that is not listed above."""
    writing = _WRITINGS[variant]
    items = [replace(item, params=_params(writing)) for item in _ITEMS[sample](writing)]
    if variant == "forty" and items:
        items = [replace(items[at % len(items)], token=f"sample-{at}") for at in range(40)]
    context = message_context(
        PersonView(1, writing.name(_READER), "Safeguarding North"),
        Council(
            "Example Borough Council", "020 7946 0018", "the Quality Assurance Service", "the Quality Assurance Service"
        ),
        Links("https://qabot.example/inbox", "https://cases.example/record"),
        TODAY,
        items,
    )
    return context | {"params": _params(writing)}


def show(catalogue: Catalogue, name: str, button: MakeButton | None = None, *, variant: str = "usual") -> Card:
    """A message with its sample data. Without `button` each button is labelled with its name."""
    return catalogue.render(name, sample_context(catalogue.get(name).sample, variant), button or _named)


def sample_buttons(labels: Mapping[str, str]) -> MakeButton:
    """Buttons with example labels by action name; one without a label is not offered."""
    return lambda action, token: Button(action, labels[action], token) if action in labels else None


def _named(action: str, token: str) -> Button:
    return Button(action, action.replace("-", " ").capitalize(), token)


def _params(writing: _Writing) -> dict[str, str]:
    link = {"url": "https://qabot.example/enter/sample"}
    if writing.sparse:
        return link
    return link | {
        "expires": "2026-11-23T17:00:00+00:00",
        "away": writing.name("Ade Okafor"),
        "first": "2026-11-30",
        "until": "2026-12-04",
        "by": writing.name("Bea Lindqvist"),
        "to": writing.name("Eve Sarkar"),
    }


def _audit(writing: _Writing, number: int = 1042) -> AuditView:
    audit = AuditView(
        reference=f"QA-{number}",
        activity="Practice Learning Review",
        plural="Practice Learning Reviews",
        case_reference=f"{2_204_000 + number}",
        team=writing.name("Safeguarding North"),
        service=writing.name("Safeguarding"),
        auditor=writing.name("Cal Mensah"),
        practitioner=writing.name("Dana Whitlock"),
        due=date(2026, 12, 31),
        state="final",
        grade="RED (Inadequate)",
        submitted=date(2026, 11, 2),
        final=date(2026, 11, 5),
        moderated=date(2026, 11, 16),
    )
    if not writing.sparse:
        return audit
    return replace(
        audit,
        case_reference="",
        team="",
        service="",
        practitioner="",
        grade="",
        submitted=None,
        final=None,
        moderated=None,
    )


def _deadline(writing: _Writing) -> DeadlineView:
    if writing.sparse:
        return DeadlineView("audit", "OURS-REM-1", None, date(2026, 10, 1), "Review")
    return DeadlineView(
        kind="audit",
        title="Review",
        rule="OURS-REM-1",
        due=date(2026, 12, 31),
        opened=date(2026, 10, 1),
        owner=writing.name("Cal Mensah"),
        owners=(writing.name("Cal Mensah"),),
        roles="the Head of Service",
        last_reply="16 November 2026",
        promised=date(2026, 12, 11),
        expected=date(2026, 12, 11),
        help_asked=date(2026, 11, 16),
        next_at=datetime(2026, 11, 23, 13, 5, tzinfo=UTC),
        next_told=(writing.name("Hana Sato"),),
        next_again=(writing.name("Gus Hartley"), "you"),
        next_you=True,
    )


def _owed(writing: _Writing) -> DeadlineView:
    """A deadline that is the reader's own."""
    owners = () if writing.sparse else (writing.name(_READER),)
    return replace(_deadline(writing), owner="".join(owners), owners=owners)


def _cycle(writing: _Writing) -> CycleView:
    quota = 0 if writing.sparse else 3
    return CycleView(
        name="October to December 2026",
        activity="Practice Learning Review",
        plural="Practice Learning Reviews",
        starts=date(2026, 10, 1),
        due=date(2026, 12, 31),
        done=quota and 2,
        quota=quota,
        wanted=quota and 33,
        picked=quota and 5,
    )


def _alert(writing: _Writing) -> AlertView:
    raised = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    if writing.sparse:
        return AlertView("", raised)
    names = tuple(writing.name(name) for name in ("Faye Adebayo", "Gus Hartley"))
    return AlertView(writing.words("An immediate concern"), raised, told=names)


def _nomination(writing: _Writing) -> NominationView:
    return NominationView(
        nominee=writing.name(_READER),
        nominator=writing.name("Hana Sato"),
        seen=date(2026, 11, 19),
        what=writing.words("Took time to explain the plan in plain words and checked that it was understood"),
        difference=writing.words("Everybody in the meeting knew what would happen next"),
        seen_in=writing.words("A meeting"),
        tags=() if writing.sparse else (writing.words("Respectful language"), writing.words("Working together")),
        case_reference="" if writing.sparse else "2205042",
        manager="" if writing.sparse else writing.name("Ines Duarte"),
    )


def _row(writing: _Writing) -> RowView:
    return RowView("Action", 2, writing.words("Ask the school how the new plan is working"))


def _one(writing: _Writing) -> list[Item]:
    row = None if writing.sparse else _row(writing)
    return [Item("sample-1", audit=_audit(writing), deadline=_deadline(writing), row=row)]


def _many(writing: _Writing) -> list[Item]:
    cycle = None if writing.sparse else _cycle(writing)
    items = [Item(f"sample-{number}", _audit(writing, number), _owed(writing)) for number in (1042, 1057, 1063)]
    about = "" if writing.sparse else writing.name("Ravi Sund")
    if not writing.sparse:
        words = writing.words("Could we look at it on Thursday")
        items[0].help = HelpView(
            writing.name("Bea Lindqvist"), date(2026, 11, 16), "Hana Sato", "We have talked", words
        )
    items[1].audit = replace(_audit(writing, 1057), case_reference="", about=about)
    second_look = ModerationView("head-of-service", writing.name("Ines Moreau"), date(2026, 11, 16))
    return [replace(item, cycle=cycle) for item in items[:2]] + [replace(items[2], moderation=second_look)]


def _alerted(writing: _Writing) -> list[Item]:
    return [replace(_one(writing)[0], alert=_alert(writing), deadline=_owed(writing))]


def _moderated(writing: _Writing) -> list[Item]:
    moderator = "" if writing.sparse else writing.name("Ines Moreau")
    drawn = ModerationView("head-of-service", moderator, date(2026, 11, 16))
    return [replace(_one(writing)[0], moderation=drawn, deadline=_owed(writing))]


def _nominated(writing: _Writing) -> list[Item]:
    return [Item("sample-1", nomination=_nomination(writing))]


def _round(writing: _Writing) -> list[Item]:
    return [Item("sample-1", deadline=_deadline(writing), cycle=_cycle(writing))]


def _gathered(writing: _Writing) -> list[Item]:
    day = date(2026, 12, 15)
    occasion = OccasionView("Practice Board", "Practice Board on 15 December 2026", day)
    if not writing.sparse:
        title = writing.name("Practice Board")
        occasion = OccasionView(
            title,
            f"{title} on 15 December 2026",
            day,
            "2pm to 4pm",
            "Director of Operations",
            why="Too few people",
            chairs=(writing.name("Dara Whitlock"),),
        )
    return [Item("sample-1", deadline=_owed(writing), occasion=occasion)]


def _surveyed(writing: _Writing) -> list[Item]:
    readers = writing.name("Quality Assurance Service")
    survey = SurveyView(
        writing.name("Your view of the review"), "confidential", readers, date(2026, 12, 4), questions=3
    )
    if not writing.sparse:
        survey = replace(
            survey,
            about="QA-1042",
            reviewer=writing.name("Cal Mensah"),
            opens=date(2026, 11, 30),
            asked_before="2 November 2026",
            words=1,
            number=1,
            count=2,
            label=writing.words("How helpful was it"),
            choices=(("1", "Not at all"), ("2", writing.words("Very"))),
            whom=writing.words("everybody who is Social Worker"),
            changes=writing.words("Reviews are talked through within a week"),
        )
    return [Item("sample-1", deadline=_owed(writing), survey=survey)]


def _library(writing: _Writing) -> list[Item]:
    nomination = _nomination(writing)
    service = "" if writing.sparse else writing.name("Assessment")
    example = ExampleView(nomination.nominee, service, nomination.what, nomination.difference, nomination.tags)
    whole = LibraryView((example,)) if writing.sparse else LibraryView((example,) * 3, more=2)
    return [Item("sample-1", cycle=_cycle(writing), library=whole)]


def _nothing(_writing: _Writing) -> list[Item]:
    return []


_ITEMS: Mapping[str, Callable[[_Writing], list[Item]]] = dict(
    zip(
        SAMPLES,
        (_one, _many, _alerted, _moderated, _nominated, _round, _gathered, _surveyed, _library, _nothing),
        strict=True,
    )
)
