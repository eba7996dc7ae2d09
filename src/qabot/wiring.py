"""The only place that knows everybody: settings in, a whole qabot out."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points

from qabot import files
from qabot.adapter import Adapter
from qabot.delivery.drain import Outlets
from qabot.errors import BadFile, SetupError
from qabot.framework import Framework
from qabot.framework.lint import lint
from qabot.framework.loader import load
from qabot.messaging.files import Catalogue
from qabot.models import Store
from qabot.models.migrate import upgrade
from qabot.scheduler.clock import Clock, SystemClock
from qabot.scheduler.engine import Engine
from qabot.scheduler.tick import Ticker
from qabot.settings import Settings
from qabot.web.adapter import WebAdapter
from qabot.web.bell import Bell
from qabot.workflows.desk import Desk, new_registry
from qabot.workflows.situation import Situations
from qabot.workflows.unit import Tools

GROUP = "qabot.adapters"


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
    engine: Engine
    clock: Clock
    ticker: Ticker
    bell: Bell


def load_framework(settings: Settings, messages: Sequence[str] | None = None) -> Framework:
    """The council's framework, loaded and linted. Raises `BadFile` with everything that is wrong."""
    framework = load(settings.framework, files.folders("frameworks", settings.frameworks_folder))
    problems = lint(framework, messages)
    if problems:
        raise BadFile(list(problems))
    return framework


def load_tools(settings: Settings) -> Tools:
    """The messages and what the workflows register."""
    registry = new_registry()
    folders = files.folders("messages", settings.messages_folder)
    catalogue = Catalogue.load(folders, actions=registry.names() | {"link"})
    return Tools(catalogue, registry, settings.base_url)


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
    tools = load_tools(settings)
    framework = framework or load_framework(settings, list(tools.catalogue.names()))
    store = store or Store(settings.database_url)
    if migrate:
        upgrade(store)
    desk = Desk(store, Situations.of(framework), tools, clock.now)
    bell = Bell()
    outward = adapters if adapters is not None else [*_named(settings, desk), WebAdapter(bell, settings.base_url)]
    outlets = Outlets({each.name: each for each in outward}, [each.name for each in outward])
    ticker = Ticker()
    engine = Engine(desk, outlets, clock, ticker)
    desk.woken = engine.wake
    return Qabot(settings, store, framework, tools, desk, outward, outlets, engine, clock, ticker, bell)


def _named(settings: Settings, desk: Desk) -> list[Adapter]:
    return [create_adapter(name, desk) for name in settings.adapters if name != "web"]


def create_adapter(name: str, desk: Desk) -> Adapter:
    """A chat adapter by its name. Raises `SetupError` if it is not installed."""
    found = {each.name: each for each in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise SetupError(
            f"The adapter {name!r} is not installed (installed: {known}). Install it with: pip install 'qabot[{name}]'"
        )
    adapter = found[name].load()(desk, dict(os.environ))
    if not isinstance(adapter, Adapter):
        raise SetupError(f"The adapter {name!r} does not keep the contract in qabot.adapter.")
    return adapter
