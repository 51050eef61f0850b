"""The tables of a store. The comments are the data dictionary: ``docs/data-dictionary.md`` is made from them."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

HEAD = "0004"
"""The migration that makes the tables below."""

CUT_OFF = ("length", "max_tokens")
"""What servers, and Inspect, give as the reason why a reply ended that reached the limit of tokens."""
IS_CUT_OFF = text("finish_reason IN ('length', 'max_tokens') AND logprobs IS NULL")
"""Attempts whose reply did; readings of probabilities always do."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

study = Table(
    "study",
    metadata,
    Column("hash", String(64), primary_key=True, comment="SHA-256 of the spec (without execution) and its materials"),
    Column("name", Text, nullable=False, comment="The name that the study gives itself"),
    Column("spec", Text, nullable=False, comment="The validated spec without execution and addresses, as JSON"),
    Column("n_administrations", Integer, nullable=False, comment="Administrations that the plan of the study holds"),
    Column("package_version", Text, nullable=False, comment="emotionbench version that first ran the study here"),
    Column("created_at", Text, nullable=False, comment="When it was first run here, UTC, ISO 8601"),
    comment="What was to be run, one row a study",
)

material = Table(
    "material",
    metadata,
    Column("hash", String(64), primary_key=True, comment="SHA-256 of 'content' as canonical JSON (keys sorted)"),
    Column("kind", String(16), nullable=False, comment="instrument, situation, protocol, pages or form"),
    Column("name", Text, nullable=False, comment="The id that the material gives itself"),
    Column("content", Text, nullable=False, comment="The whole material as JSON"),
    comment="Every text that was put to a respondent, by content",
)

respondent = Table(
    "respondent",
    metadata,
    Column("id", String(32), primary_key=True, comment="Hash of kind, name and settings"),
    Column("kind", String(16), nullable=False, comment="llm, human or synthetic"),
    Column("name", Text, nullable=False, comment="Provider and model, human sample, or synthetic respondent"),
    Column("settings", Text, nullable=False, comment="What changes the answers (temperature, say), JSON; never a key"),
    comment="Who was asked",
)

administration = Table(
    "administration",
    metadata,
    Column(
        "id",
        String(32),
        primary_key=True,
        comment="Hash of every column here but item_order and n_messages; of form where there is one",
    ),
    Column("respondent", String(32), ForeignKey("respondent.id"), nullable=False, comment="Who was asked"),
    Column("instrument", String(64), ForeignKey("material.hash"), nullable=False, comment="The instrument put"),
    Column("protocol", String(64), ForeignKey("material.hash"), nullable=False, comment="The words put around it"),
    Column(
        "design",
        String(16),
        nullable=False,
        comment="independent: fresh conversations; paired: before and after in one",
    ),
    Column("condition", String(16), nullable=False, comment="baseline, evoked, control, recovered or probe"),
    Column("situation", String(64), ForeignKey("material.hash"), comment="The situation imagined; null at baseline"),
    Column("repeat", Integer, nullable=False, comment="The same cell again, counted from 0"),
    Column("seed", Integer, nullable=False, comment="Seed of the study, from which item_order follows"),
    Column(
        "session", String(32), index=True, comment="Joins the before and after of one person or conversation; else null"
    ),
    Column("item_order", Text, nullable=False, comment="Item numbers (from 1) in the order shown, separated by spaces"),
    Column("form", String(64), ForeignKey("material.hash"), comment="How it was put, where a study varies that"),
    Column(
        "n_messages",
        Integer,
        nullable=False,
        server_default="1",
        comment="Messages over which the items are spread, evenly and in the order shown",
    ),
    comment="One instrument put to one respondent once, under one condition, in one form",
)

attempt = Table(
    "attempt",
    metadata,
    Column(
        "administration",
        String(32),
        ForeignKey("administration.id"),
        primary_key=True,
        comment="The administration that was tried",
    ),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="From 1 within the administration"),
    Column("request", Text, nullable=False, comment="The exact request, as JSON; for imported rows where they stand"),
    Column("response", Text, comment="The exact response; null where the attempt failed"),
    Column("reply", Text, comment="The respondent's words within the response; null where the attempt failed"),
    Column("error", Text, comment="What went wrong; null where there is a response"),
    Column("error_kind", String(32), comment="timeout, connection, rate_limited, server, malformed, rejected, expired"),
    Column("started_at", Text, nullable=False, comment="When it was sent, UTC, ISO 8601; 'recorded' if imported"),
    Column("seconds", Float, nullable=False, comment="From sending the request to the whole response, in seconds"),
    Column("input_tokens", Integer, comment="Tokens of the request, as the server counted them"),
    Column("output_tokens", Integer, comment="Tokens of the response, as the server counted them"),
    Column("model_version", Text, comment="The model that answered, as the server named it"),
    Column("finish_reason", Text, comment="Why the model stopped, as the server said"),
    Column("logprobs", Text, comment="Log-probabilities as the server gave them; of answers read so, by item; JSON"),
    Column("part", Integer, nullable=False, server_default="1", comment="Which of the messages, from 1"),
    Column("cached_tokens", Integer, comment="Tokens of the request that the server had in its cache"),
    Column("reasoning_tokens", Integer, comment="Tokens of the response that were reasoning"),
    CheckConstraint("(response IS NULL) <> (error IS NULL)", name="response_or_error"),
    CheckConstraint("(response IS NULL) = (reply IS NULL)", name="reply_with_response"),
    Index("ix_attempt_cut_off", "administration", sqlite_where=IS_CUT_OFF, postgresql_where=IS_CUT_OFF),
    comment="One request and its response or error: never both, never neither",
)

worker = Table(
    "worker",
    metadata,
    Column("id", String(32), primary_key=True, comment="Random id of a process that is asking"),
    Column("machine", Text, nullable=False, comment="Fingerprint of the machine, as a hash"),
    Column("pid", Integer, nullable=False, comment="Process id there"),
    Column("seen_at", Float, nullable=False, comment="Last sign of life, seconds since 1970 UTC"),
    comment="Processes that are asking now; empty when none is",
)

claim = Table(
    "claim",
    metadata,
    Column("administration", String(32), primary_key=True, comment="First administration of the session being asked"),
    Column(
        "worker", String(32), ForeignKey("worker.id", ondelete="CASCADE"), nullable=False, comment="Who is asking it"
    ),
    comment="What is being asked now, so that two processes never ask the same",
)

batch = Table(
    "batch",
    metadata,
    Column("id", String(32), primary_key=True, comment="Random; the provider is told it, too"),
    Column("respondent", String(32), ForeignKey("respondent.id"), nullable=False, comment="Who is asked"),
    Column(
        "worker", String(32), ForeignKey("worker.id", ondelete="SET NULL"), comment="Who sees to it now; null: nobody"
    ),
    Column("file_id", Text, comment="The provider's id of the file of requests; null until it was uploaded"),
    Column("provider_id", Text, comment="The provider's id; null until the provider took the batch"),
    Column(
        "state", String(16), nullable=False, comment="writing, open, collected, or lost where it brought no answers"
    ),
    Column("n_requests", Integer, nullable=False, comment="Requests in it"),
    Column("submitted_at", Text, nullable=False, comment="When it was written down here, UTC, ISO 8601"),
    comment="Files of requests that providers work on for hours",
)

batch_request = Table(
    "batch_request",
    metadata,
    Column(
        "batch", String(32), ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True, comment="The batch it is in"
    ),
    Column(
        "administration",
        String(32),
        ForeignKey("administration.id"),
        primary_key=True,
        index=True,
        comment="The administration asked",
    ),
    Column("part", Integer, primary_key=True, autoincrement=False, comment="Which of its messages, from 1"),
    Column("body", Text, comment="The body of the request, JSON; null once the batch is collected or lost"),
    Column("attempt", Integer, comment="Number of the attempt that came of it; null where none did"),
    comment="What is or was in a batch, so that nothing is asked twice and half prices are known",
)

participant = Table(
    "participant",
    metadata,
    Column("id", String(32), primary_key=True, comment="Random; the person's link is this, signed"),
    Column("study", String(64), ForeignKey("study.hash"), nullable=False, comment="The study taken part in"),
    Column("session", String(32), nullable=False, unique=True, comment="Joins the person's administrations"),
    Column("language", String(16), nullable=False, comment="The language that the pages were read in"),
    Column("situation", String(64), ForeignKey("material.hash"), comment="The situation allocated; null until it is"),
    Column("place", Integer, comment="How many were allocated this situation before, from 0"),
    Column("demographics", Text, comment="Answers about the person, JSON; null before they were given"),
    Column("started_at", Text, nullable=False, comment="When the person consented, UTC, ISO 8601"),
    Column("seen_at", Float, nullable=False, comment="When a page was last asked for or sent, seconds since 1970 UTC"),
    Column("outcome", String(16), comment="complete, screened_out, full or failed_checks; null before the end"),
    Column("code", String(16), unique=True, comment="The person's completion code; null once anonymised"),
    Index("ix_participant_study", "study", "situation"),
    comment="People who consented: a random code, no name and no address; gone without a trace if they withdraw",
)

submission = Table(
    "submission",
    metadata,
    Column(
        "participant",
        String(32),
        ForeignKey("participant.id", ondelete="CASCADE"),
        primary_key=True,
        comment="Who sent the page",
    ),
    Column("page", String(16), primary_key=True, comment="about, before-N, situation, after-N, end or pleasant"),
    Column(
        "seconds", Float, nullable=False, comment="From the first display of the page to its being sent, in seconds"
    ),
    Column("submitted_at", Text, nullable=False, comment="When it was sent, UTC, ISO 8601"),
    Column("content", Text, nullable=False, comment="What was sent that is no answer to an item, JSON"),
    comment="Pages that people sent, each once",
)

draft = Table(
    "draft",
    metadata,
    Column(
        "participant",
        String(32),
        ForeignKey("participant.id", ondelete="CASCADE"),
        primary_key=True,
        comment="Who is on the page",
    ),
    Column("page", String(16), primary_key=True, comment="The page"),
    Column("content", Text, nullable=False, comment="What was entered so far and what is wrong with it, JSON"),
    comment="What people entered on pages that they have not sent yet; deleted when they do",
)

recruitment = Table(
    "recruitment",
    metadata,
    Column(
        "participant",
        String(32),
        ForeignKey("participant.id", ondelete="CASCADE"),
        primary_key=True,
        comment="Who was recruited",
    ),
    Column("study", String(64), ForeignKey("study.hash"), nullable=False, comment="The study"),
    Column("person", String(64), nullable=False, comment="Keyed hash of the panel's id of the person"),
    Column("visit", String(64), nullable=False, comment="Keyed hash of the panel's ids of study and visit"),
    UniqueConstraint("study", "person"),
    comment="Where people came from, apart from their answers; no id of a panel as such",
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", String(64), primary_key=True, comment="SHA-256 of the link's random part"),
    Column("study", String(64), ForeignKey("study.hash"), nullable=False, comment="The study invited to"),
    Column(
        "participant",
        String(32),
        ForeignKey("participant.id", ondelete="SET NULL"),
        comment="Who used it; null before, and after that person's deletion",
    ),
    Column("used", Integer, nullable=False, comment="1 once somebody consented with it, else 0"),
    comment="Links that let one person in",
)

departure = Table(
    "departure",
    metadata,
    Column("study", String(64), ForeignKey("study.hash"), primary_key=True, comment="The study"),
    Column("reason", String(16), primary_key=True, comment="withdrawn, or retention where its period ended"),
    Column("n", Integer, nullable=False, comment="How many people were deleted"),
    comment="All that is left of people who were deleted: how many",
)

researcher = Table(
    "researcher",
    metadata,
    Column("name", String(64), primary_key=True, comment="Login name"),
    Column("password", Text, nullable=False, comment="argon2 hash of the password"),
    Column("n_failed", Integer, nullable=False, comment="Logins that failed since the last that did not"),
    Column("failed_at", Float, nullable=False, comment="When the last one failed, seconds since 1970 UTC"),
    comment="Who may see the researcher's page; rows that begin with a blank count failed logins",
)
