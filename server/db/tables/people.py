"""Who may do what: organisations as a tree, users, API keys, and the keys that personal data lies under."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Table, UniqueConstraint

from server.db.tables.base import at, json, key, maybe, metadata, sealed, small, text

organisations = Table(
    "organisations",
    metadata,
    key(),
    maybe("parent_id", ForeignKey("organisations.id")),
    text("name"),
    text("path", index=True),  # /org_main/org_east/: a subtree is a prefix
    maybe("customer"),  # of a dealer: the customer that its people and keys order as
    at("created_at"),
)

users = Table(
    "users",
    metadata,
    key(),
    text("login"),
    text("name"),
    text("password"),  # argon2
    json("roles"),
    text("org_id", ForeignKey("organisations.id")),
    text("state", default="active"),
    text("locale", default="zh"),
    small("failures", default=0),
    at("locked_until", nullable=True),
    at("created_at"),
    at("updated_at"),
    UniqueConstraint("login"),
)

ended_sessions = Table(
    "ended_sessions",
    metadata,
    key(),  # what the cookie calls its session; no secret, the cookie is signed
    at("ends_at", index=True),  # when the cookie itself runs out: the row is of no use after that
)

api_keys = Table(
    "api_keys",
    metadata,
    key(),
    text("name"),
    text("hash"),  # SHA-256 of the secret, which has 256 bits of chance
    text("hint"),  # its last four characters
    json("scopes"),
    text("account", default=""),
    text("org_id", ForeignKey("organisations.id")),
    text("state", default="active"),
    text("mode", default="live"),  # live, test
    text("created_by"),
    at("created_at"),
    at("last_used_at", nullable=True),
    UniqueConstraint("hash"),
)

subject_keys = Table(
    "subject_keys",
    metadata,
    key(),
    maybe("live_subject"),  # null once erased: new data of the same person gets a new key
    text("subject", index=True),
    sealed("wrapped", nullable=True),  # null once erased
    maybe("data_key"),  # which of DATA_KEYS wraps it
    at("created_at"),
    at("erased_at", nullable=True),
    UniqueConstraint("live_subject"),
)
