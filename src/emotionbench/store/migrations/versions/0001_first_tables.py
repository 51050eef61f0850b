"""First tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of the first release."""
    op.create_table(
        "material",
        sa.Column(
            "hash", sa.String(length=64), nullable=False, comment="SHA-256 of 'content' as canonical JSON (keys sorted)"
        ),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="instrument, situation or protocol"),
        sa.Column("name", sa.Text(), nullable=False, comment="The id that the material gives itself"),
        sa.Column("content", sa.Text(), nullable=False, comment="The whole material as JSON"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_material")),
        comment="Every text that was put to a respondent, by content",
    )
    op.create_table(
        "respondent",
        sa.Column("id", sa.String(length=32), nullable=False, comment="Hash of kind, name and settings"),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="llm, human or synthetic"),
        sa.Column(
            "name", sa.Text(), nullable=False, comment="Provider and model, human sample, or synthetic respondent"
        ),
        sa.Column(
            "settings",
            sa.Text(),
            nullable=False,
            comment="What changes the answers (temperature, say), JSON; never a key",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_respondent")),
        comment="Who was asked",
    )
    op.create_table(
        "study",
        sa.Column(
            "hash",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of the spec (without execution) and its materials",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="The name that the study gives itself"),
        sa.Column(
            "spec", sa.Text(), nullable=False, comment="The validated spec without execution and addresses, as JSON"
        ),
        sa.Column(
            "n_administrations",
            sa.Integer(),
            nullable=False,
            comment="Administrations that the plan of the study holds",
        ),
        sa.Column(
            "package_version", sa.Text(), nullable=False, comment="emotionbench version that first ran the study here"
        ),
        sa.Column("created_at", sa.Text(), nullable=False, comment="When it was first run here, UTC, ISO 8601"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_study")),
        comment="What was to be run, one row a study",
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.String(length=32), nullable=False, comment="Random id of a process that is asking"),
        sa.Column("machine", sa.Text(), nullable=False, comment="Fingerprint of the machine, as a hash"),
        sa.Column("pid", sa.Integer(), nullable=False, comment="Process id there"),
        sa.Column("seen_at", sa.Float(), nullable=False, comment="Last sign of life, seconds since 1970 UTC"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
        comment="Processes that are asking now; empty when none is",
    )
    op.create_table(
        "administration",
        sa.Column("id", sa.String(length=32), nullable=False, comment="Hash of every column here but item_order"),
        sa.Column("respondent", sa.String(length=32), nullable=False, comment="Who was asked"),
        sa.Column("instrument", sa.String(length=64), nullable=False, comment="The instrument put"),
        sa.Column("protocol", sa.String(length=64), nullable=False, comment="The words put around it"),
        sa.Column(
            "design",
            sa.String(length=16),
            nullable=False,
            comment="independent: fresh conversations; paired: before and after in one",
        ),
        sa.Column("condition", sa.String(length=16), nullable=False, comment="baseline, evoked, control or recovered"),
        sa.Column("situation", sa.String(length=64), nullable=True, comment="The situation imagined; null at baseline"),
        sa.Column("repeat", sa.Integer(), nullable=False, comment="The same cell again, counted from 0"),
        sa.Column("seed", sa.Integer(), nullable=False, comment="Seed of the study, from which item_order follows"),
        sa.Column(
            "session",
            sa.String(length=32),
            nullable=True,
            comment="Joins the before and after of one person or conversation; else null",
        ),
        sa.Column(
            "item_order",
            sa.Text(),
            nullable=False,
            comment="Item numbers (from 1) in the order shown, separated by spaces",
        ),
        sa.ForeignKeyConstraint(["instrument"], ["material.hash"], name=op.f("fk_administration_instrument")),
        sa.ForeignKeyConstraint(["protocol"], ["material.hash"], name=op.f("fk_administration_protocol")),
        sa.ForeignKeyConstraint(["respondent"], ["respondent.id"], name=op.f("fk_administration_respondent")),
        sa.ForeignKeyConstraint(["situation"], ["material.hash"], name=op.f("fk_administration_situation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administration")),
        comment="One instrument put to one respondent once, under one condition, in one form",
    )
    op.create_table(
        "claim",
        sa.Column(
            "administration",
            sa.String(length=32),
            nullable=False,
            comment="First administration of the session being asked",
        ),
        sa.Column("worker", sa.String(length=32), nullable=False, comment="Who is asking it"),
        sa.ForeignKeyConstraint(["worker"], ["worker.id"], name=op.f("fk_claim_worker"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("administration", name=op.f("pk_claim")),
        comment="What is being asked now, so that two processes never ask the same",
    )
    op.create_table(
        "attempt",
        sa.Column("administration", sa.String(length=32), nullable=False, comment="The administration that was tried"),
        sa.Column(
            "number", sa.Integer(), autoincrement=False, nullable=False, comment="From 1 within the administration"
        ),
        sa.Column(
            "request",
            sa.Text(),
            nullable=False,
            comment="The exact request, as JSON; for imported rows where they stand",
        ),
        sa.Column("response", sa.Text(), nullable=True, comment="The exact response; null where the attempt failed"),
        sa.Column(
            "reply",
            sa.Text(),
            nullable=True,
            comment="The respondent's words within the response; null where the attempt failed",
        ),
        sa.Column("error", sa.Text(), nullable=True, comment="What went wrong; null where there is a response"),
        sa.Column(
            "error_kind",
            sa.String(length=32),
            nullable=True,
            comment="timeout, connection, rate_limited, server, malformed, rejected",
        ),
        sa.Column(
            "started_at", sa.Text(), nullable=False, comment="When it was sent, UTC, ISO 8601; 'recorded' if imported"
        ),
        sa.Column(
            "seconds", sa.Float(), nullable=False, comment="From sending the request to the whole response, in seconds"
        ),
        sa.Column(
            "input_tokens", sa.Integer(), nullable=True, comment="Tokens of the request, as the server counted them"
        ),
        sa.Column(
            "output_tokens", sa.Integer(), nullable=True, comment="Tokens of the response, as the server counted them"
        ),
        sa.Column("model_version", sa.Text(), nullable=True, comment="The model that answered, as the server named it"),
        sa.Column("finish_reason", sa.Text(), nullable=True, comment="Why the model stopped, as the server said"),
        sa.Column("logprobs", sa.Text(), nullable=True, comment="Log-probabilities as the server gave them, JSON"),
        sa.CheckConstraint("(response IS NULL) <> (error IS NULL)", name=op.f("ck_attempt_response_or_error")),
        sa.CheckConstraint("(response IS NULL) = (reply IS NULL)", name=op.f("ck_attempt_reply_with_response")),
        sa.ForeignKeyConstraint(["administration"], ["administration.id"], name=op.f("fk_attempt_administration")),
        sa.PrimaryKeyConstraint("administration", "number", name=op.f("pk_attempt")),
        comment="One request and its response or error: never both, never neither",
    )
