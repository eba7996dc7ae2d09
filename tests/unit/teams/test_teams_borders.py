"""Who may import the SDK, and that nothing of it is kept."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
ADAPTER = ROOT / "adapters/teams/src/qabot_teams"
MODELS = {"models_botbuilder.py": {"botbuilder", "msrest"}, "models_teams.py": {"microsoft_teams"}}
"""The one module for each SDK, and what it may import of SDKs."""
COMPARED = ROOT / "tests/unit/teams/test_teams_clouds.py"
"""Holds our constants against the SDK's."""
SDK = {"botbuilder", "botframework", "msrest", "jsonpickle", "microsoft_teams"}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name.split(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def _sources() -> list[Path]:
    folders = ("src", "adapters", "tests", "benchmarks", "deploy", "docs")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return [path for path in found if "node_modules" not in path.parts]


def test_only_one_module_imports_each_sdk() -> None:
    importing = {path for path in _sources() if SDK & set(_imports(path))}
    assert importing == {*(ADAPTER / name for name in MODELS), COMPARED}
    assert {name: SDK & set(_imports(ADAPTER / name)) for name in MODELS} == MODELS


def test_the_adapter_knows_of_qabot_only_its_contract_cards_forms_and_errors() -> None:
    allowed = {
        "qabot.adapter",
        "qabot.adapter_kit.app_tokens",
        "qabot.adapter_kit.bodies",
        "qabot.adapter_kit.drafts",
        "qabot.adapter_kit.latest",
        "qabot.adapter_kit.network",
        "qabot.adapter_kit.persistence",
        "qabot.adapter_kit.secret_files",
        "qabot.adapter_kit.typed",
        "qabot.errors",
        "qabot.messaging.card",
        "qabot.messaging.form",
        "qabot.messaging.letters",
        "qabot.messaging.typed",
    }
    for path in ADAPTER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        assert {each for each in used if each.split(".")[0] == "qabot"} <= allowed, path.name
