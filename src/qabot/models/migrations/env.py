"""Alembic's entry: runs the migrations on the connection that `qabot.models.migrate` gives."""

from typing import Any

from alembic import context
from sqlmodel import SQLModel

import qabot.models  # noqa: F401 - fills the metadata

connection: Any = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
