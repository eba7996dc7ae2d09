"""Whether a text is the address of a database. What was given is never repeated: it may hold a password."""

SQLITE, SERVERS = "sqlite://", ("postgresql://", "postgresql+psycopg://")


def database_problem(address: str) -> str:
    """What is wrong with it; "" if nothing is."""
    if address.startswith(SQLITE) and address.removeprefix(SQLITE)[:1] in {"", "/"}:
        return ""
    if not address.startswith(SERVERS):
        return "expected sqlite:///path/of/a/file or postgresql://user@server/database"
    # Not before there is a server: commands that need no database do not read all that SQLAlchemy is.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        make_url(address)
    except (ArgumentError, ValueError):
        return (
            "expected postgresql://user:password@server:5432/database. In a password @ is written as %40, / as %2F, "
            ": as %3A, ? as %3F, # as %23 and % as %25"
        )
    return ""
