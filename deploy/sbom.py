"""The bill of materials of a release, in CycloneDX 1.6 (JSON): our own distributions, and every package that is pinned.

    python -m deploy.sbom [FILE]     # dist/qabot.cdx.json; make sbom

It is made from requirements.lock and the workspace's pyproject.toml files. Packages of the core are required, those of
a chat or of an extra optional, and those of development alone excluded. The same commit gives the same bytes. It holds
no address: where packages are fetched from is the council's own matter, and their hashes are in requirements.lock.
"""

import sys
import tomllib
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from cyclonedx.model import Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from deploy.adapters import ROOT, chat_adapters
from deploy.audit import pins
from deploy.release import time_of_commit
from deploy.runtime_parts import OWN, lock_files

FILE = "qabot.cdx.json"
NAMES = uuid.UUID("2f0c1de4-8b0a-5d8f-9d5e-6a0b6f1c7a11")
"""In which the serial numbers are made, so that the same content has the same one."""


def bill(root: Path = ROOT) -> str:
    """The whole as JSON. Raises `ValueError` if it does not hold to the schema."""
    lock = pins((root / "requirements.lock").read_text("utf-8"))
    used = {name: pins(text) for name, text in lock_files(root).items()}
    made = {name: _package(name, version, used) for name, version in lock.items()}
    own = _own(root)
    bom = Bom(components=[*(each for each in own.values() if each.name != OWN), *made.values()])
    bom.metadata = BomMetaData(component=own[OWN], timestamp=datetime.fromtimestamp(int(time_of_commit(root)), UTC))
    bom.register_dependency(own[OWN], [made[name] for name in used["requirements.lock"]])
    for adapter in chat_adapters(root):
        needs = used.get(f"requirements-{adapter.name}.lock", {})
        bom.register_dependency(own[adapter.project["project"]["name"]], [own[OWN], *(made[name] for name in needs)])
    said = "\n".join(f"{each.name} {each.version}" for each in (*own.values(), *made.values()))
    bom.serial_number = uuid.uuid5(NAMES, f"{time_of_commit(root)}\n{said}")
    text = JsonV1Dot6(bom).output_as_string(indent=1)
    if (wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)) is not None:
        raise ValueError(f"the bill of materials does not hold to its schema: {wrong}")
    return f"{text}\n"


def _own(root: Path) -> Mapping[str, Component]:
    projects = [tomllib.loads((root / "pyproject.toml").read_text("utf-8")), *(a.project for a in chat_adapters(root))]
    found = {}
    for project in (each["project"] for each in projects):
        # No purl: what a registry has under such a name would be somebody else's.
        found[project["name"]] = Component(
            name=project["name"],
            version=project["version"],
            type=ComponentType.APPLICATION if project["name"] == OWN else ComponentType.LIBRARY,
            bom_ref=project["name"],
            description=project.get("description"),
            licenses=[LicenseExpression("MIT")],
        )
    return found


def _package(name: str, version: str, used: Mapping[str, Mapping[str, str]]) -> Component:
    known = sorted(
        part.removeprefix("requirements").strip("-").removesuffix(".lock") or "core"
        for part in used
        if name in used[part]
    )
    scope = (
        ComponentScope.REQUIRED if "core" in known else ComponentScope.OPTIONAL if known else ComponentScope.EXCLUDED
    )
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{name}=={version}",
        purl=PackageURL("pypi", None, name, version),
        scope=scope,
        licenses=list(_licences(name)),
        properties=[Property(name="qabot:part", value=each) for each in known or ["development"]],
    )


def _licences(name: str) -> Iterable[LicenseExpression]:
    """What the installed package says of itself in SPDX's words; nothing for one that is for another system."""
    try:
        said = metadata(name).json.get("license_expression")
    except PackageNotFoundError:
        return
    if isinstance(said, str):
        yield LicenseExpression(said)


def main(words: list[str]) -> None:
    """Write the file. Nothing but its name is taken."""
    if len(words) > 1 or any(each.startswith("-") for each in words):
        sys.exit(f"Expected the name of the file to write, or nothing, and not {' '.join(words)}")
    path = Path(words[0]) if words else ROOT / "dist" / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(bill(), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
