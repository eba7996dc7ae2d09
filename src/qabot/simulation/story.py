"""What the invented colleagues do by themselves while the demo's time passes; the rest is for whoever tries it.

Every third auditor is left alone, so that reminders have somebody to remind. One review comes in RED, and its alert
waits for whoever tries the demo.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from qabot.demo.council import CouncilData
from qabot.framework.calendar import Calendar, at_local
from qabot.simulation.scenario import AuditChoice, DataSent, Does, Happening, Submit

PARTS = ("practitioner-part-a", "practitioner-overall", "manager-part-a", "manager-overall")
GRADES = ("green", "amber", "green", "blue", "green", "amber")
RED_LEAD = 1
"""Which of the practice leads, in order, sends a RED review."""


def story(council: CouncilData, quarter: date) -> list[Happening]:
    """The happenings of the quarter that begins on this day, in order of time."""
    leads = [each.email for each in council.people if "practice-lead" in each.roles]
    happenings = [_happening(quarter - timedelta(days=12), time(11, 0), DataSent())]
    for number, email in enumerate(leads):
        if number % 3 != 2:
            happenings += _reviews(number, email, quarter)
    return sorted(happenings, key=lambda each: each.at)


def _reviews(number: int, email: str, quarter: date) -> Iterator[Happening]:
    calendar = Calendar()
    for nth in (1, 2, 3):
        day = calendar.roll(quarter + timedelta(days=26 * nth - 10 + number), "later")
        grade = GRADES[(number + nth) % len(GRADES)]
        if number == RED_LEAD and nth == 2:
            grade = "red"
        grades = dict.fromkeys(PARTS, grade)
        if grade == "red":
            grades["practitioner-overall"] = "amber"
        yield _happening(
            day, time(10 + number % 5, 20), Submit(audit=AuditChoice(auditor=email, nth=nth), grades=grades)
        )


def _happening(day: date, at: time, does: Does) -> Happening:
    return Happening(_moment(day, at), type(does).__name__, does, 0)


def _moment(day: date, at: time) -> datetime:
    return at_local(day, at)
