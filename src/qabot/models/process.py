"""The processes that send: who has claimed a notice is one of these, and lives for as long as its beats go on."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class Process(SQLModel, table=True):
    """One process of qabot, from when it first claims something until it stops, or until others take over from it.

    `beats` is a number that it raises every two seconds: whoever looks compares it with what they saw before, never
    with a clock. `born` tells it on its `host` from a later process with the same `pid`.
    `kind` is what it runs: "serve" or "worker".
    """

    __tablename__ = "process"
    id: str = Field(primary_key=True)
    host: str
    pid: int
    born: str = ""
    beats: int = 0
    kind: str = Field(default="serve", sa_column_kwargs={"server_default": "serve"})
    started_at: datetime = Field(sa_type=UtcDateTime)
