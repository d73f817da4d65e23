"""One item of master data: found by its code, written under it, shown with people masked."""

from __future__ import annotations

from typing import Any

from flask import Response

from intake.readers.payload import load_strict
from orders.errors import NotFound, Problem, SenderError
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import JSON, read_bytes
from server.db import audit, master
from server.db.mask import mask_email, mask_id, mask_name, mask_phone, mask_text
from server.desk.view import require_revealer

KEYS: dict[str, tuple[str, ...]] = {
    "sites": ("code",),
    "skus": ("sku",),
    "customers": ("code",),
    "stock": ("sku", "site"),
    "credit_accounts": ("customer",),
    "prices": ("sku", "kind", "customer", "promotion", "currency", "valid_from"),
}
_BETWEEN = {"stock": "@", "prices": ":"}


def named(kind: str, code: str) -> dict[str, Any]:
    """Return an item by its own code. Raises NotFound."""
    store = here.deps().store
    with store.db.read() as conn:
        item = master.get(conn, store, kind, full_code(kind, code))
    if item is None:
        raise NotFound(f"There is no {code} among {kind}", f"没有 {code}")
    return item


def put_item(kind: str, code: str) -> Response:
    """Write the body's item under ``code`` and answer with what is stored."""
    value = load_strict(read_bytes(JSON))
    if not isinstance(value, dict):
        raise _at("", "must_be_object", "请求体应为一个 JSON 对象", "The body must be one JSON object")
    item = _under(kind, code, value)
    store = here.deps().store
    with store.db.write() as conn:
        done = master.upsert(conn, store, kind, item, actor=here.actor(), now=here.now())
        stored = master.get(conn, store, kind, full_code(kind, code))
    return ok(stored, 201 if done == "created" else 200)


def full_code(kind: str, code: str) -> str:
    """Write a price's code out: without more words it is the list price in CNY."""
    if kind != "prices":
        return code
    sku, price_kind, customer, promotion, currency, *since = [*code.split(":", 5), "", "", "", "", ""][:6]
    return ":".join((sku, price_kind or "list", customer, promotion, currency or "CNY", *filter(None, since)))


def _under(kind: str, code: str, item: dict[str, Any]) -> dict[str, Any]:
    """Fill the key's fields from the address; refuse a body that says otherwise."""
    names = KEYS[kind]
    parts = code.split(_BETWEEN[kind], len(names) - 1) if kind in _BETWEEN else [code]
    told = {name: part for name, part in zip(names, parts, strict=False) if part}
    for name, part in told.items():
        if item.get(name) not in (None, part):
            raise _at(f"/{name}", "not_the_address", f"与地址里的 {part} 不一致", f"Differs from {part} in the address")
    return {**item, **told}


def _at(pointer: str, code: str, zh: str, en: str) -> SenderError:
    return SenderError(en, zh, code="invalid_request", problems=(Problem(pointer, code, zh, en),))


def shown_item(kind: str, item: dict[str, Any], *, reveal: str | None = None) -> dict[str, Any]:
    """Mask people in a customer, unless a reason to see them whole is given; that is audited. Raises Forbidden."""
    if kind != "customers":
        return item
    if reveal is None:
        return _masked(item)
    require_revealer(here.actor())
    detail = {"customer": item["code"], "reason": reveal}
    entry = audit.Entry("personal_data_revealed", here.actor().id, detail, here.request_id())
    with here.deps().store.db.write() as conn:
        audit.record(conn, "master:customers", entry, here.now())
    return item


def _masked(item: dict[str, Any]) -> dict[str, Any]:
    contacts = [
        {**contact, "name": mask_name(contact.get("name")), "phone": mask_phone(contact.get("phone")),
         "email": mask_email(contact.get("email"))}
        for contact in item["contacts"]
    ]  # fmt: skip
    return {
        **item,
        "name": item["name"] if len(item["name"]) > 4 else mask_name(item["name"]),  # a company is no person
        "ids": [{**party_id, "value": mask_id(party_id["value"])} for party_id in item["ids"]],
        "contacts": contacts,
        "addresses": [{**address, "text": mask_text(address["text"])} for address in item["addresses"]],
    }
