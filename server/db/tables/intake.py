"""What arrived and what was read from it: originals, documents, drafts, imports, repeated calls."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from server.db.tables.base import at, json, key, maybe, metadata, number, owned, sealed, small, text

inbox = Table(
    "inbox",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    text("id"),  # of the document that it becomes
    text("channel"),
    text("account"),
    text("message_id"),  # channel and the platform's id of the delivery
    text("content_type"),
    sealed("sealed"),  # the raw body
    at("received_at"),
    at("due_at", nullable=True),  # after a failure; null: now
    small("attempts", default=0),
    maybe("last_error"),
    *owned(),
    UniqueConstraint("id"),
)

originals = Table(
    "originals",
    metadata,
    key(),
    text("sha256", index=True),
    number("size"),
    text("content_type"),
    maybe("filename"),
    text("subject", index=True),
    sealed("sealed", nullable=True),  # up to 1 MB; larger ones lie, sealed too, at `path` under DATA_DIR
    maybe("path"),
    maybe("order_id", index=True),
    maybe("template"),  # of the channel that mapped it: name, version, hash
    at("received_at"),
    *owned(),
)

documents = Table(
    "documents",
    metadata,
    key(),
    text("original_id", ForeignKey("originals.id")),
    text("state"),
    small("progress", default=0),  # percent
    maybe("reason_code"),
    maybe("reason_zh"),
    maybe("reason_en"),
    text("door"),  # upload, api, mail
    text("channel"),
    text("account", default=""),
    maybe("message_id", index=False),  # of a mail; never two documents for one
    maybe("sender"),
    maybe("return_path"),  # of a mail: where a failure notice would go; empty: nobody wants an answer
    maybe("kind"),
    small("pages", nullable=True),
    json("quality", nullable=True),
    number("version", default=1),
    at("received_at"),
    at("updated_at"),
    *owned(),
    UniqueConstraint("message_id"),
    Index("ix_documents_org_received", "org_id", "received_at", "id"),
)

drafts = Table(
    "drafts",
    metadata,
    key(),
    text("document_id", ForeignKey("documents.id"), index=True),
    small("position"),  # of the order within its document, from 0
    text("state"),
    text("subject"),
    sealed("sealed"),  # the draft: order so far, fields, warnings
    small("to_confirm", default=0),  # fields that a person must look at
    maybe("order_id", index=True),
    number("version", default=1),
    text("last_actor"),
    at("created_at"),
    at("updated_at"),
    *owned(),
    UniqueConstraint("document_id", "position"),
    Index("ix_drafts_org_created", "org_id", "created_at", "id"),
)

corrections = Table(
    "corrections",
    metadata,
    key("id"),
    text("draft_id", ForeignKey("drafts.id"), index=True),
    text("path"),
    sealed("sealed"),  # {"read": raw, "was": value, "is": value}
    text("actor"),
    at("at"),
)

imports = Table(
    "imports",
    metadata,
    key(),
    text("kind"),  # skus, customers, prices, stock, credit_accounts, sites
    maybe("filename"),
    text("state"),  # running, done, failed, undone
    small("total", nullable=True),  # rows of the sheet
    maybe("original_id"),  # the sheet, where a job reads it
    small("accepted"),
    small("rejected"),
    json("rejects"),  # [{row, pointer, code, message_zh, message_en, candidates}]
    text("actor"),
    at("created_at"),
    at("undone_at", nullable=True),
    *owned(),
)

import_rows = Table(
    "import_rows",
    metadata,
    Column("import_id", Text, ForeignKey("imports.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    text("code"),
    number("version"),  # of the row after the import: another one means that somebody changed it since
    sealed("before", nullable=True),  # the item as it was; null where there was none: the undo
)

idempotency = Table(
    "idempotency",
    metadata,
    key("scope"),  # the API key's id
    key("idempotency_key"),
    text("fingerprint"),
    small("status", nullable=True),  # null: still in flight
    sealed("response", nullable=True),
    maybe("subject"),
    maybe("resource_id"),
    at("created_at", index=True),
    at("lease_until", nullable=True),
)
