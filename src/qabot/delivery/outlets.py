"""The ways out: the adapters with their pace and state, and the process that sends through them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from qabot.adapter import Adapter
from qabot.delivery.pacing import Pacer
from qabot.delivery.processes import Holder
from qabot.delivery.slow import Slow
from qabot.delivery.supervisor import Supervisor
from qabot.measures import Measures


@dataclass
class Outlets:
    """The adapters, in the order in which a person's are tried, and what is known of their state."""

    adapters: Mapping[str, Adapter]
    order: Sequence[str]
    pacer: Pacer = field(default_factory=Pacer)
    recorded: Callable[[], None] = lambda: None
    """Called when what became of some sends is written down: a copy that just arrived may be out of date."""
    supervisor: Supervisor | None = None
    """Who keeps the chats; without one each is taken to be there."""
    holder: Holder = field(default_factory=Holder)
    """This process, as the one that claims."""
    groups: dict[str, int] = field(default_factory=dict)
    """How many notices each adapter's next group begins together, by what it took last."""
    batch: int = 200
    """How many notices are claimed at once, by how many of the last went out while their re-check held."""

    slow: Slow = field(default_factory=Slow)
    """What waits for a chat that does not answer."""

    measures: Measures = field(default_factory=Measures)
    """What is counted of what goes out."""

    shared: bool = False
    """Whether other processes send by the same chats, so that the pace is counted in the database."""

    pilot: Collection[str] = ()
    """The addresses of the only people who are sent to; everybody is if there are none."""

    def __post_init__(self) -> None:
        """Count from the start for each adapter."""
        self.measures.begin(self.order)

    def closed(self, name: str) -> str:
        """Why nothing is to be sent there now; "" if it may be tried."""
        return self.supervisor.closed(name) if self.supervisor else ""
