"""People: who took part in a study through its pages, and who may look."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables; nothing of what was there changes."""
    op.create_index("ix_administration_session", "administration", ["session"])
    _people()
    _ways_in()
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("material", "kind", comment="instrument, situation, protocol, pages or form")


def _people() -> None:
    op.create_table(
        "participant",
        sa.Column("id", sa.String(32), nullable=False, comment="Random; the person's link is this, signed"),
        sa.Column("study", sa.String(64), nullable=False, comment="The study taken part in"),
        sa.Column("session", sa.String(32), nullable=False, comment="Joins the person's administrations"),
        sa.Column("language", sa.String(16), nullable=False, comment="The language that the pages were read in"),
        sa.Column("situation", sa.String(64), comment="The situation allocated; null until it is"),
        sa.Column("place", sa.Integer(), comment="How many were allocated this situation before, from 0"),
        sa.Column("demographics", sa.Text(), comment="Answers about the person, JSON; null before they were given"),
        sa.Column("started_at", sa.Text(), nullable=False, comment="When the person consented, UTC, ISO 8601"),
        sa.Column(
            "seen_at",
            sa.Float(),
            nullable=False,
            comment="When a page was last asked for or sent, seconds since 1970 UTC",
        ),
        sa.Column(
            "outcome", sa.String(16), comment="complete, screened_out, full or failed_checks; null before the end"
        ),
        sa.Column("code", sa.String(16), comment="The person's completion code; null once anonymised"),
        sa.PrimaryKeyConstraint("id", name="pk_participant"),
        sa.ForeignKeyConstraint(["study"], ["study.hash"], name="fk_participant_study"),
        sa.ForeignKeyConstraint(["situation"], ["material.hash"], name="fk_participant_situation"),
        sa.UniqueConstraint("session", name="uq_participant_session"),
        sa.UniqueConstraint("code", name="uq_participant_code"),
        comment="People who consented: a random code, no name and no address; gone without a trace if they withdraw",
    )
    op.create_index("ix_participant_study", "participant", ["study", "situation"])
    op.create_table(
        "submission",
        sa.Column("participant", sa.String(32), nullable=False, comment="Who sent the page"),
        sa.Column(
            "page", sa.String(16), nullable=False, comment="about, before-N, situation, after-N, end or pleasant"
        ),
        sa.Column(
            "seconds",
            sa.Float(),
            nullable=False,
            comment="From the first display of the page to its being sent, in seconds",
        ),
        sa.Column("submitted_at", sa.Text(), nullable=False, comment="When it was sent, UTC, ISO 8601"),
        sa.Column("content", sa.Text(), nullable=False, comment="What was sent that is no answer to an item, JSON"),
        sa.PrimaryKeyConstraint("participant", "page", name="pk_submission"),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.id"], name="fk_submission_participant", ondelete="CASCADE"
        ),
        comment="Pages that people sent, each once",
    )
    op.create_table(
        "draft",
        sa.Column("participant", sa.String(32), nullable=False, comment="Who is on the page"),
        sa.Column("page", sa.String(16), nullable=False, comment="The page"),
        sa.Column(
            "content", sa.Text(), nullable=False, comment="What was entered so far and what is wrong with it, JSON"
        ),
        sa.PrimaryKeyConstraint("participant", "page", name="pk_draft"),
        sa.ForeignKeyConstraint(["participant"], ["participant.id"], name="fk_draft_participant", ondelete="CASCADE"),
        comment="What people entered on pages that they have not sent yet; deleted when they do",
    )


def _ways_in() -> None:
    op.create_table(
        "recruitment",
        sa.Column("participant", sa.String(32), nullable=False, comment="Who was recruited"),
        sa.Column("study", sa.String(64), nullable=False, comment="The study"),
        sa.Column("person", sa.String(64), nullable=False, comment="Keyed hash of the panel's id of the person"),
        sa.Column("visit", sa.String(64), nullable=False, comment="Keyed hash of the panel's ids of study and visit"),
        sa.PrimaryKeyConstraint("participant", name="pk_recruitment"),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.id"], name="fk_recruitment_participant", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["study"], ["study.hash"], name="fk_recruitment_study"),
        sa.UniqueConstraint("study", "person", name="uq_recruitment_study"),
        comment="Where people came from, apart from their answers; no id of a panel as such",
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(64), nullable=False, comment="SHA-256 of the link's random part"),
        sa.Column("study", sa.String(64), nullable=False, comment="The study invited to"),
        sa.Column("participant", sa.String(32), comment="Who used it; null before, and after that person's deletion"),
        sa.Column("used", sa.Integer(), nullable=False, comment="1 once somebody consented with it, else 0"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.ForeignKeyConstraint(["study"], ["study.hash"], name="fk_invitation_study"),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.id"], name="fk_invitation_participant", ondelete="SET NULL"
        ),
        comment="Links that let one person in",
    )
    op.create_table(
        "departure",
        sa.Column("study", sa.String(64), nullable=False, comment="The study"),
        sa.Column("reason", sa.String(16), nullable=False, comment="withdrawn, or retention where its period ended"),
        sa.Column("n", sa.Integer(), nullable=False, comment="How many people were deleted"),
        sa.PrimaryKeyConstraint("study", "reason", name="pk_departure"),
        sa.ForeignKeyConstraint(["study"], ["study.hash"], name="fk_departure_study"),
        comment="All that is left of people who were deleted: how many",
    )
    op.create_table(
        "researcher",
        sa.Column("name", sa.String(64), nullable=False, comment="Login name"),
        sa.Column("password", sa.Text(), nullable=False, comment="argon2 hash of the password"),
        sa.Column("n_failed", sa.Integer(), nullable=False, comment="Logins that failed since the last that did not"),
        sa.Column("failed_at", sa.Float(), nullable=False, comment="When the last one failed, seconds since 1970 UTC"),
        sa.PrimaryKeyConstraint("name", name="pk_researcher"),
        comment="Who may see the researcher's page; rows that begin with a blank count failed logins",
    )
