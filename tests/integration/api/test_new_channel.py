"""A channel nobody has thought of is one mapping file; all channels together lose nothing (IN-18, IN-23)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from sqlalchemy import func, select

from server.db import tables as t
from tests.integration.api.test_channels import set_up

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

GOLDEN = Path(__file__).parents[2] / "golden" / "channels"
MAPPING = """
name: 跨境门店-试
platform: generic
orders: data.sales
lines: goods
cross_border: true
fields:
  number: {from: sale_no, as: id_text, required: true}
  issued_at: {from: at, as: time, format: epoch_ms, required: true}
  buyer.name: {from: traveller}
  ship_to.contact.phone: {from: mobile}
  totals.payable: {from: paid, as: money, unit: fen, required: true}
  customs.passport: {from: declaration.passport, as: id_text, required: true}
  customs.declared_value: {from: declaration.value, as: money, unit: fen}
  customs.origin: {from: declaration.country, as: enum, map: {日本: JP, 韩国: KR}}
  lines.sku: {from: code, required: true}
  lines.quantity: {from: n, as: quantity, required: true}
  lines.unit_price: {from: each, as: money, unit: fen}
  lines.attributes.hs_code: {from: hs, as: id_text}
"""
SALE: dict[str, Any] = {
    "sale_no": "HK-778",
    "at": 1795312800123,
    "traveller": "王敏 🧳",
    "mobile": "13900139000",
    "paid": 2500,
    "declaration": {"passport": "E12345678", "value": 2500, "country": "日本"},
    "goods": [{"code": "A-1001", "n": 2, "each": 1250, "hs": "84818040"}],
}


def test_IN_18_a_channel_with_customs_fields_is_live_by_one_mapping_file(api: Api) -> None:
    body = YAML(typ="safe").load(MAPPING)
    version = api.post("/v1/channel-templates/跨境门店", {"body": body}).json["version"]
    assert api.post(f"/v1/channel-templates/跨境门店/versions/{version}/publish").status_code == 200
    told = {"name": "香港门店", "template": "跨境门店", "account": "HK", "source_type": "store"}
    assert api.put("/v1/channels/hk", told).status_code == 201
    taken = api.post("/v1/intake/hk", {"data": {"sales": [SALE]}}, role="sales")
    assert taken.status_code == 201, taken.text
    order = taken.json["results"][0]["order"]["order"]
    assert order["customs"] == {"passport": "E12345678", "declared_value": "25.00", "origin": "JP"}
    assert (order["totals"]["payable"], order["lines"][0]["quantity"]) == ("25.00", "2")
    assert order["lines"][0]["attributes"] == {"hs_code": "84818040"}
    assert taken.json["results"][0]["order"]["source_type"] == "store"


def test_IN_18_what_customs_want_and_is_not_there_is_named(lite: Api) -> None:
    version = lite.post("/v1/channel-templates/跨境门店", {"body": YAML(typ="safe").load(MAPPING)}).json["version"]
    lite.post(f"/v1/channel-templates/跨境门店/versions/{version}/publish")
    lite.put("/v1/channels/hk", {"name": "香港门店", "template": "跨境门店"})
    for missing, place in (({}, "/customs/passport"), ({"passport": "E1", "country": "火星"}, "/customs/origin")):
        sale = {**SALE, "declaration": missing}
        refused = lite.post("/v1/intake/hk", {"data": {"sales": [sale]}}, role="sales")
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, place)


def stated(order: dict[str, Any]) -> Decimal:
    """Return what the source says is to be paid; where it states no sum, what its lines say."""
    if "payable" in order.get("totals", {}):
        return Decimal(order["totals"]["payable"])
    return sum((Decimal(line["quantity"]) * Decimal(line["unit_price"]) for line in order["lines"]), Decimal(0))


def test_IN_23_the_hub_counts_and_sums_what_all_channels_sent(lite: Api) -> None:
    expected: list[Decimal] = []
    for folder in sorted(path for path in GOLDEN.iterdir() if path.name != "dealer"):  # its sheet states no amounts
        found = json.loads((folder / "order.json").read_text("utf-8"))
        record = next(path for path in folder.iterdir() if path.name.startswith("input."))
        for sku in {line["sku"] for one in found for line in one["lines"]} - lite.deps.catalogue().skus.keys():
            lite.put(f"/v1/skus/{sku}", {"name": sku, "unit": "个"})
        set_up(lite, folder.name, preset=folder.name, account=folder.name)
        sent = lite.call(
            "POST", f"/v1/intake/{folder.name}?filename={record.name}", role="sales", data=record.read_bytes(),
            content_type="application/json" if record.suffix == ".json" else "application/octet-stream",
        )  # fmt: skip
        assert sent.status_code in (200, 201), (folder.name, sent.text)
        assert [one["status"] for one in sent.json["results"]] == [201] * len(found), (folder.name, sent.text)
        expected += [stated(one) for one in found]
    with lite.deps.store.db.read() as conn:
        count, fen = conn.execute(select(func.count(), func.sum(t.orders.c.payable_fen))).one()
    assert (count, Decimal(fen) / 100) == (len(expected), sum(expected))
