"""From a photo to an order in the browser: upload, progress, review by keyboard alone, submit; and what goes wrong."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from playwright.sync_api import TimeoutError as TooLate
from playwright.sync_api import expect

from bench.pages.make import page as paper
from tests.e2e.conftest import IN_A_MONTH, ROOT, settled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.e2e.conftest import Office

DEMO_PHOTO = ROOT / "server" / "demo" / "purchase-order.jpg"
SAID = "苏州恒力机电有限公司要{}A型接头，12.50元/个，12月20日前送到苏州工厂"
READ_IN_MS = 90_000
PICTURE_IN_MS = 60_000
MANY_KEYS = 60
MOVED_ON = """was => {
  const at = document.activeElement?.closest('[data-path]')?.dataset.path;
  return document.querySelector('[data-left]').classList.contains('done') || (at && at !== was);
}"""


def photo(tmp_path: Path, seed: int, level: str = "photo_mild") -> Path:
    """A photo of an order page as a person would take it."""
    path = tmp_path / f"order-{seed}.jpg"
    path.write_bytes(paper("ruled_zh", level, seed).data("JPEG"))
    return path


def note(tmp_path: Path, name: str, wanted: str = "两箱") -> Path:
    """An order as a sentence: read in no time, for what happens after the reading."""
    path = tmp_path / name
    path.write_text(SAID.format(wanted), encoding="utf-8")
    return path


SETTLED = """() => document.querySelector('[data-left]').classList.contains('done')
    || document.activeElement.closest('[data-path]')"""


def review(page: Page, path: Path) -> None:
    """Upload a document and open its draft."""
    upload(page, path)
    page.click(f".doc[data-state=ready]:has-text('{path.name}') a.btn-primary")
    page.wait_for_selector("[data-review]")
    settled(page)


def upload(page: Page, path: Path) -> None:
    """Choose a file and wait until it is read."""
    page.goto("/documents")
    page.set_input_files(".drop label:first-child input", path)
    row = page.locator(f".doc:has-text('{path.name}')").first
    row.wait_for()
    page.wait_for_selector(f".doc[data-state=ready]:has-text('{path.name}')", timeout=READ_IN_MS)


def confirm_by_keys(page: Page) -> int:
    """Press Enter from one doubtful field to the next, filling what is missing; return how many keys it took."""
    pressed = 0
    while "done" not in (page.get_attribute("[data-left]", "class") or ""):
        assert pressed < MANY_KEYS, page.inner_text("[data-left]")
        page.wait_for_function(SETTLED)  # the focus comes with the script, and again with each answer
        field = page.evaluate("document.activeElement.closest('[data-path]')?.dataset.path ?? ''")
        if not field:
            continue  # the last answer said that all is done
        value = page.evaluate("document.activeElement.closest('[data-path]').querySelector('input, select').value")
        if not value:
            page.keyboard.press("e")
            if field == "/payment_terms":
                page.keyboard.press("End")
                page.keyboard.press("ArrowUp")
            elif field == "/requested_date":
                page.evaluate(f"document.activeElement.value = '{IN_A_MONTH}'")
            else:
                page.keyboard.type({"unit_price": "12.50", "quantity": "10", "sku": "A-1001"}.get(field[-10:], "张总"))
        page.keyboard.press("Enter")
        pressed += 1
        with contextlib.suppress(TooLate):  # it stays where it is, to be pressed once more
            page.wait_for_function(MOVED_ON, arg=field, timeout=5_000)
    return pressed


def test_a_photo_becomes_an_order_by_keyboard_alone(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    page = sign_in("sales")
    path = tmp_path / "purchase-order.jpg"
    path.write_bytes(DEMO_PHOTO.read_bytes())
    review(page, path)
    page.wait_for_selector("[data-leaf] rect", state="attached", timeout=PICTURE_IN_MS)
    assert page.locator("[data-leaf] rect").count() > 10  # boxes on the picture
    assert confirm_by_keys(page) <= 2  # the delivery in one block, number and dates in the other
    page.focus("[data-submit]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/orders/ord_"))
    assert "判定与理由" in page.inner_text("main")
    assert page.locator(".atoms dd").count() > 0 or "没有规则被触发" in page.inner_text("main")
    page.click("text=对照原图")
    page.wait_for_selector("[data-review][data-read-only=true]")


def test_a_unit_that_the_product_does_not_have_is_named_at_its_field(
    sign_in: Callable[..., Page], tmp_path: Path
) -> None:
    page = sign_in("sales")
    review(page, note(tmp_path, "unit.txt", "5卷"))
    confirm_by_keys(page)
    page.focus("[data-submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-path='/lines/0/unit'].bad")
    assert "/drafts/" in page.url


def test_progress_is_shown_while_it_is_read_and_the_picture_zooms_and_turns(
    sign_in: Callable[..., Page], tmp_path: Path
) -> None:
    page = sign_in("sales")
    path = photo(tmp_path, seed=4)
    page.goto("/documents")
    page.set_input_files(".drop label:first-child input", path)
    page.wait_for_selector(".doc:has-text('order-4.jpg') progress")
    page.wait_for_selector(".doc[data-state=ready]:has-text('order-4.jpg')", timeout=READ_IN_MS)
    assert page.locator(".doc:has-text('order-4.jpg') progress").count() == 0
    page.click(".doc[data-state=ready]:has-text('order-4.jpg') a.btn-primary")
    page.wait_for_selector("[data-leaf] rect", state="attached", timeout=PICTURE_IN_MS)
    before = page.inner_text("[data-zoom-label]")
    page.click("[data-view=in]")
    assert page.inner_text("[data-zoom-label]") != before
    page.click("[data-view=turn]")
    assert "rotate(90deg)" in page.evaluate("document.querySelector('[data-leaf]').style.transform")
    page.click("[data-view=fit]")


def test_several_files_are_taken_at_once(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    page = sign_in("sales2")
    texts = []
    for number in range(3):
        path = tmp_path / f"note-{number}.txt"
        path.write_text(f"客户张总要{number + 1}00个A型接头，月底前送到苏州工厂", encoding="utf-8")
        texts.append(path)
    page.goto("/documents")
    page.set_input_files(".drop label:first-child input", texts)
    for path in texts:
        page.wait_for_selector(f".doc[data-state=ready]:has-text('{path.name}')", timeout=READ_IN_MS)
    assert [page.locator(f".doc:has-text('{path.name}')").count() for path in texts] == [1, 1, 1]


def test_a_document_is_withdrawn_and_stays_listed(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    page = sign_in("sales")
    path = tmp_path / "withdraw-me.txt"
    path.write_text("客户张总要100个A型接头，月底前送到苏州工厂", encoding="utf-8")
    upload(page, path)
    page.on("dialog", lambda dialog: dialog.accept())
    row = page.locator(".doc:has-text('withdraw-me.txt')").first
    row.locator("text=撤回").click()
    page.wait_for_selector(".doc[data-state=withdrawn]:has-text('withdraw-me.txt')")
    assert page.locator(".doc:has-text('withdraw-me.txt') a.btn-primary").count() == 0


def test_U6_text_order_is_withdrawn_brought_back_submitted_and_traced_to_its_words(
    sign_in: Callable[..., Page], tmp_path: Path
) -> None:
    page = sign_in("sales")
    review(page, note(tmp_path, "said.txt"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("text=撤回")
    page.click("text=恢复")
    page.wait_for_selector("[data-review][data-read-only=false]")
    assert confirm_by_keys(page) <= 10
    page.focus("[data-submit]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/orders/ord_"))
    page.click("text=每个值的来历")
    row = page.locator("tr[id='/lines/0/quantity']")
    assert "400" in row.inner_text()
    assert "两箱A型接头" in row.inner_text()
    row.locator("text=said.txt").click()
    page.wait_for_selector("[data-review][data-read-only=true]")
    expect(page.locator("#f-lines-0-quantity")).to_be_focused()  # the value, and in the text the words that it was
    expect(page.locator("pre mark")).to_contain_text("两箱A型接头")


def test_one_enter_confirms_what_stands_together_and_never_what_has_a_choice(
    sign_in: Callable[..., Page], tmp_path: Path
) -> None:
    page = sign_in("sales")
    path = tmp_path / "choice.txt"
    path.write_text("客户张总要1000个A型接头，月底前送到苏州工厂", encoding="utf-8")
    review(page, path)
    chosen = page.locator(".group .field.doubt:has(.choices)").first
    chosen.wait_for()
    path_of = chosen.get_attribute("data-path")
    other = page.locator(".group .field.doubt:not(:has(.choices))").first
    other.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".field.seen")
    assert page.locator(f".field.doubt[data-path='{path_of}']").count() == 1


def test_an_unreadable_file_says_what_to_do(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    page = sign_in("sales")
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.7 this is no PDF")
    page.goto("/documents")
    page.set_input_files(".drop label:first-child input", path)
    page.wait_for_selector(".doc[data-state=refused]:has-text('broken.pdf')", timeout=READ_IN_MS)
    assert page.inner_text(".doc:has-text('broken.pdf') .reason").strip()
    assert page.locator(".doc:has-text('broken.pdf') >> text=按订单读取").count() == 0


def test_another_paper_is_named_and_read_as_an_order_in_one_step(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    page = sign_in("sales")
    path = tmp_path / "delivery-note.txt"
    path.write_text("送 货 单\n送货日期：2026-11-05\nA-1001 A型接头 300个\n收货人签字：", encoding="utf-8")
    page.goto("/documents")
    page.set_input_files(".drop label:first-child input", path)
    page.wait_for_selector(".doc[data-state=refused]:has-text('delivery-note.txt')", timeout=READ_IN_MS)
    assert "这是送货单或出库单，不是订单" in page.inner_text(".doc:has-text('delivery-note.txt') .reason")
    page.locator(".doc:has-text('delivery-note.txt')").get_by_role("button", name="按订单读取").click()
    page.wait_for_selector(".doc[data-state=ready]:has-text('delivery-note.txt') >> text=核对", timeout=READ_IN_MS)


def test_an_empty_file_is_refused_at_once(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    page = sign_in("sales")
    path = tmp_path / "empty.png"
    path.write_bytes(b"")
    page.goto("/documents")
    page.set_input_files(".drop label:first-child input", path)
    assert "空的" in page.inner_text(".doc:has-text('empty.png') .reason")


def test_MAP_09_a_model_outside_the_master_is_refused_on_the_draft(
    sign_in: Callable[..., Page], tmp_path: Path
) -> None:
    page = sign_in("sales")
    review(page, note(tmp_path, "outside.txt"))
    page.click("[data-path='/lines/0/sku'] input")
    page.fill("[data-path='/lines/0/sku'] input", "Z-9999")
    page.keyboard.press("Enter")
    page.wait_for_selector(".toastbox.bad:has-text('Z-9999')")
    page.reload()
    assert page.input_value("[data-path='/lines/0/sku'] input") != "Z-9999"


def test_VAL_01_a_missing_required_field_blocks_submission_and_is_named(
    sign_in: Callable[..., Page], tmp_path: Path
) -> None:
    page = sign_in("sales")
    review(page, note(tmp_path, "missing.txt"))
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        page.fill("[data-path='/requested_date'] input", "")
        page.locator("[data-path='/requested_date'] input").blur()
    page.reload()
    page.wait_for_selector("[data-path='/requested_date'].bad")
    assert "必填" in page.inner_text("[data-path='/requested_date'] .sign")
    page.click("[data-submit]")
    page.wait_for_selector(".toastbox.bad")
    assert "/drafts/" in page.url


def test_NL_02_spoken_interception_is_shown_confirmed_and_holds_the_order(
    sign_in: Callable[..., Page], office: Office
) -> None:
    made = office.order("PO-VOICE-1")
    page = sign_in("production")
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto("/spoken")
    page.fill("#said", "拦截订单 PO-VOICE-1 型号错了")
    page.click("text=听懂了什么")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.click("text=确认拦截")
    page.wait_for_url(re.compile(rf"/orders/{made['id']}"))
    assert page.locator("text=人工拦截").count() > 0
