"""The vocabulary's data. One row per word: type (with choices, ``!`` = personal), both labels, meaning, source.

`docs/vocabulary.md` is generated from here.
"""

from __future__ import annotations

Row = tuple[str, str, str, str, str]


ORDER: dict[str, Row] = {
    "number": ("text", "订单号", "Order number", "The sender's own number of the order", "order"),
    "channel": ("text", "渠道", "Channel", "Where it came from, such as api, mail, photo, form", "order"),
    "source_type": (
        "code:dealer|store|agent|platform|erp|sales",
        "来源类型",
        "Source type",
        "经销商, 直营店, 代理商, 平台, ERP or 销售: who sent it, whatever the door",
        "channel or account",
    ),
    "source_ref": ("text", "来源单号", "Source reference", "The source's own number of the order", "order"),
    "doc_type": ("code:order|change|cancel", "单据类型", "Document type", "What the document asks for", "order"),
    "type": (
        "code:stock|presale|custom",
        "订单类型",
        "Order type",
        "现货, 预售 or 定制, rolled up from the lines",
        "order",
    ),
    "urgent": ("bool", "加急", "Urgent", "The sender asked for the fast lane", "order"),
    "currency": ("text", "币种", "Currency", "ISO 4217 code", "order"),
    "seller_entity": ("text", "销售主体", "Selling entity", "Which of our legal entities sells", "order"),
    "fulfilment": ("code:delivery|pickup", "交付方式", "Delivery method", "delivery 配送 or pickup 自提", "order"),
    "issued_date": ("date", "下单日期", "Order date", "Local day of issue", "order"),
    "issued_hour": (
        "count",
        "下单钟点",
        "Hour of the order",
        "Local hour of issue, 0 to 23; missing where only the day is known",
        "order",
    ),
    "requested_date": ("date", "期望交期", "Wanted date", "The day the customer wants it", "order"),
    "payment_terms": ("text", "付款方式", "Payment terms", "Such as net30, prepaid", "order"),
    "payment.status": (
        "code:unpaid|partial|paid|refunded",
        "付款状态",
        "Payment status",
        "Whether money has come in",
        "order",
    ),
    "goods": ("money", "货款合计", "Goods total", "Sum of goods as stated", "order totals"),
    "discount": ("money", "整单优惠", "Order discount", "Discount on the whole order", "order totals"),
    "shipping": ("money", "运费", "Freight", "Freight as stated", "order totals"),
    "tax": ("money", "税额", "Tax", "Tax as stated", "order totals"),
    "payable": ("money", "订单金额", "Order amount", "What the customer has to pay", "order totals"),
    "lines_total": (
        "money",
        "订单行金额合计",
        "Sum of the lines",
        "Sum of the lines' amounts; missing when a line has none",
        "computed",
    ),
    "lines_gross": (
        "money",
        "订单行折前合计",
        "Sum of the lines before discount",
        "Sum of the lines' amounts before line discounts",
        "computed",
    ),
    "expected_payable": (
        "money",
        "应付(价外税)",
        "Expected amount (tax added)",
        "goods − discount + shipping + tax",
        "computed",
    ),
    "expected_payable_taxed": (
        "money",
        "应付(价内税)",
        "Expected amount (tax included)",
        "goods − discount + shipping, tax included in prices",
        "computed",
    ),
    "line_count": ("count", "行数", "Number of lines", "Number of lines", "computed"),
    "note": ("text!", "备注", "Note", "Free text of the sender", "order"),
    "buyer.name": ("text!", "客户名称", "Customer name", "Name of the buying company or person", "order"),
    "buyer.contact": ("text!", "客户联系人", "Customer contact", "The buyer's contact person", "order"),
    "buyer.phone": ("text!", "客户电话", "Customer phone", "The buyer's phone", "order"),
    "ship_to.name": ("text!", "收货人", "Receiver", "Who takes the goods", "order"),
    "ship_to.phone": ("text!", "收货电话", "Receiver phone", "The receiver's phone", "order"),
    "ship_to.address": (
        "text!",
        "收货地址",
        "Delivery address",
        "The address as written, or its parts joined",
        "order",
    ),
    "ship_to.detail": ("text!", "详细地址", "Street address", "Street, number, room", "order"),
    "ship_to.province": ("text", "省份", "Province", "Short name of the province, such as 江苏", "order address"),
    "ship_to.city": (
        "text",
        "城市",
        "City",
        "City; the municipality itself for 北京, 上海, 天津, 重庆",
        "order address",
    ),
    "ship_to.district": ("text", "区县", "District", "District or county", "order address"),
    "ship_to.adcode": ("text", "区划代码", "Region code", "Six digits of GB/T 2260", "order address"),
    "ship_to.code_province": (
        "text",
        "区划代码所属省份",
        "Province of the region code",
        "The province that the code names",
        "computed",
    ),
    "ship_to.text_province": (
        "text",
        "地址文本中的省份",
        "Province in the address text",
        "The province that the written address begins with",
        "computed",
    ),
}

CUSTOMER: dict[str, Row] = {
    "known": ("bool", "已识别客户", "Known customer", "The buyer was recognised as a customer of ours", "customers"),
    "code": ("text", "客户编码", "Customer code", "Our code of the customer", "customers"),
    "level": ("text", "客户等级", "Customer level", "Such as normal, vip", "customers"),
    "lifetime_spend": ("money", "累计消费", "Lifetime spend", "All paid orders before this one", "customers"),
    "purchase_count": ("count", "购买次数", "Number of purchases", "Number of orders before this one", "customers"),
    "payment_terms": ("text", "约定账期", "Agreed payment terms", "Agreed payment terms", "customers"),
    "same_id_orders_today": (
        "count",
        "同证件当日单数",
        "Orders of the same person today",
        "Orders of the same person today, this one included",
        "history",
    ),
    "same_id_cancelled_today": (
        "count",
        "同证件当日取消数",
        "Cancelled orders of the same person today",
        "Cancelled orders of the same person today",
        "history",
    ),
    "id_basis": (
        "text",
        "计数依据",
        "Basis of the count",
        "Which key was counted: id_card, account, phone or none",
        "history",
    ),
}

CREDIT: dict[str, Row] = {
    "status": (
        "code:ok|unavailable|none",
        "征信状态",
        "Credit status",
        "Whether the credit source answered; none = no account",
        "credit",
    ),
    "limit": ("money", "信用额度", "Credit limit", "How much the customer may owe", "credit"),
    "exposure": ("money", "占用额度", "Credit in use", "What the customer owes, this order left out", "credit"),
    "available": ("money", "可用额度", "Credit available", "limit − exposure", "credit"),
    "overdue_days": ("count", "逾期天数", "Days overdue", "Days of the oldest unpaid bill past its due date", "credit"),
    "score": ("count", "信用评分", "Credit score", "0–1000, higher is safer", "credit bureau"),
}

SYSTEM: dict[str, Row] = {
    "today": ("date", "今天", "Today", "Local day of the decision; also written as today", "clock"),
    "peak_mode": ("bool", "大促模式", "Peak mode", "Peak mode is switched on", "settings"),
}

LINE: dict[str, Row] = {
    "line_no": ("count", "行号", "Line number", "Number of the line", "order"),
    "sku": ("text", "商品编码", "SKU", "Our SKU", "order"),
    "name": ("text", "品名", "Product name", "Name as ordered", "order"),
    "spec": ("text", "规格", "Specification", "Specification as ordered", "order"),
    "unit": ("text", "单位", "Unit", "Unit of the quantity", "order"),
    "quantity": ("quantity", "数量", "Quantity", "How many", "order"),
    "unit_price": ("price", "单价", "Unit price", "Price of one unit before discount", "order"),
    "net_price": (
        "price",
        "成交单价",
        "Net unit price",
        "Price of one unit after the line's discount, to 10⁻⁶ 元",
        "computed",
    ),
    "list_price": ("price", "标准价", "List price", "List price", "order, else prices"),
    "discount": ("money", "行优惠", "Line discount", "Discount on the line", "order"),
    "amount": ("money", "行金额", "Line amount", "Amount as stated", "order"),
    "expected_amount": (
        "money",
        "应计行金额",
        "Expected line amount",
        "quantity × unit price − discount, rounded once to the fen",
        "computed",
    ),
    "type": ("code:stock|presale|custom", "行类型", "Line type", "现货, 预售 or 定制", "order"),
    "is_gift": ("bool", "赠品", "Gift", "A gift of a promotion", "order"),
    "promotion": ("text", "促销", "Promotion", "The promotion that the price comes from", "order"),
    "requested_date": (
        "date",
        "行期望交期",
        "Wanted date of the line",
        "The day the customer wants this line",
        "order",
    ),
    "known": ("bool", "已建档商品", "Known product", "The SKU is in our master data", "skus"),
    "cost": ("price", "成本价", "Unit cost", "Cost of one unit", "skus"),
    "contract_price": ("price", "合同价", "Contract price", "Price agreed with this customer", "prices"),
    "approved_promo_price": ("price", "核准促销价", "Approved promotion price", "Approved promotion price", "prices"),
    "pool_demand": (
        "quantity",
        "本单需求合计",
        "Wanted by this order",
        "Sum over the order's 现货 lines of this SKU",
        "computed",
    ),
    "pool_available": (
        "quantity",
        "总可用库存",
        "Available in all sites",
        "Available to promise of this SKU over all sites (INV-01)",
        "stock",
    ),
    "supplier_delayed": ("bool", "供应商延期", "Supplier is late", "The supplier of this SKU is late", "skus"),
    "not_covered": (
        "bool",
        "目录未覆盖",
        "Not covered",
        "The list that prescriptions are checked with (医保目录) does not have this SKU; unknown where nobody said",
        "skus",
    ),
}

STOCK: dict[str, Row] = {
    "sku": ("text", "商品编码", "SKU", "One row per SKU and site", "stock"),
    "site": ("text", "仓库", "Site", "Code of the site", "stock"),
    "on_hand": ("quantity", "物理库存", "On hand", "In the shelves", "stock"),
    "reserved": ("quantity", "已占用", "Reserved", "Promised to orders", "stock"),
    "in_transit": ("quantity", "在途", "In transit", "Due within the horizon", "stock"),
    "available": ("quantity", "可用库存", "Available stock", "on hand − reserved + in transit × coefficient", "stock"),
    "demand": ("quantity", "需求量", "Wanted quantity", "Sum over the order's 现货 lines of this SKU", "computed"),
}

SITE: dict[str, Row] = {
    "code": ("text", "仓库", "Site", "One row per site that holds stock of the order's SKUs", "stock"),
    "can_fill": ("bool", "可整单发出", "Can fill the whole order", "The site alone covers every 现货 line", "computed"),
    "short_skus": ("count", "缺货品种数", "Short products", "How many SKUs the site cannot cover", "computed"),
}

DUPLICATE: dict[str, Row] = {
    "order_id": ("text", "疑似订单", "Likely twin", "The other order", "history"),
    "number": ("text", "疑似订单号", "Number of the likely twin", "The other order's number", "history"),
    "channel": ("text", "疑似订单渠道", "Channel of the likely twin", "The other order's channel", "history"),
    "same_phone": ("bool", "电话相同", "Same phone", "Both name the same phone", "history"),
    "same_customer": ("bool", "客户相同", "Same customer", "Both are of the same customer", "history"),
    "same_content": ("bool", "内容相同", "Same content", "Both ask for exactly the same", "history"),
    "same_number": ("bool", "单号相同", "Same number", "Both carry the same number", "history"),
    "shared_skus": ("count", "相同商品数", "Shared products", "How many SKUs are on both", "history"),
    "apart": ("duration", "间隔", "Time between", "Time between the two, never negative", "history"),
}

NOTED: dict[str, Row] = {
    "code": ("text", "代码", "Code", "The code, such as REMOTE_AREA", "rules"),
    "line_no": ("count", "行号", "Line number", "The line it was raised for, if any", "rules"),
}

ROUTE: dict[str, Row] = {
    "site": ("text", "发货仓", "Shipping site", "The site that a routing rule chose", "rules"),
    "line_no": ("count", "行号", "Line number", "The line that it was chosen for; missing: the whole order", "rules"),
}

UNITS: dict[str, str] = {
    "order.issued_hour": "点", "order.line_count": "行", "customer.purchase_count": "次",
    "customer.same_id_orders_today": "单", "customer.same_id_cancelled_today": "单", "credit.overdue_days": "天",
    "credit.score": "分", "site.short_skus": "种", "duplicate.shared_skus": "种",
}  # fmt: skip
"""What counts are counted in; money is in 元, a quantity in its line's unit, a duration in 秒."""

BASE: dict[str, tuple[str, str, str, dict[str, Row]]] = {
    "order": ("订单", "Order", "head", ORDER),
    "customer": ("客户", "Customer", "head", CUSTOMER),
    "credit": ("信用", "Credit", "head", CREDIT),
    "system": ("系统", "System", "head", SYSTEM),
    "line": ("订单行", "Order line", "row", LINE),
    "stock": ("库存", "Stock", "row", STOCK),
    "site": ("仓库", "Site", "row", SITE),
    "duplicate": ("疑似重复", "Likely duplicate", "row", DUPLICATE),
    "flag": ("标记", "Flag", "derived", NOTED),
    "hold": ("挂起", "Hold", "derived", NOTED),
    "route": ("路由", "Route", "derived", ROUTE),
}
