"""The chat adapters of this workspace: every folder adapters/NAME that has a pyproject.toml, and nothing else.

Set-up, lock file, types, import rules, wheels, settings and contract tests all take their list from here. What an
adapter's pyproject.toml says under [tool.qabot]: `sdk`, the packages of its platform that it alone may import.

    python deploy/adapters.py folders    # the folders, one a line
    python deploy/adapters.py imports    # import-linter's rules, with every adapter in them
"""

import configparser
import sys
import tomllib
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class ChatAdapter:
    """One adapter: its folder's name (`slack`), its folder, and its pyproject.toml as read."""

    name: str
    folder: Path
    project: dict[str, Any]

    @property
    def package(self) -> str:
        """The package that Python imports."""
        return f"qabot_{self.name}"

    @property
    def sdk(self) -> tuple[str, ...]:
        """What it alone may import."""
        return tuple(self.project.get("tool", {}).get("qabot", {}).get("sdk", ()))


def chat_adapters(root: Path = ROOT) -> list[ChatAdapter]:
    """Every adapter, by name. Raises `ValueError` if a folder is not named as its package and its entry point are."""
    adapters = []
    for file in sorted(root.glob("adapters/*/pyproject.toml")):
        project, name = tomllib.loads(file.read_text(encoding="utf-8")), file.parent.name
        entries = project["project"].get("entry-points", {})
        for group in ("qabot.adapters", "qabot.limits"):
            if name not in entries.get(group, {}):
                raise ValueError(f"{file}: an entry point {name!r} is missing in [project.entry-points.{group!r}]")
        if not (file.parent / "src" / f"qabot_{name}" / "__init__.py").is_file():
            raise ValueError(f"{file}: the adapter's code belongs in src/qabot_{name}/")
        adapters.append(ChatAdapter(name, file.parent, project))
    return adapters


def import_rules(root: Path = ROOT) -> str:
    """`.importlinter` with a line for each adapter, and a rule for each platform's SDK."""
    adapters, rules = chat_adapters(root), configparser.ConfigParser()
    rules.read_string((root / ".importlinter").read_text(encoding="utf-8").replace("{adapters}", _lines(adapters)))
    for each in adapters:
        others = [other.package for other in adapters if other is not each]
        if each.sdk and others:
            rules[f"importlinter:contract:{each.name}-sdk"] = {
                "name": f"Only adapters/{each.name} imports its platform's SDK",
                "type": "forbidden",
                "source_modules": "\n" + "\n".join(others),
                "forbidden_modules": "\n" + "\n".join(each.sdk),
            }
        rules["importlinter:contract:core-knows-no-platform"]["forbidden_modules"] += "\n".join(("", *each.sdk))
    written = StringIO()
    rules.write(written)
    return written.getvalue()


def _lines(adapters: list[ChatAdapter]) -> str:
    return "\n    ".join(each.package for each in adapters)


def main(word: str) -> None:
    """Print what `word` asks for."""
    if word == "imports":
        print(import_rules())  # noqa: T201 - this is a command
    else:
        print("\n".join(str(each.folder.relative_to(ROOT)) for each in chat_adapters()))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "folders")
