"""Orders that come by the clipboard or fifty at a time: cells of a sheet, chat text, a drop of many files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Route

PASTE = """text => {
  const data = new DataTransfer();
  data.setData('text/plain', text);
  document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
}"""
PASTE_HERE = PASTE.replace("text =>", "(node, text) =>").replace("document.body", "node")
CELLS = (
    "客户\t产品型号\t数量\t单价\n苏州恒力机电有限公司\tA-1001\t300\t12.00\n苏州恒力机电有限公司\tA-1003\t20\t46.00\n"
)
CHAT = "客户张总要1000个A型接头，月底前送到苏州工厂"
READ_IN_MS = 300_000
MANY = 50


def ready(name: str) -> str:
    return f".doc[data-state=ready]:has-text('{name}')"


def test_NL_01_pasted_chat_and_pasted_cells_become_drafts(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales")
    page.goto("/documents")
    page.evaluate(PASTE, CHAT)
    page.evaluate(PASTE, CELLS)
    page.wait_for_selector(ready("粘贴的文字"), timeout=READ_IN_MS)
    page.wait_for_selector(ready("粘贴的表格"), timeout=READ_IN_MS)
    page.click(f"{ready('粘贴的文字')} a.btn-primary")
    expect(page.locator("pre.plain-text")).to_contain_text(CHAT)  # what was said stands beside the fields
    expect(page.locator("#f-lines-0-quantity")).to_have_value("1000")
    page.goto("/documents")
    page.click(f"{ready('粘贴的表格')} a.btn-primary")
    expect(page.locator("[data-differing]")).to_contain_text("目录价 12.50")
    price = page.locator("#f-lines-0-unit_price")
    price.fill("12.50")
    price.press("Tab")
    expect(page.locator("[data-differing]")).to_be_hidden()  # corrected, so nothing differs any more
    rows = page.locator(".lines-table tbody tr:has([data-path])")
    page.locator("#f-lines-1-quantity").evaluate(PASTE_HERE, "25\t45.00\n30\t3.20\n")  # over a line, and a new one
    expect(rows).to_have_count(3)
    assert [page.input_value(f"#f-lines-{place}-quantity") for place in range(3)] == ["300", "25", "30"]
    page.click(".undo")
    expect(rows).to_have_count(2)
    expect(page.locator("#f-lines-1-quantity")).to_have_value("20")


def test_what_is_typed_before_the_script_has_come_is_saved_with_it(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales", patient=False)
    page.goto("/documents")
    page.evaluate(PASTE, CELLS)
    page.click(f"{ready('粘贴的表格')} >> nth=0 >> a.btn-primary", timeout=READ_IN_MS)
    page.wait_for_selector("[data-review]")
    draft = page.url
    held: list[Route] = []
    page.route("**/js/review.js*", lambda route: held.append(route))
    page.goto(draft, wait_until="commit")
    price = page.locator("#f-lines-0-unit_price")
    price.fill("12.40")
    price.press("Tab")
    with page.expect_response(lambda answer: answer.request.method == "PATCH") as saved:
        held[0].continue_()
    assert saved.value.ok
    page.unroute_all()
    page.goto(draft)
    expect(price).to_have_value("12.40")


def test_fifty_files_at_once_each_show_their_own_way_to_a_draft(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales")
    page.goto("/documents")
    files = [
        {
            "name": f"many-{number:02d}.txt",
            "mimeType": "text/plain",
            "buffer": f"客户：苏州恒力机电有限公司\nA-1001 {number + 1}个 单价12.50\n".encode(),
        }
        for number in range(MANY)
    ]
    page.set_input_files(".drop label:first-child input", files)  # type: ignore[arg-type]
    rows = page.locator(".doc:has-text('many-')")
    expect(rows).to_have_count(MANY)
    expect(page.locator(".doc[data-state=ready]:has-text('many-')")).to_have_count(MANY, timeout=READ_IN_MS)


def test_IN_15_phone_order_is_entered_by_keys_alone(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales", width=375, height=760)
    page.goto("/entry")
    page.keyboard.type("lcmy")
    page.wait_for_selector("[data-path='/buyer/name'] .offers li[aria-selected=true]")
    page.keyboard.press("Enter")  # the file has person, address and terms: on to the goods
    expect(page.locator("[data-contact]")).to_be_visible()
    expect(page.locator("[data-cell=sku] input")).to_be_focused()
    page.keyboard.type("A-1001")
    page.wait_for_selector("[data-lines] .offers li[aria-selected=true]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-cell=unit_price] input")).to_have_value("11.80")  # the contract's
    page.keyboard.type("5")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-path='/requested_date'] [data-problem]")).not_to_be_empty()  # VAL-01: named, not stored
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    page.fill("#f-requested_date", "2030-12-10")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/orders/ord_**")
    expect(page.locator("main")).to_contain_text("TEL-")
    expect(page.locator("main")).to_contain_text("59.00")
    page.click("a[href*='again=']")
    expect(page.locator("[data-cell=quantity] input")).to_have_value("5")  # the same once more
