"""What a database's errors mean: whether to try again, and else what to do."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, InterfaceError, OperationalError

from scripts.store.database.address import SQLITE, Address

# Of PostgreSQL, by SQLSTATE: serialization failure, deadlock; the server ends, has crashed, is not ready, is full.
_CONFLICTS = ("40001", "40P01")
_GONE = ("57P01", "57P02", "57P03", "53300")
# While connecting there is no SQLSTATE, and the server may speak any language.
_HOPELESS = ("FATAL", "no password supplied")
_WAITING = (
    "starting up",
    "shutting down",
    "recovery mode",
    "too many clients",
    "not yet accepting",
    "terminating",
)

# Parts of messages, with the remedy.
_SQLITE = {
    "locked": "another process has been writing for a minute; try again when it has ended",
    "unable to open": "its directory is missing, or may not be written; name another file by --store",
    "readonly": "the file or its directory may not be written; change that, or name another file by --store",
    "full": "nothing of this was kept; make room on the disk, and do it again",
    "disk I/O": "nothing of this was kept; look at the disk, its room and quotas (SQLite's WAL wants no network file system)",
    "not a database": "it is damaged, or another program's; move it away, and import an export into a new one",
    "malformed": "it is damaged; move it away, and import an export into a new one",
}
_MAKE = "make it first: createdb, createuser"
_POSTGRESQL = {
    "password": "give the password by PGPASSWORD or ~/.pgpass, which only you may read",
    "authentication": "ask who runs the server for an entry in pg_hba.conf",
    'database "': _MAKE,
    'role "': _MAKE,
    "permission denied": "ask its owner for it: docs/history.md has the GRANTs",
    "No space left": "nothing of this was kept; make room on the server, and do it again",
}
_UNREACHABLE = "is the server running, and its address right?"


def lost(error: Exception) -> bool:
    """Whether the connection broke, or there was none to be had."""
    # Of a server that crashes, psycopg2 raises the class above all others.
    if type(error) not in (DatabaseError, InterfaceError, OperationalError) or _is_sqlite(error):
        return False
    code = getattr(getattr(error, "orig", None), "pgcode", None)
    return code is None or code in _GONE or code.startswith("08")


def _is_sqlite(error: Exception) -> bool:
    return isinstance(getattr(error, "orig", None) or error, sqlite3.Error)


def passing(error: Exception, seen: bool) -> bool:
    """Whether to try again; `seen`: the server has been there before."""
    if _is_sqlite(error):
        return "locked" in str(error)
    if isinstance(error, IntegrityError):  # what it refers to has just been pruned
        return True
    if not isinstance(error, DBAPIError):
        return False
    text = str(error.orig)
    # A server that took this user once takes him again, whatever it says as it goes down.
    if (
        not seen
        and any(words in text for words in _HOPELESS)
        and not any(words in text for words in _WAITING)
    ):
        return False
    return lost(error) or getattr(error.orig, "pgcode", None) in _CONFLICTS


def remedy(error: Exception, address: Address) -> str:
    """The driver's first line, without the statement, and what to do."""
    text = " ".join(str(getattr(error, "orig", None) or error).split("\n")[0].split())
    known = _SQLITE if address.kind == SQLITE else _POSTGRESQL
    found = next((advice for part, advice in known.items() if part in text), "")
    return "; ".join(filter(None, [text, found or _UNREACHABLE * lost(error)]))
