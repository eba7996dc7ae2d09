"""Finding the 100 deadlines that are due among 10,000 and among 1,000,000 open ones, on SQLite.

    python benchmarks/bench_sweep.py [--quick]

Times the tick's own search. Each size is searched in turn, many times over; medians are compared.
"""

import statistics
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from support import MORNING, Recorder, council, folder, options, report, seed

from qabot.models import Deadline
from qabot.models.columns import table
from qabot.scheduler.tick import DUE as DUE_QUERY
from qabot.wiring import Qabot

DUE = 100
LATER = timedelta(days=30)


def prepared(where: Path, count: int) -> Qabot:
    """A database with so many open deadlines, of which 100 are due."""
    where.mkdir()
    qabot, _ = council(where, Recorder(), size=60, start=MORNING)
    with qabot.store.transaction() as session:
        seed(qabot.desk.unit(session), "audit", DUE)
        names = [each.name for each in table(Deadline).columns if each.name not in {"id", "token", "next_at"}]
        session.execute(
            text(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
                f"INSERT INTO deadline (token, next_at, {', '.join(names)}) "
                f"SELECT hex(randomblob(16)), datetime(:later, '+' || (i % 100000) || ' seconds'), "
                f"{', '.join(names)} FROM n JOIN deadline ON deadline.id = 1 + i % {DUE}"
            ),
            {"count": count - DUE, "later": (MORNING + LATER).strftime("%Y-%m-%d %H:%M:%S")},
        )
    return qabot


def main() -> None:
    """Measure both sizes in turn."""
    quick = options(__doc__ or "").quick
    sizes = (1_000, 2_000) if quick else (10_000, 1_000_000)
    times: dict[int, list[float]] = {size: [] for size in sizes}
    with folder() as where:
        made = {size: prepared(where / str(size), size) for size in sizes}
        for _ in range(20 if quick else 500):
            for size, qabot in made.items():
                with qabot.store.transaction() as session:
                    started = time.perf_counter()
                    found = session.execute(DUE_QUERY, {"now": MORNING, "most": 200}).all()
                    times[size].append((time.perf_counter() - started) * 1000)
                assert len(found) == DUE, f"{len(found)} found"
        plan = explained(made[sizes[1]])
        for qabot in made.values():
            qabot.store.close()
    small, large = (statistics.median(times[size]) for size in sizes)
    rows = [
        (f"{DUE} due among {sizes[0]:,}", f"{small:.3f} ms", ""),
        (f"{DUE} due among {sizes[1]:,}", f"{large:.3f} ms", ""),
        ("ratio", f"{large / small:.2f}", "1.50 at most"),
        ("how SQLite searches", plan, "by the index of open deadlines"),
    ]
    report(
        "sweep", "Finding what is due", rows, {"ratio": round(large / small, 3), "ms": round(large, 3), "plan": plan}
    )


def explained(qabot: Qabot) -> str:
    """How SQLite carries out the search that the tick itself makes."""
    seen: list[tuple[str, Any]] = []
    event.listen(
        qabot.store.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, parameters, *_: seen.append((statement, parameters)),
    )
    with qabot.store.transaction() as session:
        unit = qabot.desk.unit(session)
        seen.clear()
        qabot.ticker.plan_due(unit)
        statement, parameters = next(each for each in seen if "FROM deadline" in each[0])
        raw = session.connection().connection.dbapi_connection
        assert raw is not None
        rows = raw.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    return "; ".join(str(row[-1]) for row in rows)


if __name__ == "__main__":
    main()
