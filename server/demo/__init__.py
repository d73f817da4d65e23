"""The demo company: sites 广州 and 成都, ten SKUs, six customers, one user a role (`company.json`).

Place in the order's way: master data for a newcomer, for `read` and `decide` without a database, and for tests.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orders.catalogue import Catalogue, CustomerEntry, SkuEntry
from orders.money import parse_micro
from orders.order import OrderType

HERE = Path(__file__).parent
COMPANY = HERE / "company.json"


def load_company(path: Path = COMPANY) -> dict[str, Any]:
    """Return the company's master data as the bodies that the master-data API takes."""
    value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return value


def catalogue_of(company: dict[str, Any]) -> Catalogue:
    """Build the view that reading and normalizing match against, without a database."""
    prices = {item["sku"]: parse_micro(item["price"]) for item in company["prices"] if item["kind"] == "list"}
    contract: dict[str, dict[str, Any]] = {}
    for item in company["prices"]:
        if item["kind"] == "contract":
            contract.setdefault(item["customer"], {})[item["sku"]] = parse_micro(item["price"])
    return Catalogue(
        skus={item["sku"]: _sku(item, prices.get(item["sku"])) for item in company["skus"]},
        customers={item["code"]: _customer(item, contract.get(item["code"], {})) for item in company["customers"]},
        sites={item["code"]: item["name"] for item in company["sites"]},
    )


def _sku(item: dict[str, Any], list_price: Any) -> SkuEntry:
    return SkuEntry(
        sku=item["sku"],
        name=item["name"],
        unit=item["unit"],
        spec=item.get("spec"),
        gtin=item.get("gtin"),
        type=OrderType(item.get("type", "stock")),
        list_price=list_price,
        pack_size=parse_micro(item["pack_size"]) if item.get("pack_size") else None,
        pack_unit=item.get("pack_unit"),
        aliases=tuple(item.get("aliases", ())),
    )


def _customer(item: dict[str, Any], contract: dict[str, Any]) -> CustomerEntry:
    contacts = item.get("contacts", ())
    return CustomerEntry(
        code=item["code"],
        name=item["name"],
        ids=tuple((party_id["scheme"], party_id["value"]) for party_id in item.get("ids", ())),
        contacts=tuple(contact["name"] for contact in contacts if contact.get("name")),
        phones=tuple(contact["phone"] for contact in contacts if contact.get("phone")),
        emails=tuple(contact["email"] for contact in contacts if contact.get("email")),
        addresses=tuple((address["label"], address["text"]) for address in item.get("addresses", ())),
        buyer_skus=dict(item.get("buyer_skus", {})),
        contract_prices=contract,
        payment_terms=item.get("payment_terms"),
    )
