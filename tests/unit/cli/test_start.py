"""What a command imports before it has something to do: only what it uses. benchmarks/bench_start.py has the time."""

import subprocess
import sys

import pytest

SERVICE = {"alembic", "apscheduler", "fastapi", "sqlalchemy", "sqlmodel", "uvicorn"}
EVERYTHING = SERVICE | {"jinja2", "phonenumbers", "pydantic", "rich", "ruamel", "starlette", "structlog"}
RUN = """
import sys
sys.argv = ["qabot", *sys.argv[1:]]
from qabot.cli import main
try:
    main()
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


def imported(*arguments: str) -> set[str]:
    ran = subprocess.run([sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in ran.stderr.split()}


def test_a_command_that_uses_nothing_imports_nothing() -> None:
    assert imported("--version") & EVERYTHING == set()


@pytest.mark.parametrize("words", [["framework", "schema"], ["framework", "show", "newham"]], ids=" ".join)
def test_the_rules_need_neither_the_service_nor_a_database(words: list[str]) -> None:
    seen = imported(*words)
    assert "pydantic" in seen, "what is imported is seen"
    assert seen & SERVICE == set()


def test_the_service_starts_without_what_few_ask_for() -> None:
    run = "import sys, qabot.web.app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True).stdout.split()
    assert "fastapi" in loaded, "what is loaded is seen"
    assert {"scim2_models", "docx", "weasyprint", "openpyxl"} & set(loaded) == set()
