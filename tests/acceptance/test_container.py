"""The Containerfile's steps are carried out over a copy of this machine's files that is thrown away, and what they make
runs as it would in a container: as its user, with nothing to write to but its volumes.

No base image can be fetched here, so this machine takes its place, and both stages are one. What others wrote is
borrowed, as in test_install.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.acceptance.test_install import release, without_locks
from tests.support.postgres import free_port

__all__ = ["release"]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "container"
CAN = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("unshare") is not None
OWN = 10700
SCRIPT = """
set -eu
umask 022
mount --make-rprivate /
mount -t overlay overlay -o lowerdir=/,upperdir={folder}/upper,workdir={folder}/work {root}
mount --rbind /dev {root}/dev
mount -t proc proc {root}/proc
chmod 755 {root}/root
{copies}
{runs}
{borrowing}
chmod -R a+rX {root}/opt/qabot
mount -o remount,ro {root}
mount -t tmpfs tmpfs {root}/tmp
mount -t tmpfs -o uid={own},gid={own},mode=0700 tmpfs {root}/var/lib/qabot
user="chroot --userspec={own}:{own} {root} env -i {environ}"
if $user touch /opt/qabot/x; then echo "its files can be written"; exit 3; fi
if $user {health}; then echo "it was well before it began"; exit 3; fi
$user sh -c 'cd /var/lib/qabot && exec {command}' &
service=$!
until $user {health}; do kill -0 $service; sleep 3; done
echo "runs as $(stat --format %u /proc/$service) with $(ls {root}/var/lib/qabot/qabot.sqlite3)"
kill -TERM $service
wait $service
"""


@dataclass(frozen=True)
class Step:
    """One instruction of the file, such as RUN, and what follows it."""

    word: str
    rest: str


def of(word: str) -> list[str]:
    """What follows each instruction of this kind."""
    return [each.rest for each in steps() if each.word == word]


def steps() -> list[Step]:
    """Every instruction, in order."""
    lines = (FOLDER / "Containerfile").read_text("utf-8").splitlines()
    return [Step(*line.split(" ", 1)) for line in lines if line and not line.startswith("#")]


def test_the_image_has_two_stages_a_fixed_user_and_a_port_above_1024() -> None:
    assert len(of("FROM")) == 2
    assert of("USER") == [f"{OWN}:{OWN}"]
    assert int(of("EXPOSE")[0]) > 1024
    known = "ARG FROM COPY RUN USER WORKDIR ENV VOLUME EXPOSE HEALTHCHECK ENTRYPOINT CMD"
    assert {each.word for each in steps()} == set(known.split())


@pytest.mark.parametrize("name", ["compose.sqlite.yaml", "compose.postgresql.yaml"])
def test_a_compose_file_gives_the_container_no_more_than_it_needs(name: str) -> None:
    compose = YAML(typ="safe").load((FOLDER / name).read_text("utf-8"))
    service = compose["services"]["qabot"]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ports"] == [f"127.0.0.1:8700:{of('EXPOSE')[0]}"]
    volumes = dict(each.split(":") for each in service["volumes"])
    assert sorted(volumes.values()) == json.loads(of("VOLUME")[0])
    assert volumes.keys() <= compose["volumes"].keys()


def test_workers_are_as_confined_as_the_service_whose_database_and_settings_they_share() -> None:
    """The one file is laid over the other, as compose does: what both have is joined."""
    files = [FOLDER / f"compose.{each}.yaml" for each in ("postgresql", "workers")]
    compose, over = (YAML(typ="safe").load(each.read_text("utf-8")) for each in files)
    service, worker = compose["services"]["qabot"], over["services"]["worker"]
    its_own = {"command", "depends_on", "healthcheck", "environment", "volumes"}
    alike = worker.keys() - its_own
    assert alike >= {"image", "read_only", "cap_drop", "security_opt", "mem_limit"}
    assert {each: worker[each] for each in alike} == {each: service[each] for each in alike}
    assert worker["command"] == ["worker"]
    assert "ports" not in worker
    assert worker["environment"] == over["services"]["qabot"]["environment"] == {"QABOT_ENGINE": "scaled"}
    assert "QABOT_ENGINE" not in service["environment"]
    assert worker["depends_on"].keys() <= compose["services"].keys()
    assert {each.split(":")[0] for each in worker["volumes"]} <= compose["volumes"].keys()
    assert {each.split(":")[1] for each in worker["volumes"]} <= set(json.loads(of("VOLUME")[0]))


@pytest.mark.skipif(not CAN, reason="only root can lay a copy over this machine's files")
def test_the_steps_make_what_runs_as_its_user_on_files_that_it_cannot_change(release: Path, tmp_path: Path) -> None:
    given, known = without_locks(release, tmp_path / "given")
    for name in ("upper", "work", "root"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o755)  # whatever our umask: in the container this is the root folder
    script = tmp_path / "steps.sh"
    script.write_text(written(given, known, tmp_path), "utf-8")
    log = tmp_path / "log"
    with log.open("wb") as into:
        ran = subprocess.run(["unshare", "--mount", "bash", script], stdout=into, stderr=into, cwd=ROOT, check=False)
    said = log.read_text("utf-8")
    assert ran.returncode == 0, said
    database = tmp_path / "root" / "var/lib/qabot/qabot.sqlite3"
    assert f"runs as {OWN} with {database}" in said
    assert "can be written" not in said


def copied(there: str, here: Path) -> None:
    """Not a link: the container's user may not be able to look into our folders."""
    (shutil.copytree if Path(there).is_dir() else shutil.copy)(there, here)


def written(given: Path, known: set[str], folder: Path) -> str:
    """The script of the file's steps."""
    root, python = folder / "root", Path(sys.base_prefix) / "bin"
    path = f"{python}:/usr/sbin:/usr/bin:/sbin:/bin"
    variables = [each.replace(":/usr/local/bin", f":{python}") for each in of("ENV") if "SETTINGS_FILE" not in each]
    variables += [f"QABOT_PORT={free_port()}", "QABOT_SECRET_KEY=of-the-tests-and-long-enough-for-it"]
    copied = [each.split() for each in of("COPY") if not each.startswith("--from")]
    find = f"next(Path({str(root)!r}).glob('opt/qabot/lib/python*/site-packages'))"
    ours = "from tests.acceptance"
    imports = f"from pathlib import Path; {ours}.test_container import copied; {ours}.test_install import borrow"
    run = f"PATH={path} PARTS=slack chroot {root} bash -ec"
    return SCRIPT.format(
        folder=folder,
        root=root,
        own=OWN,
        copies="\n".join(
            f"mkdir -p {root}{to} && cp -r {given}/{what}/. {root}{to} && chmod -R a+rX {root}{to}"
            for what, to in copied
        ),
        runs="\n".join(f"{run} {shlex.quote(each)}" for each in of("RUN")),
        borrowing=shlex.join([sys.executable, "-c", f"{imports}; borrow({sorted(known)!r}, {find}, copied)"]),
        environ=" ".join(variables),
        health=shlex.join(json.loads(of("HEALTHCHECK")[0].partition("CMD ")[2])),
        command=shlex.join(json.loads(of("ENTRYPOINT")[0]) + json.loads(of("CMD")[0])),
    )
