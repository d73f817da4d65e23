# ruff: noqa: E501 - patterns are read better in one piece
"""What a label or a title means by the words that it is made of, where the lists beside this file do not hold it.

订单编码, 采购专员, 最晚交货日期, Order Ref.: a document word with a number word, a party with a person word, a
delivery word with a day word. The lists come first; these patterns read what no list can hold in full.
"""

from __future__ import annotations

import re
from functools import lru_cache

_BUYING = r"(?:采购|订购|订货|定货|购货|购买|下单|需货|要货|请购|申购|外购)"
_DOCUMENT = r"(?:订单|合同|协议|单据|凭证|表单|流水|计划|清单|通知|采购|订购|订货|定货|要货|请购|申购|申请|po|p\.?o\.?)(?:单|订单|合同|凭证|书)?"
_SHIPPING = r"(?:收货|收件|送货|接货|签收|到货|交货|运送|配送|卸货|发货|送达|提货)"
_SELLER = (
    r"(?:供方|供货方|供应商|供货商|供货单位|供应单位|供应方|卖方|乙方|销售方|售方|销售单位|厂商|厂家|生产厂家|出卖人)"
)
_BUYER = rf"(?:需方|买方|甲方|购方|客户|买受人|{_BUYING}(?:方|单位|公司|企业|商|厂家|客户))"
_PERSON = r"(?:联系人|联络人|负责人|经办人|经手人|专员|担当|人员|业务员|员|人|经理)"
_PHONE = r"(?:(?:联系|联络)?(?:电话|手机|联系方式|座机)(?:号码?)?|电联)"
_PLACE = r"(?:详细)?(?:地址|地点|目的地|处所)"
_DAY = r"(?:日期|时间|日|期限|期)"
_AND = r"(?:及|和|与|/|、)"

_LABELS: tuple[tuple[str, str], ...] = (
    ("number", rf"(?:客户|贵方|我方|本|采购方)?{_DOCUMENT}(?:号码|编号|编码|字号|号|代码|序号|no|id)"),
    ("issued", rf"(?:{_BUYING}|订单|合同|单据|签订|签约|签署|制单|制表|开单|填单|填表|填写|录入|创建|申请|立单|发单|凭证|开立|开具|编制|提报|申报|填报|提交|下达|要货|订)(?:的)?(?:日期|时间|日)"),
    ("requested", r"(?:要求|期望|希望|预计|预期|最迟|最晚|约定|计划|指定|需求|客户)*(?:交货|交付|到货|送货|送达|收货|发货|出货|需求|需用|交|到)(?:的)?(?:日期|时间|期限|截止日|日|期|交期)"),
    ("requested", r"(?:要求|期望|希望|预计|预期|最迟|最晚|约定|计划|指定)(?:交货|交付|到货|送货|送达|交期|日期)|(?:交货|交付|到货|送货)(?:要求|时限|截止)"),
    ("terms", r"(?:货款|款项)?(?:付款|支付|结算|结款|账期|货款|信用|收款)(?:的)?(?:方式|条件|条款|约定|期限|周期|账期|方法|要求|期|支付|结算)?"),
    ("seller_phone", rf"{_SELLER}{_PERSON}?(?:的)?{_PHONE}"),
    ("seller_contact", rf"{_SELLER}{_PERSON}(?:姓名)?(?:{_AND}?{_PHONE})?"),
    ("seller_address", rf"{_SELLER}(?:的)?{_PLACE}"),
    ("seller", rf"{_SELLER}(?:名称|全称|公司)?"),
    ("ship_address", rf"{_SHIPPING}(?:人|方|单位)?(?:的)?{_PLACE}|{_SHIPPING}[至到]|送[至达到]|货送[至到]?"),
    ("ship_contact", rf"{_SHIPPING}(?:方|单位)?{_PERSON}(?:姓名)?(?:{_AND}{_PHONE})?"),
    ("ship_phone", rf"{_SHIPPING}(?:方|单位)?{_PERSON}?(?:的)?{_PHONE}"),
    ("ship_section", rf"{_SHIPPING}(?:信息|资料|单位|方)"),
    ("buyer_phone", rf"(?:{_BUYER}|{_BUYING}){_PERSON}?(?:的)?{_PHONE}"),
    ("buyer_contact", rf"(?:{_BUYER}|{_BUYING}){_PERSON}(?:姓名)?(?:{_AND}{_PHONE})?|(?:提报|申报|填报|开具|编制)(?:人|员)"),
    ("buyer_address", rf"{_BUYER}(?:的)?{_PLACE}"),
    ("buyer", rf"{_BUYER}(?:单位)?(?:名称|全称|公司)?"),
    ("phone", _PHONE),
    ("capitals", r"[^\d.,¥]{0,6}大写"),
    ("goods_total", r"(?:不含税|未税|税前)(?:合计|总计|总额|总价|金额|总金额)"),
    ("part_total", r"(?:本页|本表|本栏|本组|本类|分项|分类)(?:小计|合计|累计)(?:金额)?"),
    ("total", r"(?:本单|本次|订单|合同|全部|含税|价税|应付|货款|金额|采购|总价|总额|总|以上|共|各项|[一二两三四五六七八九]项|人民币)*(?:合计|总计|共计|总额|总价|总金额|合计金额|应付金额|总货款|价款)(?:金额)?(?:小写|人民币|元|rmb|cny)*"),
)  # fmt: skip

_GOODS = r"(?:物料|物资|产品|商品|货品|货物|存货|料件|零件|部件|配件|材料|器材|品|料|货)"
_TITLES: tuple[tuple[str, str], ...] = (
    ("other", r".*(?:税率|税点|税额|备注|附注|品牌|产地|材质|颜色|重量|折扣|用途|图号|版本|库位|仓库).*"),
    ("no", r"(?:序|项|行|次)(?:号|次|列|目)?|序列号?"),
    ("buyer_sku", rf"(?:客户|我方|需方|贵司|贵方|买方|甲方|采购方){_GOODS}?(?:料号|编码|编号|代码|货号|型号|号)"),
    ("name", rf".*(?:名称|品名|{_GOODS}).*(?:规格|型号|参数).*|{_GOODS}信息"),
    ("sku", rf"(?:供应商|供方|厂家|卖方)?{_GOODS}(?:编码|编号|代码|代号|条码|货号|料号|型号|号)|.{{0,2}}(?:编码|代码|货号|料号)"),
    ("spec", r".*(?:规格|型号|参数|尺寸).*"),
    ("name", rf"(?:{_GOODS}.{{0,2}})?(?:名|描述|说明|明细|内容)|.{{0,4}}(?:名称|品名)|{_GOODS}"),
    ("quantity", rf"(?:{_BUYING}|订)?[米件箱盒包袋桶卷只个支瓶套张双台片根]数"),
    ("unit_price", r"(?:不?含税|未税)?单价元?/[\u4e00-\u9fff]{1,3}"),
    ("quantity", rf"(?:[本此这]次|[本这]批|本期|实际)(?:{_BUYING}|需求|提货|叫货|发货|交货)(?:数量?|量)?|(?:{_BUYING}|需求|需要|提货|叫货)(?:数|量)"),
    ("unit_price", r"(?:单价)?(?:人民币|元|¥|￥|rmb|cny|usd|美元)/[\u4e00-\u9fff]{1,3}"),
    ("quantity", rf".*(?:数量|数目|件数)|(?:{_BUYING}|订单|需求|订)(?:量|数)"),
    ("unit", r"(?:计量|计价|计数|包装|销售|采购|订货|基本|主)?单位|主计量"),
    ("amount", r".*(?:金额|总价|小计|合计|总额|货款|净值|价款|价额)(?:元|rmb|cny|人民币)?"),
    ("unit_price", r".*(?:单价|价格|单位价|价)(?:元|rmb|cny|人民币)?"),
    ("date", r"(?:要求|需求|交货|到货|期望)?(?:交货|到货|交付|交期|需求|要求到货)(?:日期|时间|期|日)?"),
)  # fmt: skip

_LABEL_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _LABELS)
_TITLE_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _TITLES)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LONGEST = 12


@lru_cache(maxsize=4096)
def label_meaning(key: str) -> str | None:
    """Return the kind of a header label without blanks and punctuation; None if its words do not tell."""
    return _meaning(key, _LABEL_PATTERNS)


@lru_cache(maxsize=4096)
def title_meaning(key: str) -> str | None:
    """Return the kind of a column title without blanks and punctuation; None if its words do not tell."""
    return _meaning(key, _TITLE_PATTERNS)


def _meaning(key: str, patterns: tuple[tuple[str, re.Pattern[str]], ...]) -> str | None:
    if not _HAN.search(key) or len(key) > _LONGEST:
        return None
    return next((kind for kind, pattern in patterns if pattern.fullmatch(key)), None)


_DOC_EN = {"po", "order", "purchase", "document", "doc", "contract", "reference", "ref", "p"}
_ID_EN = {"no", "number", "num", "nr", "#", "id", "ref", "reference", "code"}
_SHIP_EN = {"ship", "shipping", "deliver", "delivery", "destination", "receiving", "receipt"}
_TO_EN = {"to", "address", "place", "location", "destination", "site"}
_WHEN_EN = {"date", "by", "eta", "day", "time", "before"}
_WANT_EN = {
    "delivery",
    "deliver",
    "required",
    "requested",
    "ship",
    "need",
    "needed",
    "due",
    "eta",
    "expected",
    "arrival",
    "shipping",
}
_TEL_EN = {"tel", "telephone", "phone", "mobile", "cell", "telno"}
_RECEIVER_EN = {"receiver", "consignee", "recipient", "receiving"}
_BUYER_EN = {"buyer", "customer", "purchaser", "client", "sold", "bill", "ordering", "purchasing", "company"}
_SELLER_EN = {"seller", "supplier", "vendor", "manufacturer"}
_PERSON_EN = {"contact", "person", "attn", "attention", "name", "placed", "ordered", "by", "requester"}
_FILL_EN = {"the", "of", "our", "your", "and", "in", "for", "full", "details", "info"}
_MONEY_EN = {"total", "payable", "amount", "grand", "net", "order", "value", "due", "sum", "cny", "rmb", "usd", "price"}
_WORD = re.compile(r"[a-z]+|#")


@lru_cache(maxsize=4096)
def english_label(text: str) -> str | None:
    """Return the kind of an English label by its words."""
    said = set(_WORD.findall(text.lower())) - _FILL_EN
    if not said or len(said) > 4:
        return None
    for kind, holds in (
        ("seller", said & _SELLER_EN and said <= _SELLER_EN | {"name", "company"}),
        ("ship_phone", said & _TEL_EN and said & (_RECEIVER_EN | _SHIP_EN)),
        ("buyer_phone", said & _TEL_EN and said & (_BUYER_EN - {"company"})),
        ("phone", said & _TEL_EN and said <= _TEL_EN | {"no", "number", "contact", "company"}),
        ("total", said & {"total", "payable"} and said <= _MONEY_EN),
        ("total", said == {"order", "value"} or said == {"amount", "due"}),
        ("terms", said & {"payment", "credit"} and said <= {"payment", "credit", "terms", "method", "conditions", "condition"}),
        ("ship_contact", said & (_RECEIVER_EN | {"deliver", "ship"}) and said & (_PERSON_EN - {"by"}) and not said & {"address", "date"}),
        ("ship_contact", said <= _RECEIVER_EN),
        ("requested", said & _WANT_EN and (said & _WHEN_EN or said == {"requested", "delivery"}) and said <= _WANT_EN | _WHEN_EN | {"latest"}),
        ("ship_address", said & _SHIP_EN and said & _TO_EN and said <= _SHIP_EN | _TO_EN),
        ("issued", said & {"date", "dated", "issued"} and said <= {"date", "dated", "issue", "issued", "order", "po", "document", "purchase", "created"}),
        ("number", said & _DOC_EN and said & _ID_EN and said <= _DOC_EN | _ID_EN | {"o", "customer", "buyer"}),
        ("buyer_contact", said & _PERSON_EN and said & ((_BUYER_EN - {"company"}) | {"placed", "ordered"}) and "name" not in said),
        ("buyer", said & _BUYER_EN and said <= _BUYER_EN | {"name", "to"}),
    ):  # fmt: skip
        if holds:
            return kind
    return None


_CODE_EN = {"part", "item", "product", "stock", "article", "material", "sku", "model", "catalog", "goods"}


@lru_cache(maxsize=4096)
def english_title(text: str) -> str | None:
    """Return the kind of an English column title by its words."""
    said = set(_WORD.findall(text.lower().replace("'", "").replace("’", ""))) - _FILL_EN - {"cny", "rmb", "usd", "pcs"}
    if not said or len(said) > 4:
        return None
    for kind, holds in (
        ("other", said & {"tax", "vat", "remark", "remarks", "note", "notes", "brand", "weight", "discount", "disc"}),
        ("buyer_sku", said & {"customer", "buyer"} and said & (_CODE_EN | _ID_EN)),
        ("amount", said & {"amount", "amt", "ext", "extended", "extension", "subtotal"} or "total" in said),
        ("unit_price", said & {"price", "rate", "cost"}),
        ("quantity", said & {"qty", "quantity", "qnty", "ordered", "pieces"}),
        ("unit", said & {"unit", "units", "uom", "um"} or said == {"u", "m"}),
        ("sku", said & _CODE_EN and said & _ID_EN),
        ("name", said & {"description", "desc", "name", "product", "goods", "commodity"}),
        ("spec", said & {"spec", "specs", "specification", "specifications", "size", "dimension", "dimensions", "model", "type"}),
        ("date", said & {"date", "delivery", "due", "eta"}),
    ):  # fmt: skip
        if holds:
            return kind
    return None
