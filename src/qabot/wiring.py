"""The only place that knows everybody: settings in, a whole qabot out."""

import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import entry_points

from sqlmodel import Session, col, or_, select

from qabot import files
from qabot.adapter import Adapter, ChatSetup, ListsStaff, OutOfOffice, ReadsMailboxes, StaffMember
from qabot.adapter_kit.network import read_network
from qabot.delivery.outlets import Outlets
from qabot.delivery.processes import Holder
from qabot.delivery.returning import chat_changed
from qabot.delivery.supervisor import Supervisor
from qabot.errors import BadFile, SetupError
from qabot.framework import Framework
from qabot.framework.lint import Messages, lint
from qabot.framework.loader import load
from qabot.messaging.card import Button, Card, Limits
from qabot.messaging.check import check_catalogue
from qabot.messaging.files import Catalogue
from qabot.messaging.samples import sample_buttons, sample_context, show
from qabot.messaging.views import Item
from qabot.models import Audit, Cycle, Deadline, DeadlineState, Notice, NoticeState, Store, is_held
from qabot.models.turns import Guest
from qabot.page_views import Ahead, Gatherings, PulseViews, Steered, SurveyViews, TeamRows
from qabot.planning.occurrences import Mark
from qabot.planning.outlook import StepView, outlook
from qabot.scheduler import gauges, out_of_office, staff_reading
from qabot.scheduler.calls import Calls
from qabot.scheduler.clock import Clock, SystemClock
from qabot.scheduler.engine import Engine
from qabot.scheduler.engines import bring_up, way_of
from qabot.scheduler.out_of_office import OutOfOfficeReading
from qabot.scheduler.readings import Reading
from qabot.scheduler.staff_reading import DailyReading
from qabot.scheduler.tick import Ticker
from qabot.scheduler.watch import said_of
from qabot.scheduler.watching import surroundings
from qabot.scheduler.watching.findings import Finding
from qabot.scheduler.watching.telling import Operator, relay_of
from qabot.scheduler.watching.watcher import Place, Standpoint, Watcher
from qabot.settings import Settings
from qabot.shown_settings import shown
from qabot.web import ports as web
from qabot.web.adapter import WebAdapter
from qabot.web.bell import Bell
from qabot.web.pictures import for_chat
from qabot.web.sign_on.providers import providers_of
from qabot.web.sign_on.reception import Reception
from qabot.web.signin import OPEN_WITHIN, personal_url
from qabot.workflows.access import many_records, records
from qabot.workflows.core import lists
from qabot.workflows.core.rates import Rates
from qabot.workflows.core.registry import Registry
from qabot.workflows.core.sealing import Sealer
from qabot.workflows.core.situation import Situations
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.tools import Buttons, Tools
from qabot.workflows.desk import Desk
from qabot.workflows.people.page import page as people_page
from qabot.workflows.programme import figures, tracker
from qabot.workflows.programme.picking_page import page_of
from qabot.workflows.programme.tracker import tracked
from qabot.workflows.registrations import new_registry
from qabot.workflows.verbs import library
from qabot.workflows.verbs.reports import Reports

GROUP = "qabot.adapters"
LIMITS = "qabot.limits"
DIRECTORIES = {"slack": "slack", "graph": "teams"}
"""Which directories can be read as a whole, and the adapter that reads each."""
REFERENCE = "QA-1042"
"""The audit that the samples are about."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Qabot:
    """Everything, put together."""

    settings: Settings
    store: Store
    framework: Framework
    tools: Tools
    desk: Desk
    adapters: Sequence[Adapter]
    outlets: Outlets
    supervisor: Supervisor
    engine: Engine
    clock: Clock
    ticker: Ticker
    bell: Bell


def load_framework(settings: Settings, messages: Messages | None = None) -> Framework:
    """The council's framework, loaded and linted. Raises `BadFile` with everything that is wrong."""
    framework = load(settings.framework, files.folders("frameworks", settings.frameworks_folder), to_lint=True)
    problems = lint(framework, messages)
    if problems:
        raise BadFile(list(problems))
    return framework


def load_tools(settings: Settings, registry: Registry | None = None) -> Tools:
    """The messages and what the workflows register."""
    registry = registry or new_registry()
    folders = files.folders("messages", settings.messages_folder)
    catalogue = Catalogue.load(folders, buttons=registry.names() | {"link"})

    def personal_link(person_id: int, now: datetime) -> tuple[str, datetime]:
        return personal_url(settings, person_id, now), now + OPEN_WITHIN

    sealer = Sealer(*settings.secret_keys)
    return Tools(catalogue, registry, settings.base_url, personal_link, sealer, for_chat)


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    store: Store | None = None,
    adapters: Sequence[Adapter] | None = None,
    framework: Framework | None = None,
    migrate: bool = True,
) -> Qabot:
    """A whole qabot. `adapters` are for tests and simulations; else those of the settings, and the web inbox."""
    clock = clock or SystemClock()
    registry = new_registry()
    tools = load_tools(settings, registry)
    framework = framework or load_framework(settings, tools.catalogue)
    store = store or Store(settings.database_url)
    if migrate:
        bring_up(store, settings.engine)
    desk = Desk(store, Situations.of(framework), tools, registry, clock.now)
    desk.rates = Rates(
        clock.now,
        nominations=settings.rate_nominations,
        links=settings.rate_links,
        acts=settings.rate_acts,
        sign_ins=settings.rate_sign_ins,
        calls=settings.rate_calls,
    )
    bell = Bell()
    outward = adapters if adapters is not None else [*_named(settings, desk), WebAdapter(bell, settings.base_url)]
    outlets = Outlets(
        {each.name: each for each in outward},
        [each.name for each in outward],
        pilot=settings.pilot,
        measures=desk.measures,
    )
    supervisor = outlets.supervisor = _keeper(desk, outlets.holder)
    ticker = Ticker(settings.retention)
    engine = Engine(desk, outlets, clock, ticker, way_of(settings.engine, desk, outlets))
    desk.woken = engine.wake
    return Qabot(settings, store, framework, tools, desk, outward, outlets, supervisor, engine, clock, ticker, bell)


def _keeper(desk: Desk, holder: Holder) -> Supervisor:
    """Who keeps the chats, and writes down how this process finds them."""
    return Supervisor(desk.now, lambda state, held: desk.run(lambda unit: chat_changed(unit, state, held, holder.id)))


@asynccontextmanager
async def _reader(name: str, desk: Desk, adapters: Sequence[Adapter]) -> AsyncIterator[Adapter]:
    """The chat of these that reads a directory, else one for this alone. Raises `SetupError` with what to do."""
    at_work = next((each for each in adapters if each.name == name), None)
    adapter = at_work or create_adapter(name, desk)
    try:
        yield adapter
    finally:
        if at_work is None:
            await adapter.stop()


async def staff_of(source: str, desk: Desk, adapters: Sequence[Adapter] = ()) -> Sequence[StaffMember]:
    """Everybody in a directory. Raises `DirectoryUnread`, or `SetupError` with what to do."""
    async with _reader(DIRECTORIES[source], desk, adapters) as adapter:
        if not isinstance(adapter, ListsStaff):
            raise SetupError(f"The adapter {adapter.name!r} has no directory to read.")
        return await adapter.staff()


def readings_of(qabot: Qabot) -> Mapping[str, Reading | None]:
    """What reads the council's own systems, by the key of each kind; None of a kind that the settings do not name."""
    settings, desk, adapters = qabot.settings, qabot.desk, qabot.adapters

    async def mailboxes(accounts: Sequence[str]) -> Mapping[str, OutOfOffice | None]:
        async with _reader(DIRECTORIES[settings.out_of_office], desk, adapters) as adapter:
            if not isinstance(adapter, ReadsMailboxes):
                raise SetupError(f"The adapter {adapter.name!r} reads no mailboxes.")
            return await adapter.out_of_office(accounts)

    source = settings.directory
    return {
        staff_reading.KEY: DailyReading(desk, source, lambda: staff_of(source, desk, adapters)) if source else None,
        out_of_office.KEY: OutOfOfficeReading(desk, settings.out_of_office, mailboxes)
        if settings.out_of_office
        else None,
    }


def calls_of(qabot: Qabot) -> Calls:
    """What calls the council's other programs."""
    return Calls(qabot.desk, qabot.settings.secret_keys, private=qabot.settings.webhook_private)


def watcher_of(qabot: Qabot, place: Place) -> Watcher:
    """A watcher at a place, with the ways to the operator that the settings give."""
    settings = qabot.settings
    operator = Operator(qabot.desk.now, os.environ, relay_of(settings, os.environ), settings.heartbeat_url)
    again = timedelta(hours=settings.watch_again_hours)
    disk, scaled = settings.watch_disk_megabytes, settings.engine == "scaled"
    return Watcher(qabot.desk, qabot.ticker, operator, place, again, disk, scaled)


def beside(engine: Engine) -> Place:
    """The watcher's place beside an engine, in the same process."""

    def around() -> Iterator[Finding]:
        now = engine.clock.now()
        yield from surroundings.chats(engine.chats.states(), now)
        yield from surroundings.rounds(engine.quiet_since, now, web.TICK_LIMIT)
        if (jump := engine.watch.jump) is not None:
            yield Finding("clock-jumped", said_of(jump), jump.since)

    return Place(Standpoint.serve, around, engine.chats.away, engine.wake, engine.outlets.holder.id, inside=True)


def _named(settings: Settings, desk: Desk) -> list[Adapter]:
    return [create_adapter(name, desk) for name in settings.adapters if name != "web"]


def web_parts(qabot: Qabot, timeline: web.Timeline | None = None) -> web.Parts:
    """What the web application is made of. `timeline` belongs to the demo."""
    store, ticker, desk = qabot.store, qabot.ticker, qabot.desk

    def steps(session: Session, deadline_id: int) -> Sequence[StepView]:
        row = session.get(Deadline, deadline_id)
        if row is None:
            return ()
        unit = desk.unit(session)
        known = ticker.open_deadline(session, row, unit.framework)
        unsent = or_(Notice.state == NoticeState.planned, is_held(col(Notice.state)))
        query = select(Notice.step, Notice.slot).where(Notice.deadline_id == deadline_id, unsent)
        on_its_way = (col(Deadline.id) == deadline_id, unsent)
        going = {Mark(step, slot) for step, slot in session.exec(query)}
        going |= {Mark(each.step, each.slot) for each in lists.stood(session, *on_its_way, most=1000)}
        closed = row.state != DeadlineState.open
        return outlook(known, unit.situation, unit.now, waiting_to_go=going, closed=closed)

    async def show(deadline_id: int) -> Sequence[StepView]:
        return await store.run(lambda session: steps(session, deadline_id))

    targets = qabot.settings.targets or {}
    return web.Parts(
        settings=qabot.settings,
        store=store,
        desk=desk,
        clock=qabot.clock,
        framework=qabot.framework,
        outlook=show,
        sight=lambda session, audit, person_id: records.sight(desk.unit(session), audit, person_id),
        sights=lambda session, audits, person_id: many_records.known_to(desk.unit(session), audits, person_id),
        gatherings=Gatherings(desk),
        ahead=Ahead(desk.unit),
        units=desk,
        steered=Steered(desk.unit, desk.run, lambda person_id: desk.rates.take("act", person_id)),
        team=TeamRows(desk.unit),
        figures=lambda session, person_id, period: figures.read(desk.unit(session), person_id, period, targets),
        rules=web.RuleFiles(
            qabot.settings.framework,
            files.folders("frameworks", qabot.settings.frameworks_folder),
            qabot.tools.catalogue,
            qabot.framework,
        ),
        shown_settings=lambda: shown(qabot.settings, os.environ),
        actions=lambda session, person_id, *, with_done: tracked(desk.unit(session), person_id, with_done=with_done),
        action_buttons=lambda session, person_id, tokens: tracker.buttons(desk.unit(session), person_id, tokens),
        reports=Reports(desk.unit, targets),
        library=lambda session, person_id, text, tag: library.page(desk.unit(session), person_id, text, tag),
        surveys=SurveyViews(desk),
        pulses=PulseViews(desk),
        people=lambda session, person, reader, *, skip, limit: people_page(
            desk.unit(session), person, reader, skip=skip, limit=limit
        ),
        picking=lambda session, cycle, person_id, filters: page_of(desk.unit(session), cycle, person_id, filters),
        last_tick=lambda: qabot.engine.last_tick,
        bell=qabot.bell,
        adapters=qabot.adapters,
        timeline=timeline,
        chats=qabot.engine.chats.states,
        clock_trouble=lambda: said_of(jump) if (jump := qabot.engine.watch.jump) else "",
        standstill=lambda: qabot.engine.standstill.why,
        frame_ancestors=qabot.settings.frame_ancestors,
        hosts=qabot.settings.hosts,
        reception=reception_of(qabot.settings, qabot.clock.now),
        tab=qabot.settings.sign_on_tab,
        count_sign_in=lambda address: desk.rates.take("sign-in", address),
        call=lambda name: calls_of(qabot).test(name),
        webhook_private=qabot.settings.webhook_private,
        count_call=lambda token: desk.rates.take("call", token),
        # In the demo, time moves inside a page: whatever it does then is the page's own work.
        guest=None if qabot.settings.demo else Guest(),
        pilot=qabot.settings.pilot,
        metrics=lambda session: desk.measures.page() + of_all(qabot, session),
        metrics_token=qabot.settings.metrics_token,
        message_titles=qabot.tools.catalogue.titles(),
    )


def reception_of(settings: Settings, now: Callable[[], datetime]) -> Reception | None:
    """The issuers of the settings, asked by the council's way out; None if there are none."""
    providers = providers_of(settings)
    return Reception(providers, read_network(os.environ), now) if providers else None


def of_all(qabot: Qabot, session: Session) -> bytes:
    """What the database and this process' rounds and chats say, for Prometheus."""
    engine = qabot.engine
    return gauges.page(session, qabot.clock.now(), quiet_since=engine.quiet_since, chats=engine.chats.states())


def check_messages(tools: Tools, limits: Mapping[str, Limits]) -> None:
    """Hold every message file against every sample, the house style and these platforms. Raises `BadFile`."""
    labels = button_labels(tools.registry, _about("QA-100042"))
    problems = check_catalogue(tools.catalogue, labels, limits, tools.registry.links)
    if problems:
        raise BadFile(problems)


def known_limits() -> dict[str, Limits]:
    """What each installed platform can show, by its name."""
    limits = {each.name: each.load().limits for each in entry_points(group=LIMITS)}
    return {"web": WebAdapter.limits, **limits}


def known_chats() -> dict[str, ChatSetup | None]:
    """What is asked to set up each installed chat, by its name; None where its adapter does not say."""
    return {each.name: getattr(each.load(), "setting_up", None) for each in entry_points(group=LIMITS)}


def button_labels(registry: Buttons, about: Subject | None = None) -> dict[str, str]:
    """Every button's label as it is about a subject, or as in samples: for checks and samples."""
    return {**registry.labels(about or _about(REFERENCE)), "link": "Yes, I am this person"}


def _about(reference: str) -> Subject:
    return Subject(audit=Audit(reference=reference, activity="", auditor_id=0, due_on=date.max, allocated_at=LONG_AGO))


def sample_card(tools: Tools, name: str) -> Card:
    """A message with its sample data, its buttons labelled as they would be: with what they are about."""
    file, items = tools.catalogue.get(name), sample_context(tools.catalogue.get(name).sample)["items"]
    subjects = {item.token: _sampled(item) for item in items}

    def button(action: str, token: str) -> Button | None:
        under_a_list = len(items) > 1 and file.rows is not None and action in file.buttons
        subject = Subject() if under_a_list else subjects.get(token, Subject())
        return sample_buttons(button_labels(tools.registry, subject))(action, token)

    return show(tools.catalogue, name, button)


def _sampled(item: Item) -> Subject:
    if item.audit is not None:
        return _about(item.audit.reference)
    cycle = item.cycle
    return (
        Subject(
            cycle=Cycle(name=cycle.name, activity="", starts_on=cycle.starts, due_on=cycle.due, created_at=LONG_AGO)
        )
        if cycle
        else Subject()
    )


def create_adapter(name: str, desk: Desk) -> Adapter:
    """A chat adapter by its name. Raises `SetupError` if it is not installed."""
    entries = {each.name: each for each in entry_points(group=GROUP)}
    if name not in entries:
        known = ", ".join(sorted(entries)) or "none"
        raise SetupError(
            f"The adapter {name!r} is not installed (installed: {known}). Install council-qabot-{name} from the "
            "files of your release (docs/commands.md, Installing): no registry has it."
        )
    adapter = entries[name].load()(desk, dict(os.environ))
    if not isinstance(adapter, Adapter):
        raise SetupError(f"The adapter {name!r} does not keep the contract in qabot.adapter.")
    return adapter
