"""Learning: what confirmed drafts taught of a customer's words, tried on past documents before it is switched on."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Table, UniqueConstraint

from server.db.tables.base import at, json, key, maybe, metadata, number, owned, sealed, small, text

lessons = Table(
    "lessons",
    metadata,
    key(),
    text("customer_id", ForeignKey("customers.id")),
    text("kind"),  # part_number, product_name, customer_name, label
    text("said_hash"),  # keyed: what the customer writes
    text("meant_hash"),  # keyed: what it stands for
    sealed("sealed"),  # {"said", "meant"}, under the customer's key
    text("state"),  # proposed, ready, harmful, live, revoked
    text("document_id"),  # where it was seen first
    text("draft_id"),
    text("path"),  # of the value that a person confirmed there
    small("seen", default=1),  # drafts that taught it
    json("trial", nullable=True),  # what replaying past documents showed
    text("taught_by"),
    maybe("switched_by"),
    at("switched_at", nullable=True),
    number("version", default=1),
    at("created_at"),
    at("updated_at"),
    *owned(),
    UniqueConstraint("customer_id", "kind", "said_hash", "meant_hash"),
    Index("ix_lessons_created", "created_at", "id"),
    Index("ix_lessons_state", "state"),
)
