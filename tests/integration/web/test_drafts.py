"""The review screen without a browser: what it shows of a sheet beside the fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.actor import SYSTEM
from server.desk.papers import documents
from tests.integration.web.test_guard import house  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from tests.integration.web.test_guard import House

SHEET = "商家编码,货品名称,总件数,毛重\nA-1001,A型接头,100,3\n"


def test_MAP_05_review_names_the_columns_as_the_sheet_does(house: House) -> None:  # noqa: F811
    csv = {"filename": "订单.csv", "content_type": "text/csv", "data": SHEET.encode()}
    document_id = documents.receive_document(house.deps, SYSTEM, **csv)  # type: ignore[arg-type]
    assert documents.read_document(house.deps, document_id, SYSTEM) == "ready"
    (draft,) = documents.document(house.deps, SYSTEM, document_id)["drafts"]
    page = house.client("admin").get(f"/drafts/{draft['id']}").get_data(as_text=True)
    assert '<span class="own" title="客户表里的列名">总件数</span>' in page
    columns = page[page.index("own-columns") : page.index("plain-text")]
    assert "<td>毛重</td><td>" in columns
    assert "没有用到" in columns
