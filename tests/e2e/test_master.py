"""Master data: a form that says what is wrong, an import with its reject report, and its undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

SHEET = (
    "sku,name,unit,cost\nB-2001,测试弯头,个,3.20\nB-2002,,个,1.00\nB-2003,测试三通,个,abc\nB-2004,测试堵头,个,0.0185\n"
)


def test_an_item_is_changed_and_what_is_wrong_is_named(sign_in: Callable[..., Page]) -> None:
    page = sign_in("production")
    page.goto("/master/skus")
    page.click("text=A-1010")
    page.fill("#m-cost", "不是数字")
    page.click(".panel-foot .btn-primary")
    assert page.inner_text("#p-cost").strip()
    page.fill("#m-cost", "8.88")
    page.click(".panel-foot .btn-primary")
    page.wait_for_url("**/master/skus")
    page.wait_for_selector("tr:has-text('A-1010'):has-text('8.88')")


def test_an_import_reports_each_refused_row_and_is_undone(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    path = tmp_path / "skus.csv"
    path.write_text(SHEET, encoding="utf-8")
    page = sign_in("production")
    page.goto("/master/skus/import")
    page.set_input_files("#file", path)
    page.click(".panel-foot .btn-primary")
    page.wait_for_selector("text=没有写入的行")
    rows = page.locator(".grid tbody tr")
    assert rows.count() == 2
    assert "3" in rows.nth(0).inner_text()
    assert "4" in rows.nth(1).inner_text()
    page.goto("/master/skus?q=B-200")
    assert page.locator("#rows tbody tr").count() == 2
    page.go_back()
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("text=撤销整批")
    page.wait_for_selector("text=这批导入已撤销")
    page.goto("/master/skus?q=B-200")
    assert "没有找到" in page.inner_text("#rows")


def test_an_unknown_column_is_named_with_the_nearest(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    path = tmp_path / "skus.csv"
    path.write_text("sku,nmae,unit\nB-1,x,个\n", encoding="utf-8")
    page = sign_in("production")
    page.goto("/master/skus/import")
    page.set_input_files("#file", path)
    page.click(".panel-foot .btn-primary")
    said = page.inner_text("[role=alert]")
    assert "nmae" in said
    assert "name" in said


def test_those_who_may_not_change_have_no_buttons(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales")
    page.goto("/master/skus")
    assert page.locator("text=导入").count() == 0
    answer = page.goto("/master/skus/item?code=A-1001")
    assert answer is not None
    assert answer.status == 403


def test_SEC_02_sales_cannot_export(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales_supervisor")
    answer = page.request.get("/master/customers/export")
    assert answer.status == 403
