"""Every table, in one MetaData; one small file per subject."""

from server.db.tables.base import Utc, metadata, utc_text
from server.db.tables.channel import channel_needs, channel_templates, channels
from server.db.tables.decision import approvals, decisions, holds, rule_bundles
from server.db.tables.door import calls, test_orders
from server.db.tables.intake import (
    corrections,
    documents,
    drafts,
    idempotency,
    import_rows,
    imports,
    inbox,
    originals,
)
from server.db.tables.learning import lessons
from server.db.tables.master import (
    credit_accounts,
    customer_identities,
    customers,
    day_counters,
    prices,
    settings,
    skus,
)
from server.db.tables.order import fulfilment_lines, fulfilment_orders, order_fields, order_lines, order_nodes, orders
from server.db.tables.outlet import (
    destinations,
    labels,
    notice_preferences,
    parcels,
    payments,
    receivables,
    shipments,
    signing_keys,
    waybill_checks,
)
from server.db.tables.people import api_keys, ended_sessions, organisations, subject_keys, users
from server.db.tables.proof import backtest_flips, backtests, exemptions, hold_verdicts
from server.db.tables.pull import channel_counts, channel_pulls, channel_records
from server.db.tables.rulework import rule_changes, rule_pauses, shadow_flips
from server.db.tables.stock import reservations, sites, stock_items, stock_ledger
from server.db.tables.trail import audit, audit_heads, audit_seals
from server.db.tables.work import jobs, notifications, outbox, webhook_endpoints

__all__ = [
    "Utc",
    "api_keys",
    "approvals",
    "audit",
    "audit_heads",
    "audit_seals",
    "backtest_flips",
    "backtests",
    "calls",
    "channel_counts",
    "channel_needs",
    "channel_pulls",
    "channel_records",
    "channel_templates",
    "channels",
    "corrections",
    "credit_accounts",
    "customer_identities",
    "customers",
    "day_counters",
    "decisions",
    "destinations",
    "documents",
    "drafts",
    "ended_sessions",
    "exemptions",
    "fulfilment_lines",
    "fulfilment_orders",
    "hold_verdicts",
    "holds",
    "idempotency",
    "import_rows",
    "imports",
    "inbox",
    "jobs",
    "labels",
    "lessons",
    "metadata",
    "notice_preferences",
    "notifications",
    "order_fields",
    "order_lines",
    "order_nodes",
    "orders",
    "organisations",
    "originals",
    "outbox",
    "parcels",
    "payments",
    "prices",
    "receivables",
    "reservations",
    "rule_bundles",
    "rule_changes",
    "rule_pauses",
    "settings",
    "shadow_flips",
    "shipments",
    "signing_keys",
    "sites",
    "skus",
    "stock_items",
    "stock_ledger",
    "subject_keys",
    "test_orders",
    "users",
    "utc_text",
    "waybill_checks",
    "webhook_endpoints",
]
