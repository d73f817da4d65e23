"""Customers (客户): sealed under their own key, found again by keyed hashes of what names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert

from orders.decision import canonical_bytes
from orders.money import fen_text
from server.db.facts.person import person_of
from server.db.ids import new_id
from server.db.mask import mask_name
from server.db.master.kind import Item, Kind, Row, Scene
from server.db.tables import customer_identities, customers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from server.db.master.item import Reader
    from server.db.store import Store

FIELDS = ("code", "name", "level", "payment_terms", "ids", "contacts", "addresses", "buyer_skus", "lifetime_spend",
          "purchase_count", "attributes", "state", "owner_id", "org_id")  # fmt: skip
SEALED = ("name", "ids", "contacts", "addresses")


def _parse(scene: Scene, reader: Reader) -> Row:
    person: dict[str, Any] = {
        "name": reader.text("name"),
        "ids": reader.many("ids", dict),
        "contacts": reader.many("contacts", dict),
        "addresses": reader.many("addresses", dict),
    }
    _check(reader, person)
    customer_id = new_id("cus", scene.now)
    return {
        "id": customer_id,
        "code": reader.text("code"),
        "subject": f"customer:{customer_id}",
        "sealed": canonical_bytes(person),  # sealed by `seal`, once it is known whose key
        "name_masked": mask_name(person["name"]) or "",
        "level": reader.text("level", "normal"),
        "payment_terms": reader.maybe("payment_terms"),
        "lifetime_spend_fen": reader.fen("lifetime_spend", "0"),
        "purchase_count": reader.whole("purchase_count", 0),
        "buyer_skus": reader.mapping("buyer_skus"),
        "attributes": reader.mapping("attributes"),
        "state": reader.choice("state", ("active", "retired"), "active"),
        "owner_id": reader.text("owner_id", scene.actor.id),
        "org_id": reader.text("org_id", scene.actor.org_id),
    }


def _check(reader: Reader, person: dict[str, Any]) -> None:
    wanted = (("ids", ("scheme", "value")), ("contacts", ()), ("addresses", ("text",)))
    for name, needed in wanted:
        for position, part in enumerate(person[name]):
            strings = all(value is None or isinstance(value, str) for value in part.values())
            if not strings or any(not part.get(key) for key in needed):
                told = ", ".join(needed) or "text"
                reader.fault(f"{name}/{position}", "incomplete", f"需要 {told}", f"needs {told}")
                person[name] = []  # what is refused is sealed by nobody


def seal(scene: Scene, row: Row) -> None:
    """Seal the person in ``row`` under its subject's key."""
    key = scene.store.vault.subject_key(scene.conn, row["subject"], scene.now)
    scene.store.vault.keep(scene.conn, key)
    row["sealed"] = scene.store.vault.seal(key, row["sealed"])


def _after(scene: Scene, _old: Row | None, new: Row, item: Item) -> None:
    conn, vault = scene.conn, scene.store.vault
    conn.execute(delete(customer_identities).where(customer_identities.c.customer_id == new["id"]))
    found = {vault.hash(scheme, value): scheme for scheme, value in identities(item)}
    rows = [
        {"hash": hashed, "scheme": scheme, "customer_id": new["id"], "created_at": scene.now}
        for hashed, scheme in sorted(found.items())
    ]
    conn.execute(insert(customer_identities), rows)


def identities(item: Item) -> Iterator[tuple[str, str]]:
    """Give each (scheme, value) that names the customer."""
    yield "customer_code", item["code"]
    yield "name", item["name"]
    for party_id in item.get("ids") or ():
        yield party_id["scheme"], party_id["value"]
    for contact in item.get("contacts") or ():
        for scheme in ("phone", "email"):
            if contact.get(scheme):
                yield scheme, contact[scheme]


def _show(conn: Connection, store: Store, row: Row) -> Item:
    person = person_of(conn, store, row)
    shown = {name: row[name] for name in FIELDS if name in row}
    return {**shown, **person, "lifetime_spend": fen_text(row["lifetime_spend_fen"])}


CUSTOMERS = Kind(
    "customers",
    customers,
    FIELDS,
    ("code",),
    _parse,
    _show,
    ("code", "name_masked"),
    lambda row: str(row["code"]),
    _after,
)
