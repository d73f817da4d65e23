"""Master data through the API on both databases: put, list, batch, sheets in with a report, undo, sheets out."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from server.sheet import read_sheet

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

NEW_SKU = {"name": "测试件", "unit": "个", "cost": "1.20"}
KINDS = ("sites", "skus", "customers", "prices", "stock", "credit-accounts")


def csv(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def names(api: Api, kind: str, key: str) -> list[str]:
    return [item[key] for item in api.get(f"/v1/{kind}?limit=100").json["data"]]


def test_put_creates_then_updates_under_the_own_code(api: Api) -> None:
    created = api.put("/v1/skus/Z-1", NEW_SKU)
    assert (created.status_code, created.json["sku"], created.json["cost"]) == (201, "Z-1", "1.20")
    updated = api.put("/v1/skus/Z-1", {**NEW_SKU, "cost": "1.30"})
    assert (updated.status_code, updated.json["cost"]) == (200, "1.30")
    assert api.get("/v1/skus/Z-1").json == updated.json


def test_put_names_every_wrong_field_by_pointer(api: Api) -> None:
    answer = api.put("/v1/skus/Z-1", {"name": 7, "cost": 1.2, "colour": "red"})
    found = {problem["pointer"] for problem in answer.json["errors"]}
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_item")
    assert found >= {"/name", "/unit", "/cost", "/colour"}
    assert api.get("/v1/skus/Z-1").status_code == 404


def test_put_whose_body_names_another_code_is_refused(api: Api) -> None:
    answer = api.put("/v1/skus/Z-1", {**NEW_SKU, "sku": "Z-2"})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/sku")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/sites/BJ", {"name": "北京仓"}),
        ("/v1/stock/A-1001@CD", {"on_hand": "55"}),
        ("/v1/customers/C-77", {"name": "新客户有限公司", "contacts": [{"name": "赵六", "phone": "13300000000"}]}),
        ("/v1/prices/A-1001:list:::CNY", {"price": "13.00"}),
        ("/v1/prices/A-1001:list", {"price": "13.00"}),
    ],
)
def test_each_kind_has_its_own_code_in_the_address(api: Api, path: str, body: dict[str, Any]) -> None:
    assert api.put(path, body).status_code in (200, 201)
    assert api.get(path).status_code == 200


def test_credit_account_is_put_by_its_customer(api: Api) -> None:
    code = names(api, "customers", "code")[0]
    answer = api.put(f"/v1/credit-accounts/{code}", {"limit": "5000.00"})
    assert answer.status_code in (200, 201)
    assert (answer.json["customer"], answer.json["limit"]) == (code, "5000.00")


@pytest.mark.parametrize("kind", KINDS)
def test_list_pages_give_every_item_once_in_order(api: Api, kind: str) -> None:
    whole = api.get(f"/v1/{kind}?limit=100").json["data"]
    seen, path = [], f"/v1/{kind}?limit=2"
    while path:
        answer = api.get(path)
        seen += answer.json["data"]
        assert len(answer.json["data"]) <= 2
        link = answer.headers.get("Link")
        assert (link is None) == (not answer.json["has_more"])
        path = link.split(">")[0][1:] if link else ""
    assert seen == whole
    assert whole


def test_search_finds_what_contains_the_text(api: Api) -> None:
    assert [item["sku"] for item in api.get("/v1/skus?q=球阀").json["data"]] == ["A-1003"]
    assert api.get("/v1/skus?q=%25").json["data"] == []


def test_SEC_07_people_in_customers_are_masked_unless_a_reason_is_given(api: Api) -> None:
    from server.db import audit

    api.put("/v1/customers/C-77", {"name": "赵六六", "contacts": [{"name": "赵六", "phone": "13312345678"}]})
    masked = api.get("/v1/customers/C-77").json
    assert (masked["name"], masked["contacts"][0]["phone"]) == ("赵**", "133****5678")
    assert "13312345678" not in api.get("/v1/customers?limit=100").text
    for role in ("auditor", "production"):
        assert api.get("/v1/customers/C-77?reveal=好奇", role=role).status_code == 403
    whole = api.get("/v1/customers/C-77?reveal=回访客户").json
    assert (whole["name"], whole["contacts"][0]["phone"]) == ("赵六六", "13312345678")
    with api.deps.store.db.read() as conn:
        trail = [entry for entry in audit.of(conn, "master:customers") if entry["action"] == "personal_data_revealed"]
    assert len(trail) == 1
    assert "回访客户" in trail[0]["detail"]


def test_part_that_is_no_text_and_day_before_all_time_are_refused_by_their_pointers(lite: Api) -> None:
    for name, part in (("ids", {"scheme": "uscc", "value": 1.5}), ("contacts", {"name": {"a": 1.5}})):
        answer = lite.put("/v1/customers/C-78", {"name": "某某公司", name: [part]})
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, f"/{name}/0")
    for day in ("0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        answer = lite.put("/v1/prices/A-1001:list", {"price": "12.5", "valid_from": day})
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/valid_from"), day
    answer = lite.put("/v1/skus/S-9", {"name": "x", "unit": "个", "attributes": {"a": {"b": 1.5}}})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/attributes")


def test_batch_takes_what_is_right_and_names_the_rest(api: Api) -> None:
    items = [{"sku": "Z-1", **NEW_SKU}, {"sku": "Z-2", "name": "x"}, {"sku": "Z-3", **NEW_SKU}]
    report = api.post("/v1/skus:batch", {"items": items}).json
    assert (report["accepted"], report["rejected"]) == (2, 1)
    assert [(reject["row"], reject["pointer"]) for reject in report["rejects"]] == [(2, "/unit")]
    assert {"Z-1", "Z-3"} <= set(names(api, "skus", "sku"))


@pytest.mark.parametrize(("count", "status"), [(0, 422), (1, 200), (500, 200), (501, 422)])
def test_batch_has_1_to_500_items(lite: Api, count: int, status: int) -> None:
    items = [{"sku": f"Z-{index}", **NEW_SKU} for index in range(count)]
    assert lite.post("/v1/skus:batch", {"items": items}).status_code == status


def test_csv_import_reports_row_cell_and_reason_and_takes_the_rest(api: Api) -> None:
    data = csv("SKU编码,名称,单位,成本", "Z-2,新件,个,0.0185", "Z-3,,个,x", "", "Z-4,件,只,1")
    report = api.upload("/v1/skus:import", "skus.csv", data).json
    assert (report["accepted"], report["rejected"], report["filename"]) == (2, 1, "skus.csv")
    assert [(reject["cell"], reject["code"]) for reject in report["rejects"]] == [
        ("B3", "missing"),
        ("D3", "not_decimal"),
    ]
    assert report["rejects"][0]["message"]["zh"]
    assert api.get("/v1/skus/Z-2").json["cost"] == "0.0185"
    assert api.get(f"/v1/imports/{report['id']}").json["accepted"] == 2


def test_xlsx_import_reads_what_excel_writes(api: Api) -> None:
    out, book = io.BytesIO(), openpyxl.Workbook()
    for row in (("编码", "名称", "类型"), ("SH", "上海仓", "warehouse")):
        book.active.append(row)
    book.save(out)
    assert api.upload("/v1/sites:import", "sites.xlsx", out.getvalue()).json["accepted"] == 1
    assert api.get("/v1/sites/SH").json["name"] == "上海仓"


def test_import_with_an_unknown_column_takes_nothing(api: Api) -> None:
    answer = api.upload("/v1/skus:import", "skus.csv", csv("sku,nmae,unit", "Z-2,x,个"))
    assert (answer.status_code, answer.json["code"], answer.json["errors"][0]["pointer"]) == (
        422,
        "invalid_sheet",
        "B1",
    )
    assert api.get("/v1/skus/Z-2").status_code == 404


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04junk", b"\x00" * 100])
def test_import_of_no_table_is_refused(lite: Api, data: bytes) -> None:
    answer = lite.upload("/v1/skus:import", "skus.xlsx", data)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")


def test_import_without_a_file_says_which_field(lite: Api) -> None:
    answer = lite.call("POST", "/v1/skus:import", data={"other": "x"}, content_type="multipart/form-data")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/file")
    assert lite.post("/v1/skus:import", {}).status_code == 415


def test_undo_puts_back_what_was_there_and_removes_what_was_new(api: Api) -> None:
    before = api.get("/v1/skus/A-1001").json
    report = api.upload("/v1/skus:import", "s.csv", csv("sku,name,unit", "A-1001,改名,个", "Z-9,新,个")).json
    assert api.get("/v1/skus/A-1001").json["name"] == "改名"
    undone = api.post(f"/v1/imports/{report['id']}/undo")
    assert (undone.status_code, undone.json["state"]) == (200, "undone")
    assert api.get("/v1/skus/A-1001").json == before
    assert api.get("/v1/skus/Z-9").status_code == 404
    assert api.post(f"/v1/imports/{report['id']}/undo").json == undone.json


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("customers", ("code,name,contacts/0/name,contacts/0/phone", "C-901,新客户有限公司,钱七,13322221111")),
        ("stock", ("sku,site,on_hand", "A-1001,CD,77")),
        ("prices", ("sku,kind,price,valid_from", "A-1001,list,9.99,2027-01-01")),
        ("sites", ("code,name", "NJ,南京仓")),
    ],
)
def test_undo_works_for_every_kind(api: Api, kind: str, lines: tuple[str, ...]) -> None:
    before = api.get(f"/v1/{kind}?limit=100").json
    report = api.upload(f"/v1/{kind}:import", "x.csv", csv(*lines)).json
    assert report["accepted"] == 1
    assert api.get(f"/v1/{kind}?limit=100").json != before
    assert api.post(f"/v1/imports/{report['id']}/undo").status_code == 200
    assert api.get(f"/v1/{kind}?limit=100").json == before


def test_undo_after_a_later_change_is_refused_and_changes_nothing(api: Api) -> None:
    report = api.upload("/v1/skus:import", "s.csv", csv("sku,name,unit", "A-1001,改名,个", "A-1002,改名,个")).json
    api.put("/v1/skus/A-1001", {"name": "又改", "unit": "个"})
    answer = api.post(f"/v1/imports/{report['id']}/undo")
    assert (answer.status_code, answer.json["code"]) == (409, "changed_since")
    assert [api.get(f"/v1/skus/A-100{n}").json["name"] for n in (1, 2)] == ["又改", "改名"]


def test_undo_of_what_is_in_use_is_refused(api: Api) -> None:
    report = api.upload("/v1/skus:import", "s.csv", csv("sku,name,unit", "Z-9,新,个")).json
    assert api.put("/v1/prices/Z-9:list", {"price": "3.00"}).status_code == 201
    answer = api.post(f"/v1/imports/{report['id']}/undo")
    assert (answer.status_code, answer.json["code"]) == (409, "in_use")
    assert api.get("/v1/skus/Z-9").status_code == 200


def test_import_of_another_is_not_found(api: Api) -> None:
    report = api.upload("/v1/skus:import", "s.csv", csv("sku,name,unit", "Z-9,新,个"), role="production").json
    assert api.get(f"/v1/imports/{report['id']}", role="sales").status_code == 404


def test_same_upload_under_the_same_idempotency_key_is_imported_once(api: Api) -> None:
    key = {"Idempotency-Key": "import-1"}
    first, second = (
        api.upload("/v1/skus:import", "s.csv", csv("sku,name,unit", "Z-9,新,个"), headers=key) for _ in range(2)
    )
    assert first.json == second.json
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    other = api.upload("/v1/skus:import", "s.csv", csv("sku,name,unit", "Z-8,新,个"), headers=key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_mismatch")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_what_is_exported_can_be_imported_and_changes_nothing(lite: Api, kind: str, form: str) -> None:
    before = lite.get(f"/v1/{kind}?limit=100").json
    sheet = lite.get(f"/v1/{kind}:export?format={form}")
    assert sheet.headers["Content-Disposition"] == f'attachment; filename="{kind}.{form}"'
    report = lite.upload(f"/v1/{kind}:import", f"x.{form}", sheet.data).json
    assert (report["accepted"], report["rejects"]) == (len(before["data"]), [])
    assert lite.get(f"/v1/{kind}?limit=100").json == before


def test_export_writes_what_a_program_would_run_as_text(lite: Api) -> None:
    lite.put("/v1/skus/Z-1", {"name": '=HYPERLINK("http://evil")', "unit": "个"})
    sheet = lite.get("/v1/skus:export?format=csv").data.decode("utf-8-sig")
    assert "'=HYPERLINK" in sheet
    fields = ("sku", "name", "spec", "unit", "type", "gtin", "cost", "pack_size", "pack_unit", "aliases",
              "supplier_delayed", "attributes", "state")  # fmt: skip
    rows = read_sheet(sheet.encode(), fields)
    assert '=HYPERLINK("http://evil")' in {row.item["name"] for row in rows}


def test_SEC_02_sales_cannot_export_customers_and_exports_are_in_the_trail(api: Api) -> None:
    from server.db import audit

    assert api.get("/v1/customers:export", role="sales").status_code == 403
    assert api.get("/v1/customers:export", role="auditor").status_code == 200
    with api.deps.store.db.read() as conn:
        trail = [entry["action"] for entry in audit.of(conn, "master:customers")]
    assert trail.count("master_exported") == 1


def test_INV_01_one_pool_is_read_by_every_channel(api: Api) -> None:
    found = api.get("/v1/atp?sku=A-1001", role="sales").json
    assert {site["site"]: site["available"] for site in found["sites"]} == {"GZ": "1000", "CD": "200"}
    assert found["available"] == "1200"
    assert api.get("/v1/atp?sku=A-1001&site=CD").json["available"] == "200"


def test_INV_02_100_30_20_at_0_8_gives_86(api: Api) -> None:
    from sqlalchemy import update

    from server.db import tables as t

    api.put("/v1/stock/A-1004@GZ", {"on_hand": "100", "in_transit": "20", "coefficient": "0.8"})
    with api.deps.store.db.write() as conn:
        here = (t.stock_items.c.sku == "A-1004", t.stock_items.c.site == "GZ")
        conn.execute(update(t.stock_items).where(*here).values(reserved=30_000_000))
    assert api.get("/v1/atp?sku=A-1004&site=GZ").json["available"] == "86"


def test_atp_of_an_unknown_sku_is_not_found(api: Api) -> None:
    assert api.get("/v1/atp?sku=nothing").status_code == 404
    assert api.get("/v1/atp").status_code == 422
