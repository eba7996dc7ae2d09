"""What the charts of a survey's page show: the same figures as its file, put together by scale."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from qabot.planning.percentages import percentage
from qabot.workflows.access.survey_results import QuestionTable, Results, last_time

ChartRow = tuple[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that stand together and are answered on the same scale; any other question is a group of its own."""

    section: str
    tables: tuple[QuestionTable, ...]

    @property
    def scaled(self) -> bool:
        """Whether its answers have an order, with a middle."""
        return bool(self.tables[0].version)

    @property
    def answers(self) -> tuple[str, ...]:
        """What can be answered to each."""
        return self.tables[0].answers

    @property
    def whole(self) -> list[ChartRow]:
        """Each question with the counts of all."""
        return [(_label(each), each.rows[0][1]) for each in self.tables]

    @property
    def choices(self) -> list[tuple[str, int]]:
        """Of a question of its own, how many gave each answer."""
        return list(zip(self.answers, self.tables[0].rows[0][1], strict=True))

    @property
    def changes(self) -> list[tuple[str, int, int]]:
        """Each question with how many of a hundred are above the middle of the scale, now and last time."""
        return [(each.label, *each.shares) for each in self.tables if each.shares is not None]


def _label(table: QuestionTable) -> str:
    refused = next(iter(table.refused.values()), 0)
    return f"{table.label} ({refused} would rather not answer)" if refused else table.label


def groups(shown: Results) -> Iterator[Group]:
    """The questions of a survey in order; a section is named once, above the first group in it."""
    section = ""

    def same(each: QuestionTable) -> tuple[object, ...]:
        return each.section, each.version, each.answers, "" if each.version else each.name

    for _, tables in groupby(shown.tables, same):
        these = tuple(tables)
        yield Group(these[0].section if these[0].section != section else "", these)
        section = these[0].section


def rates(shown: Results) -> list[tuple[str, int]]:
    """Of a hundred who were asked, how many have answered."""
    return [
        (f"{service} ({answered} of {number})", percentage(answered, number))
        for service, number, answered in shown.rates
    ]


def all_rows(shown: Results, table: QuestionTable) -> list[ChartRow]:
    """A question's counts: of all, of all last time, and of each service that is shown."""
    before: list[ChartRow] = [(last_time(shown.last), table.before)] if shown.last and table.before else []
    return [table.rows[0], *before, *table.rows[1:]]
