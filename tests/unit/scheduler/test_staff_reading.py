"""A directory that is read as a whole: what differs waits, who left there leaves, and a bad reading does nothing."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import SQLModel, col, select

from qabot.adapter import DirectoryUnread, Finding, StaffMember
from qabot.cli.serve import read_now_and_then
from qabot.errors import BadRequest
from qabot.models import Difference, DirectoryUser, Event, Person, Service, Store, Team
from qabot.scheduler import out_of_office
from qabot.scheduler.readings import Kept, forget, kept
from qabot.scheduler.staff_reading import KEY, Compared, DailyReading, compare
from qabot.settings import read_settings
from qabot.web import checklist
from qabot.wiring import build, readings_of
from qabot.workflows.access import tokens
from qabot.workflows.core.situation import Situations, people_changed
from qabot.workflows.desk import Desk
from qabot.workflows.people import differences
from qabot.workflows.registrations import new_registry
from tests.support.slack import FakeSlack
from tests.support.teams.connector import Connector
from tests.support.waiting import until
from tests.support.world import newham, tools

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ADE, BEA, QUINN, GIL = 1, 2, 3, 4
PEOPLE = {ADE: "Ade Bello", BEA: "Bea Cole", QUINN: "Quinn Marsh", GIL: "Gil Gone"}


def member(name: str, **more: object) -> StaffMember:
    first = name.split()[0].lower()
    return replace(StaffMember(name, f"{first}@council.example", id=f"id-{first}"), **more)  # type: ignore[arg-type]


THERE = [member(PEOPLE[each]) for each in (ADE, BEA, QUINN)]


@dataclass
class Council:
    """Three who work here, one who has left, and a directory that says what a test has it say."""

    store: Store
    now: datetime = NOW
    says: Sequence[StaffMember] | Exception = ()
    readings: int = 0
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        registry = new_registry()
        self.desk = Desk(self.store, Situations.of(newham()), tools(), registry, lambda: self.now)

    async def read(self) -> Sequence[StaffMember]:
        self.readings += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    async def compare(self, *staff: StaffMember, after: timedelta = timedelta(minutes=1)) -> Compared:
        self.now += after
        return await compare(self.desk, "graph", staff)

    def differing(self) -> dict[tuple[str, str], tuple[str, str]]:
        with self.store.transaction() as session:
            query = select(Difference, DirectoryUser).where(Difference.user_id == DirectoryUser.id)
            return {
                (user.user_name, row.field): (row.known, row.stated)
                for row, user in session.exec(query.where(Difference.state == "open"))
            }

    def users(self) -> set[tuple[str, str]]:
        with self.store.transaction() as session:
            return {(each.source, each.user_name) for each in session.exec(select(DirectoryUser))}

    def working(self) -> set[str]:
        with self.store.transaction() as session:
            return set(session.exec(select(Person.name).where(col(Person.active))))

    def left(self) -> list[int | None]:
        with self.store.transaction() as session:
            return [each.subject_id for each in session.exec(select(Event).where(Event.what == differences.LEFT))]

    def finding(self) -> Finding | None:
        with self.store.transaction() as session:
            found = checklist.findings(self.desk.unit(session), ())
            return next((each for each in found if each.check.startswith("Reading of the directory")), None)


@pytest.fixture(scope="module")
def database() -> Iterator[Store]:
    store = Store("sqlite://", inline=True)
    SQLModel.metadata.create_all(store.engine)
    yield store
    store.close()


@pytest.fixture
def council(database: Store) -> Council:
    with database.transaction() as session:
        for table in reversed(SQLModel.metadata.sorted_tables):
            session.execute(table.delete())
        session.add(Service(id=1, name="Assessment"))
        session.flush()
        session.add(Team(id=1, name="Maple", service_id=1))
        session.flush()
        for number, name in PEOPLE.items():
            first, active = name.split()[0].lower(), number != GIL
            session.add(Person(id=number, name=name, email=f"{first}@council.example", team_id=1, active=active))
        session.flush()
        session.get_one(Person, QUINN).administrator = True
        people_changed(session)
    return Council(database)


async def test_what_differs_waits_and_of_strangers_nothing_is_kept(council: Council) -> None:
    done = await council.compare(
        member("Ade Bello-Cole", email="Ade@Council.example", manager="bea@council.example", employee_id="A7"),
        member("Bea Cole", manager="boss@council.example"),
        member("Quinn Marsh"),
        member("Nadia New", team="maple", manager="bea@council.example"),
        member("Lee Library", team="Libraries", manager="bea@council.example"),
        member("Gil Gone"),
    )
    assert (done.taken.read, done.taken.here, done.left, done.waiting) == (6, 3, (), ())
    assert council.differing() == {
        ("id-ade", "name"): ("Ade Bello", "Ade Bello-Cole"),
        ("id-ade", "employee_id"): ("", "A7"),
        ("id-ade", "line_manager"): ("", "bea@council.example"),
        ("id-nadia", "person"): (
            "",
            "Nadia New, e-mail nadia@council.example, team Maple, line manager bea@council.example",
        ),
    }
    assert council.users() == {("graph", f"id-{each}") for each in ("ade", "bea", "quinn", "nadia")}
    assert council.working() == {"Ade Bello", "Bea Cole", "Quinn Marsh"}
    await council.compare(*THERE)
    assert council.differing() == {}
    assert council.users() == {("graph", f"id-{each}") for each in ("ade", "bea", "quinn")}


async def test_somebody_is_the_same_person_after_another_address_and_by_the_name_they_sign_in_with(
    council: Council,
) -> None:
    await council.compare(
        *THERE[1:], member("Ade Bello", email="a.bello@council.example", sign_in="ade@council.example")
    )
    address = {("id-ade", "email"): ("ade@council.example", "a.bello@council.example")}
    assert council.differing() == address
    await council.compare(*THERE[1:], member("Ade Bello", email="a.bello@council.example"))
    assert council.differing() == address


@pytest.mark.parametrize("way", ["closed", "taken out", "closed at the first reading"])
async def test_whoever_leaves_there_has_left_here_at_once(council: Council, way: str) -> None:
    if way != "closed at the first reading":
        await council.compare(*THERE)
    closed = [] if way == "taken out" else [member("Bea Cole", active=False)]
    assert (await council.compare(THERE[0], THERE[2], *closed)).left == ("Bea Cole",)
    assert council.working() == {"Ade Bello", "Quinn Marsh"}
    assert council.left() == [BEA]
    assert council.differing() == {}
    assert ("graph", "id-bea") in council.users() if closed else ("graph", "id-bea") not in council.users()
    again = await council.compare(THERE[0], THERE[2], *closed)
    assert (again.left, again.waiting) == ((), ())


async def test_whoever_is_brought_back_here_does_not_leave_again_but_is_asked_about(council: Council) -> None:
    closed = member("Bea Cole", active=False)
    await council.compare(THERE[0], THERE[2], closed)
    with council.store.transaction() as session:
        session.get_one(Person, BEA).active = True
        differences.follow(council.desk.unit(session))
    assert (await council.compare(THERE[0], THERE[2], closed)).left == ()
    assert "Bea Cole" in council.working()
    assert council.differing() == {("id-bea", "active"): ("Yes", "No, has left")}


async def test_of_many_who_leave_in_a_day_the_rest_wait(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "FEWEST", 1)
    await council.compare(*THERE)
    done = await council.compare(THERE[2])
    assert (done.left, done.waiting) == (("Ade Bello",), ("Bea Cole",))
    assert council.differing() == {("id-bea", "active"): ("Yes", "No, has left")}
    assert (await council.compare(THERE[2], after=timedelta(days=2))).left == ()
    assert "Bea Cole" in council.working()
    await council.compare(*THERE[1:])
    assert council.differing() == {}


async def test_a_new_account_in_place_of_a_closed_one_is_nobodys_leaving(council: Council) -> None:
    await council.compare(*THERE)
    old = member("Ade Bello", active=False, email="old.ade@council.example")
    done = await council.compare(old, *THERE[1:], member("Ade Bello", id="id-again"))
    assert (done.left, council.left()) == ((), [])
    assert council.users() == {("graph", f"id-{each}") for each in ("again", "bea", "quinn")}


async def test_the_last_administrator_waits_and_stops_nobody(council: Council) -> None:
    await council.compare(*THERE)
    done = await council.compare(THERE[0])
    assert (set(done.left), done.waiting) == ({"Bea Cole"}, ("Quinn Marsh",))
    assert council.working() == {"Ade Bello", "Quinn Marsh"}
    assert council.differing() == {("id-quinn", "active"): ("Yes", "No, has left")}


@pytest.mark.parametrize(
    ("staff", "why"),
    [
        ([], "names nobody who works there"),
        ([member("Ade Bello", active=False)], "names nobody who works there"),
        ([member("Lee Library")], "names nobody who works here"),
        ([member("Lee Library", team="Maple")], "names nobody who works here"),
    ],
)
async def test_a_reading_that_cannot_be_right_changes_nothing(
    council: Council, staff: Sequence[StaffMember], why: str
) -> None:
    await council.compare(*THERE)
    before = council.users()
    with pytest.raises(BadRequest, match=why):
        await council.compare(*staff)
    assert (council.users(), council.differing(), council.left()) == (before, {}, [])


async def test_two_directories_do_not_contradict_each_other(council: Council) -> None:
    with council.store.transaction() as session:
        unit = council.desk.unit(session)
        tokens.new(unit, "entra", ["people:provision"], 30, person_id=QUINN)
        session.add(DirectoryUser(source="scim", user_name="ade", made_at=NOW, changed_at=NOW, person_id=ADE))
    with pytest.raises(BadRequest, match="states who works here already"):
        await council.compare(*THERE[1:])
    assert council.users() == {("scim", "ade")}
    with council.store.transaction() as session:
        tokens.end(council.desk.unit(session), "entra", by=None)
    await council.compare(*THERE)
    assert {source for source, _ in council.users()} == {"graph"}


async def test_the_service_reads_once_a_day_and_says_what_failed(council: Council) -> None:
    reading = DailyReading(council.desk, "graph", council.read)
    council.says = DirectoryUnread("Microsoft Graph answered 503.", [], 7200.0)
    await reading.look()
    assert council.finding() == Finding(
        "Reading of the directory (graph)",
        True,
        "It has not been read yet. Microsoft Graph answered 503. Until it is, nothing is changed, and whoever leaves "
        "there stays.",
    )
    council.now += timedelta(minutes=59)
    await reading.look()
    assert council.readings == 1
    council.now, council.says = NOW + timedelta(minutes=61), THERE
    await reading.look()
    assert council.finding() == Finding("Reading of the directory (graph)", True)
    council.now += timedelta(hours=23)
    await DailyReading(council.desk, "graph", council.read).look()
    assert council.readings == 2, "another process, or this one started again, knows of it"
    council.says = [*THERE[:1], THERE[2]]
    council.now += timedelta(hours=2)
    await reading.look()
    assert (council.readings, council.left()) == (3, [BEA])
    for says, hours in ((ValueError("odd"), 25), ([], 25)):
        council.says, council.now = says, council.now + timedelta(hours=hours)
        await reading.look()
    found = council.finding()
    assert found is not None
    assert not found.ok
    assert found.advice.startswith("It has last been read on 24 November 2026. The directory names nobody")
    assert council.left() == [BEA]
    with council.store.transaction() as session:
        forget(session, KEY)
        session.flush()
        assert kept(session, KEY) is None
    assert council.finding() is None


async def test_a_setting_alone_has_it_read_by_the_chat_s_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeSlack() as slack:
        slack.workspace.add_user("U1", "ade bello", "ade@council.example")
        for name, value in slack.environ.items():
            monkeypatch.setenv(name, value)
        store = Store("sqlite://", inline=True)
        made = {name: build(read_settings(directory=name), store=store, adapters=()) for name in ("", "slack")}

        def known() -> Kept | None:
            with store.transaction() as session:
                return kept(session, KEY)

        serving = asyncio.create_task(read_now_and_then(made["slack"]))
        await until(known)
        serving.cancel()
        found = known()
        assert found is not None
        assert (found.source, found.read_at is not None, found.why) == ("slack", True, "")
        await read_now_and_then(made[""])
        assert known() is None, "what nobody asks for any more is nothing to look at"
        store.close()


async def test_mailboxes_are_read_by_a_setting_alone_too(monkeypatch: pytest.MonkeyPatch) -> None:
    connector = Connector()
    await connector.start()
    connector.add("Ade")
    for name, value in connector.environ().items():
        monkeypatch.setenv(name, value)
    store = Store("sqlite://", inline=True)
    made = {each: build(read_settings(out_of_office=each), store=store, adapters=()) for each in ("", "graph")}
    assert readings_of(made[""])[out_of_office.KEY] is None
    reading = readings_of(made["graph"])[out_of_office.KEY]
    assert reading is not None
    with store.transaction() as session:
        session.add(Person(name="Ade Bello", email="ade@council.example"))
    await reading.look()
    with store.transaction() as session:
        found = kept(session, out_of_office.KEY)
    store.close()
    await connector.stop()
    assert found is not None
    assert (found.read_at is not None, found.why) == (True, "")
    assert [path for _, path, status in connector.calls if status == 404] == [
        "/v1.0/users/ade@council.example/mailboxSettings/automaticRepliesSetting"
    ]
