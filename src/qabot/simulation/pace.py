"""When somebody who is invented does what they owe: most in time, some late, some never."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Literal

from qabot.framework.calendar import Calendar, at_local, local_day
from qabot.models import Deadline
from qabot.planning.directory import Staff

Answering = Literal["most", "all", "none"]
IN_TIME, LATE = 0.72, 0.86
"""Of what is owed, how much is done in time; how much in time or late. The rest is never done."""
LATE_BY = (1, 9)
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
        share = random.random() if self.answering == "most" else 0.0
        if alert and self.alerts:
            return self._alert(now, late=share >= IN_TIME)
        if alert or share >= LATE:
            return None
        day = self._day(deadline, local_day(now), random, late=share >= IN_TIME)
        return at_local(self.at_work(day, staff), random.choice(HOURS))

    def _alert(self, now: datetime, *, late: bool) -> datetime:
        today = local_day(now)
        days = (self.calendar.add_days(today, each) if each else today for each in range(4))
        moments = (at_local(day, hour) for day in days if self.calendar.is_working(day) for hour in HOURS)
        soonest = now + (timedelta(days=2) if late else SOON)
        return next((each for each in moments if each >= soonest), soonest)

    def _day(self, deadline: Deadline, today: date, random: Random, *, late: bool) -> date:
        opens = max(deadline.opens_on or today, today) + timedelta(days=1)
        due = deadline.due_on or opens + timedelta(days=WITHOUT_DATE)
        if late:
            return max(due, opens) + timedelta(days=random.randint(*LATE_BY))
        return opens + timedelta(days=int(max(0, (due - opens).days - 1) * random.uniform(0.2, 1)))

    def at_work(self, day: date, staff: Staff | None) -> date:
        """The first day from this one on which somebody is at work; a working day if there is none."""
        for ahead in range(FURTHEST):
            following = day + timedelta(days=ahead)
            if staff.works(following, self.calendar) if staff else self.calendar.is_working(following):
                return following
        return self.calendar.roll(day, "later")
