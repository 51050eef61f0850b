"""Tokens by kind, and batches that providers work on for hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns and tables; nothing of what was there changes."""
    cached = sa.Column("cached_tokens", sa.Integer(), comment="Tokens of the request that the server had in its cache")
    reasoning = sa.Column("reasoning_tokens", sa.Integer(), comment="Tokens of the response that were reasoning")
    op.add_column("attempt", cached)
    op.add_column("attempt", reasoning)
    if op.get_context().dialect.name == "postgresql":
        op.alter_column(
            "attempt",
            "logprobs",
            comment="Log-probabilities as the server gave them; of answers read so, by item; JSON",
        )
        kinds = "timeout, connection, rate_limited, server, malformed, rejected, expired"
        op.alter_column("attempt", "error_kind", comment=kinds)
    cut_off = sa.text("finish_reason IN ('length', 'max_tokens') AND logprobs IS NULL")
    op.create_index("ix_attempt_cut_off", "attempt", ["administration"], sqlite_where=cut_off, postgresql_where=cut_off)
    _batches()


def _batches() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.String(32), nullable=False, comment="Random; the provider is told it, too"),
        sa.Column("respondent", sa.String(32), nullable=False, comment="Who is asked"),
        sa.Column("worker", sa.String(32), comment="Who sees to it now; null: nobody"),
        sa.Column(
            "file_id", sa.Text(), comment="The provider's id of the file of requests; null until it was uploaded"
        ),
        sa.Column("provider_id", sa.Text(), comment="The provider's id; null until the provider took the batch"),
        sa.Column(
            "state",
            sa.String(16),
            nullable=False,
            comment="writing, open, collected, or lost where it brought no answers",
        ),
        sa.Column("n_requests", sa.Integer(), nullable=False, comment="Requests in it"),
        sa.Column("submitted_at", sa.Text(), nullable=False, comment="When it was written down here, UTC, ISO 8601"),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.ForeignKeyConstraint(["respondent"], ["respondent.id"], name="fk_batch_respondent"),
        sa.ForeignKeyConstraint(["worker"], ["worker.id"], name="fk_batch_worker", ondelete="SET NULL"),
        comment="Files of requests that providers work on for hours",
    )
    op.create_table(
        "batch_request",
        sa.Column("batch", sa.String(32), nullable=False, comment="The batch it is in"),
        sa.Column("administration", sa.String(32), nullable=False, comment="The administration asked"),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False, comment="Which of its messages, from 1"),
        sa.Column("body", sa.Text(), comment="The body of the request, JSON; null once the batch is collected or lost"),
        sa.Column("attempt", sa.Integer(), comment="Number of the attempt that came of it; null where none did"),
        sa.PrimaryKeyConstraint("batch", "administration", "part", name="pk_batch_request"),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name="fk_batch_request_batch", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["administration"], ["administration.id"], name="fk_batch_request_administration"),
        comment="What is or was in a batch, so that nothing is asked twice and half prices are known",
    )
    op.create_index("ix_batch_request_administration", "batch_request", ["administration"])
