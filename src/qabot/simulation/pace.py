"""When somebody who is invented does what they owe: most in time, some late, some never or very late."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Literal

from qabot.framework.calendar import Calendar, at_local, local_day
from qabot.models import Deadline
from qabot.planning.directory import Staff

Answering = Literal["most", "late", "all", "none"]
"""How people answer: most in time, some late, some never; the same, but in the end all of it; all in time; nobody."""
IN_TIME, LATE = 0.72, 0.86
"""Of what is owed, how much is done in time; how much in time or late. The rest is never done."""
LATE_BY, VERY_LATE_BY = (1, 9), (30, 60)
"""Days after the due date."""
WITHOUT_DATE = 24
"""Days within which something that has no date is done."""
HOURS = (time(10, 20), time(12, 20), time(14, 20))
"""When people do something: few moments, because each is a round of planning and sending."""
FURTHEST = 60
"""Days within which a day at work is looked for."""
SOON = timedelta(hours=1)
"""An alert is acknowledged at the first of these hours that is as far off."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How people answer, if they do at all. `alerts`: whether they acknowledge alerts too; in the demo, whoever tries
    it does that.
    """

    answering: Answering
    calendar: Calendar
    alerts: bool = True

    def moment(
        self, deadline: Deadline, now: datetime, staff: Staff | None, random: Random, alert: bool
    ) -> datetime | None:
        """When (UTC) it is answered; None if never. An alert does not end by itself: somebody acknowledges it."""
        share = random.random() if self.at_times_late else 0.0
        if alert and self.alerts:
            return self._alert(now, late=share >= IN_TIME)
        if alert or (share >= LATE and self.answering == "most"):
            return None
        day = self._day(deadline, local_day(now), random, share)
        return at_local(self.at_work(day, staff), random.choice(HOURS) if self.answering != "late" else HOURS[0])

    @property
    def at_times_late(self) -> bool:
        """Whether some of it is done late, and people ask for more time."""
        return self.answering in ("most", "late")

    def _alert(self, now: datetime, *, late: bool) -> datetime:
        today = local_day(now)
        days = (self.calendar.add_days(today, each) if each else today for each in range(4))
        moments = (at_local(day, hour) for day in days if self.calendar.is_working(day) for hour in HOURS)
        soonest = now + (timedelta(days=2) if late else SOON)
        return next((each for each in moments if each >= soonest), soonest)

    def _day(self, deadline: Deadline, today: date, random: Random, share: float) -> date:
        opens = max(deadline.opens_on or today, today) + timedelta(days=1)
        due = deadline.due_on or opens + timedelta(days=WITHOUT_DATE)
        if share >= IN_TIME:
            late_by = LATE_BY if share < LATE else VERY_LATE_BY
            return max(due, opens) + timedelta(days=random.randint(*late_by))
        return opens + timedelta(days=int(max(0, (due - opens).days - 1) * random.uniform(0.2, 1)))

    def at_work(self, day: date, staff: Staff | None) -> date:
        """The first day from this one on which somebody is at work; a working day if there is none."""
        for ahead in range(FURTHEST):
            following = day + timedelta(days=ahead)
            if staff.works(following, self.calendar) if staff else self.calendar.is_working(following):
                return following
        return self.calendar.roll(day, "later")
