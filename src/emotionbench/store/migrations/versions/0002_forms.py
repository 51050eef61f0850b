"""Forms: how an administration was put, and over how many messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

COMMENTS = (
    ("administration", "id", "Hash of every column here but item_order and n_messages; of form where there is one"),
    ("administration", "condition", "baseline, evoked, control, recovered or probe"),
    ("material", "kind", "instrument, situation, protocol or form"),
)


def upgrade() -> None:
    """Add the columns; what was there was put in one message and in no particular form."""
    op.add_column(
        "administration",
        sa.Column(
            "form",
            sa.String(length=64),
            sa.ForeignKey("material.hash", name="fk_administration_form"),
            comment="How it was put, where a study varies that",
        ),
        inline_references=True,
    )
    op.add_column(
        "administration",
        sa.Column(
            "n_messages",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="Messages over which the items are spread, evenly and in the order shown",
        ),
    )
    op.add_column(
        "attempt",
        sa.Column("part", sa.Integer(), server_default="1", nullable=False, comment="Which of the messages, from 1"),
    )
    if op.get_context().dialect.name == "postgresql":
        for table, column, comment in COMMENTS:
            op.alter_column(table, column, comment=comment)
