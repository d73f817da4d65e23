"""What can be wrong with a document, in words: one code each, 中文 first, always with what to do next."""

from __future__ import annotations

from ocr.page import Unreadable

MEGAPIXELS = 60
PAGES = 20
BYTES = 25 * 1024 * 1024

_WORDS: dict[str, tuple[str, str]] = {
    "empty_file": ("文件是空的（0 字节），请重新上传。", "The file is empty (0 bytes); upload it again."),
    "too_large": (
        "文件超过 25 MB，请压缩或拆分后再上传。",
        "The file is over 25 MB; make it smaller or split it.",
    ),
    "unknown_format": (
        "不认识的文件格式，请上传 PDF、图片（JPG、PNG、HEIC、WebP、TIFF）、Excel 或 CSV 表格、邮件（.eml）或文字。"
        "Word 文件与 Outlook 的 .msg 请另存为 PDF。",
        "This file format is not known; upload a PDF, a picture (JPG, PNG, HEIC, WebP, TIFF), a sheet, a mail (.eml) "
        "or text. Save a Word file or an Outlook .msg as PDF.",
    ),
    "broken_image": (
        "图片已损坏或不完整，请重新拍照或重新导出后上传。",
        "The picture is damaged or incomplete; take or export it again.",
    ),
    "too_many_pixels": (
        "图片像素过大（超过 6000 万像素），请缩小后上传。",
        "The picture has more than 60 megapixels; make it smaller.",
    ),
    "too_many_pages": (
        "共 {count} 页，一次最多读 20 页，请拆分后上传。",
        "The document has {count} pages, at most 20 are read at once; split it.",
    ),
    "encrypted": (
        "PDF 有打开密码，请去掉密码后重新上传。",
        "The PDF needs a password to open; remove the password and upload it again.",
    ),
    "broken_pdf": (
        "PDF 已损坏或不完整，请重新导出后上传。",
        "The PDF is damaged or incomplete; export it again.",
    ),
    "no_pages": ("PDF 里没有页面，请检查后重新上传。", "The PDF has no pages; check it and upload it again."),
    "too_complex": (
        "文件展开后过大或结构过于复杂，已停止读取；请另存为普通 PDF 或图片后上传。",
        "The file unpacks to too much or is too complex, reading was stopped; save it as a plain PDF or picture.",
    ),
    "took_too_long": (
        "读取超时，已停止；请减少页数或换一张清晰的图片。",
        "Reading took too long and was stopped; send fewer pages or a clearer picture.",
    ),
    "reader_crashed": (
        "读取这个文件时程序异常退出，文件已保留；请另存后重试，或手工录入。",
        "The reader broke down on this file, the file is kept; save it anew and try again, or type the order in.",
    ),
    "cancelled": ("已取消读取。", "Reading was cancelled."),
    "blank_page": (
        "第 {page} 页是空白的，请确认拍到了单据正面。",
        "Page {page} is blank; make sure that the printed side is shown.",
    ),
    "no_text": (
        "第 {page} 页没有看到文字，请拍摄单据本身，让它占满画面。",
        "Page {page} shows no text; photograph the document itself and let it fill the picture.",
    ),
    "too_blurred": (
        "第 {page} 页太模糊，请拿稳手机、对准焦点、靠近一些重新拍。",
        "Page {page} is too blurred; hold still, focus, move closer and take it again.",
    ),
    "too_dark": (
        "第 {page} 页太暗，请开灯或换到亮处，不要让手和手机的影子落在单据上，再拍一张。",
        "Page {page} is too dark; switch a light on, keep the shadow of hand and phone off the sheet, take it again.",
    ),
    "glare": (
        "第 {page} 页有反光，部分文字看不清，请换个角度避开灯光再拍。",
        "Light is reflected on page {page} and hides part of the text; tilt the sheet away from the lamp.",
    ),
    "cut_off": (
        "第 {page} 页的文字被画面边缘截断，请退后一点，让整张单据都在画面里。",
        "Text on page {page} is cut off at the picture's edge; step back until the whole sheet is in view.",
    ),
    "too_small": (
        "第 {page} 页文字太小，请靠近单据重新拍，或上传原图（不要用压缩后的缩略图）。",
        "The text of page {page} is too small; move closer, or send the original instead of a thumbnail.",
    ),
}


def words(code: str, **values: object) -> tuple[str, str]:
    """Return the Chinese and the English message of ``code``."""
    chinese, english = _WORDS[code]
    return chinese.format(**values), english.format(**values)


def trouble(code: str, page: int | None = None, **values: object) -> Unreadable:
    """Build the error of ``code``."""
    return Unreadable(code, *words(code, page=page, **values), page=page)
