"""On what kind of disk a file lies. SQLite must not lie on a network share: its locks do not hold there."""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mounts")
"""What Linux says is mounted where. Elsewhere there is none, and nothing is known."""
SHARES = frozenset({"9p", "afs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"})
IN_A_PROGRAM = ("fuse.blobfuse", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs")
"""How the kinds begin of shares that a program brings into the system."""


def network_share(path: Path) -> str:
    """The kind of network share that a path lies on, such as cifs; "" if it is none, or nobody knows."""
    try:
        lines = MOUNTS.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    # Of several mounts at one place the last one is what is seen there.
    kinds = {Path(_plain(words[1])): words[2] for line in lines if len(words := line.split()) >= 3}
    place = path.absolute().resolve()
    kind = next((kinds[each] for each in (place, *place.parents) if each in kinds), "")
    return kind if kind in SHARES or kind.startswith(IN_A_PROGRAM) else ""


def _plain(name: str) -> str:
    """A mount's place, in which a space is written as \\040."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), name)
