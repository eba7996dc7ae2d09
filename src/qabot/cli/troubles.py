"""What a person can mend although nobody foresaw it where it happened: a file, a disk, a folder, a database."""

import errno
import os
import sqlite3

from sqlalchemy.exc import DBAPIError

from qabot.models.availability import is_away, is_read_only, why_away

AWAY = (
    "The database cannot be used just now: {why}. Another process may hold it, or it may be away. Give the command "
    "again in a moment: what was done already is not done twice."
)
READ_ONLY = (
    "The database cannot be written: {why}. See that whoever runs this may write its file and the folder of that, in "
    "which SQLite keeps others beside it, and that the disk is not mounted to be read alone."
)
FORBIDDEN = (
    "The database's server refuses: {why}. The user of QABOT_DATABASE_URL must own the tables, and be allowed to make "
    "some: a dump that was brought back by another user is that one's (REASSIGN OWNED, or pg_restore --role)."
)
DAMAGED = (
    "The database is not whole: {why}. Stop the service, keep what is there for whoever looks into it, and bring a "
    "copy back (qabot restore, docs/backup.md)."
)
GONE = "The folder in which this command was given is not there any more. Go to another one (cd), and give it again."
NO_TABLE, NO_RIGHT = "42P01", "42501"
"""PostgreSQL's words for a table that is not there, and for a right that its user has not."""
OF_FILES = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG),
        *(errno.ELOOP, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EEXIST),
    }
)
"""Errors of the system that are about a file, a folder or a disk, and no mistake of ours."""


def to_mend(error: Exception) -> str:
    """What is wrong and what to do, if a person can mend it; "" if it is a mistake of ours."""
    if is_read_only(error):
        return READ_ONLY.format(why=why_away(error))
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") == NO_RIGHT:
        return FORBIDDEN.format(why=why_away(error))
    if is_away(error):
        return AWAY.format(why=why_away(error))
    if _is_damaged(error):
        return DAMAGED.format(why=why_away(error))
    if isinstance(error, OSError) and error.errno in OF_FILES:
        return _of_file(error)
    return ""


def _is_damaged(error: Exception) -> bool:
    """Whether SQLite says that the file is no whole database, or a table is not there that is never taken away."""
    known = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(known, sqlite3.Error):
        code = getattr(known, "sqlite_errorcode", 0) & 0xFF
        return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB} or str(known).startswith("no such table")
    return getattr(known, "sqlstate", "") == NO_TABLE


def _of_file(error: OSError) -> str:
    if error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}. See to that, and give the command again."
    try:
        os.getcwd()
    except OSError:
        return GONE
    return f"This cannot be done here: {error.strerror}. See to that, and give the command again."
