"""What the scaled engine needs besides, for whoever has it: its library costs a service without workers memory."""

from qabot.delivery.outlets import Outlets
from qabot.models import Store
from qabot.models.migrate import upgrade
from qabot.scheduler.ways import ByWorkers
from qabot.workflows.desk import Desk


def bring_up(store: Store, engine: str) -> None:
    """Bring the database up to this version, with the tables of the workers' jobs where there are workers."""
    upgrade(store)
    if engine == "scaled":
        from qabot.scheduler.jobs import make_tables

        make_tables(store)


def by_workers(desk: Desk, outlets: Outlets) -> ByWorkers:
    """Workers send: from here on each transaction that leaves something due defers their jobs."""
    from qabot.scheduler.jobs import Jobs

    jobs = Jobs(desk.store, desk.now)
    jobs.join_transactions()
    outlets.shared = True
    return ByWorkers(desk, outlets, jobs.sweep)
