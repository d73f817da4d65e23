# ruff: noqa: E501 - a page is read better in one piece
"""Orders as strangers write them, second half: tax columns, traditional script, screens, spreadsheets, letters."""

from __future__ import annotations

from bench.pages.company import SELLER
from bench.pages.foreign_sheet import GRID, Sheet, day_cn, money, net, table
from bench.pages.orders import TERMS, SampleOrder, in_capitals


def capitals(order: SampleOrder) -> Sheet:
    """订货单 whose sum stands in Chinese capitals only."""
    rows = [
        (str(n), x.sku, x.name + " " + x.spec, x.unit, x.quantity, x.unit_price, x.amount)
        for n, x in enumerate(order.lines, 1)
    ]
    foot = f"<tr><td colspan=2>合计金额<br>（大写）</td><td colspan=5>{in_capitals(order.total)}</td></tr>"
    body = f"""<h1>订 货 单</h1><p class=r>No：{order.number}</p><p>订货单位：{order.buyer}　　　　日期：{day_cn(order.issued)}<br>联系人：{order.contact}　　　　手机：{order.phone}</p>
{table(("序号", "货号", "品名及规格", "单位", "数量", "单价", "金额"), rows, foot)}
<p>送货地址：{order.address}　　收货人：{order.receiver}（{order.receiver_phone}）<br>送货日期：{day_cn(order.requested)}　　结算方式：{TERMS[order.terms]}</p><p>开单：　　　　仓库：　　　　业务：</p>"""
    return Sheet(
        body,
        GRID.replace("#222", "#c0392b")
        + "h1{text-align:center;color:#c0392b}.r{text-align:right;color:#c00}td{height:22px}",
    )


def taxed(order: SampleOrder) -> Sheet:
    """采购订单 with prices without and with tax, rate, tax and both sums; the sum row has three figures."""
    rows = []
    for n, x in enumerate(order.lines, 1):
        without = net(x.amount)
        tax = f"{float(x.amount) - float(without):.2f}"
        bare = f"{float(x.unit_price) / 1.13:.4f}"
        rows.append(
            (str(n), x.sku, x.name, x.spec, x.quantity, x.unit, bare, "13%", x.unit_price, without, tax, x.amount)
        )
    sums = [f"{sum(float(row[i]) for row in rows):.2f}" for i in (9, 10)]
    foot = f"<tr><td colspan=9>合计</td><td>{sums[0]}</td><td>{sums[1]}</td><td>{order.total}</td></tr>"
    heads = (
        "序",
        "存货编码",
        "存货名称",
        "规格型号",
        "数量",
        "主计量",
        "不含税单价",
        "税率",
        "含税单价",
        "不含税金额",
        "税额",
        "价税合计",
    )
    body = f"""<h1>采购订单</h1><p>订单编号 {order.number}　　　日期 {order.issued:%Y-%m-%d}　　　业务员 {order.contact}　　　手机 {order.phone}<br>客户名称 {order.buyer}　　　供应商 {SELLER}</p>
{table(heads, rows, foot)}<p>计划到货日期 {order.requested:%Y-%m-%d}　　　付款条件 {TERMS[order.terms]}<br>到货地址 {order.address}<br>收货人 {order.receiver}　　　收货人电话 {order.receiver_phone}</p>"""
    return Sheet(
        body,
        GRID
        + "body{font-size:8pt}h1{text-align:center;font-size:15pt}td{text-align:right}td:nth-child(-n+4){text-align:left}",
        (297, 210),
    )


def traditional(order: SampleOrder) -> Sheet:
    """採購訂單 in traditional characters, as firms in Hong Kong and Taiwan write."""
    rows = [
        (str(n), x.sku, x.name, x.spec, money(x.quantity), x.unit, x.unit_price, money(x.amount))
        for n, x in enumerate(order.lines, 1)
    ]
    foot = f"<tr><td colspan=7 class=n>總計（人民幣）</td><td>{money(order.total)}</td></tr>"
    body = f"""<h1>採購訂單</h1><div class=two><p>客戶名稱：{order.buyer}<br>聯絡人：{order.contact}<br>聯絡電話：{order.phone}</p><p>訂單編號：{order.number}<br>訂單日期：{order.issued:%Y/%m/%d}<br>供應商：{SELLER}</p></div>
{table(("項次", "貨品編號", "品名", "規格", "數量", "單位", "單價", "金額"), rows, foot)}
<p>交貨日期：{order.requested:%Y/%m/%d}<br>付款條件：{TERMS[order.terms]}<br>送貨地址：{order.address}<br>收貨人：{order.receiver}　　收貨人電話：{order.receiver_phone}</p><p>核准：　　　　覆核：　　　　製表：</p>"""
    return Sheet(
        body,
        GRID
        + "body{font-family:'Noto Sans CJK TC'}h1{text-align:center;letter-spacing:10px}.two{display:flex;justify-content:space-between}.n{text-align:right}",
    )


def synonyms(order: SampleOrder) -> Sheet:
    """要货单 whose titles and labels are words that few others use."""
    rows = [(x.sku, x.name, x.spec, x.quantity, x.unit, x.unit_price, x.amount) for x in order.lines]
    body = f"""<h1>要 货 单</h1><p>单据字号：{order.number}　　　开具日：{order.issued:%Y-%m-%d}<br>要货单位：{order.buyer}　　　经办：{order.contact}　　　电联：{order.phone}</p>
{table(("货品代号", "货品", "型格", "数目", "计数单位", "单位价", "价额"), rows)}<p class=n>共计人民币 {money(order.total)}</p>
<p>望于 {order.requested:%Y-%m-%d} 前到货　　　货款：{TERMS[order.terms]}<br>货送：{order.address}<br>签收：{order.receiver}　　　签收人手机：{order.receiver_phone}</p>"""
    return Sheet(body, GRID + ".n{text-align:right}h1{text-align:center}")


def erp_screen(order: SampleOrder) -> Sheet:
    """Draw a web ERP on the screen: grey labels over boxes, a toolbar, a check box before and actions behind each row."""
    rows = "".join(
        f"<tr><td><u></u></td><td>{n}</td><td>{x.sku}</td><td>{x.name}</td><td>{x.spec}</td><td class=n>{x.quantity}</td><td>{x.unit}</td><td class=n>{x.unit_price}</td><td class=n>{money(x.amount)}</td><td><a>编辑</a> <a>删除</a></td></tr>"
        for n, x in enumerate(order.lines, 1)
    )

    def box(label: str, value: str, wide: str = "") -> str:
        return f"<div class='f {wide}'><label>{label}</label><span>{value}</span></div>"

    form = (
        box("单据编号", order.number)
        + box("单据日期", f"{order.issued:%Y-%m-%d}")
        + box("客户", order.buyer)
        + box("联系人", order.contact)
        + box("联系电话", order.phone)
    )
    form += (
        box("交货日期", f"{order.requested:%Y-%m-%d}")
        + box("付款条件", TERMS[order.terms])
        + box("收货人", order.receiver)
        + box("收货电话", order.receiver_phone)
        + box("收货地址", order.address, "w")
    )
    heads = "".join(
        f"<th>{h}</th>" for h in ("", "行号", "商品编码", "商品名称", "规格", "数量", "单位", "单价", "金额", "操作")
    )
    body = f"""<div class=bar>首页　销售管理　<b>采购订单</b>　库存　报表　　　　　　　admin</div><div class=tools><button>新增</button><button>保存</button><button>审核</button><button>打印</button></div>
<div class=form>{form}</div><table><tr>{heads}</tr>{rows}</table><div class=foot><span>共 {len(order.lines)} 条</span><span>合计金额：<b>{money(order.total)}</b></span></div>"""
    style = "body{font-size:9.5pt;margin:0}.bar{background:#1f3a5f;color:#fff;padding:8px}.tools{padding:8px;background:#f2f4f7}button{margin-right:6px;padding:3px 12px}.form{display:flex;flex-wrap:wrap;padding:8px}.f{width:33%;margin-bottom:8px}.w{width:100%}"
    style += "label{display:inline-block;width:70px;color:#888}.f span{border:1px solid #ccc;padding:3px 6px;display:inline-block;min-width:150px}table{width:100%;border-collapse:collapse}th{background:#eef2f6;color:#445;text-align:left;padding:6px}td{border-bottom:1px solid #e5e5e5;padding:6px}.n{text-align:right}u{display:inline-block;width:11px;height:11px;border:1px solid #999}a{color:#2a7ae2}.foot{display:flex;justify-content:space-between;padding:10px}"
    return Sheet(body, style, (297, 210))


def wps_grid(order: SampleOrder) -> Sheet:
    """Draw a sheet printed from a spreadsheet: blue grid over everything, the header in cells of the same grid."""

    def tr(*cells: str) -> str:
        return "<tr>" + "".join(cells) + "</tr>"

    def td(text: str, span: int = 1, kind: str = "") -> str:
        return f"<td colspan={span} class='{kind}'>{text}</td>"

    lines = "".join(
        tr(
            td(str(n)),
            td(x.sku),
            td(x.name),
            td(x.spec),
            td(x.unit),
            td(x.quantity, 1, "n"),
            td(x.unit_price, 1, "n"),
            td(x.amount, 1, "n"),
        )
        for n, x in enumerate(order.lines, 1)
    )
    blank = "".join(tr(*[td("&nbsp;")] * 8) for _ in range(3))
    body = (
        "<table>"
        + tr(td("产品采购单", 8, "t"))
        + tr(td("单号"), td(order.number, 2), td("采购日期"), td(f"{order.issued:%Y/%m/%d}", 2), td("页次"), td("1/1"))
    )
    body += tr(td("采购方"), td(order.buyer, 4), td("采购人"), td(order.contact, 2)) + tr(
        td("供货方"), td(SELLER, 4), td("采购人电话"), td(order.phone, 2)
    )
    body += (
        tr(*[td(h, 1, "h") for h in ("序号", "商品编码", "商品名称", "规格型号", "单位", "数量", "单价", "金额")])
        + lines
        + blank
    )
    body += tr(td("合计"), td(in_capitals(order.total), 5), td("￥"), td(order.total, 1, "n")) + tr(
        td("交货日期"), td(f"{order.requested:%Y/%m/%d}", 3), td("付款方式"), td(TERMS[order.terms], 3)
    )
    body += (
        tr(td("收货地址"), td(order.address, 7))
        + tr(td("收货人"), td(order.receiver, 3), td("收货电话"), td(order.receiver_phone, 3))
        + "</table>"
    )
    return Sheet(
        body,
        "table{border-collapse:collapse;width:100%}td{border:1px solid #3b78c9;padding:4px;height:20px}.t{text-align:center;font-size:15pt}.h{background:#dbe8f8;text-align:center}.n{text-align:right}",
    )


def excel_screen(order: SampleOrder) -> Sheet:
    """Draw a spreadsheet's window: letters over the columns, numbers before the rows, a formula bar, sheet tabs."""

    def tr(number: int, *cells: str) -> str:
        return f"<tr><td class=g>{number}</td>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>"

    grid = "<tr><td class=g></td>" + "".join(f"<td class=g>{c}</td>" for c in "ABCDEFGH") + "</tr>"
    grid += tr(1, "采购订单", *[""] * 7) + tr(
        2, "订单号", order.number, "", "下单日期", f"{order.issued:%Y/%m/%d}", "", "", ""
    )
    grid += tr(3, "客户", order.buyer, "", "采购员", order.contact, "电话", order.phone, "") + tr(
        4, "交期", f"{order.requested:%Y/%m/%d}", "", "付款", TERMS[order.terms], "", "", ""
    )
    grid += tr(5, "收货地址", order.address, "", "", "", "收货人", order.receiver, order.receiver_phone) + tr(
        6, *[f"<b>{h}</b>" for h in ("序号", "编码", "品名", "规格", "数量", "单位", "单价", "金额")]
    )
    for n, x in enumerate(order.lines, 1):
        grid += tr(n + 6, str(n), x.sku, x.name, x.spec, x.quantity, x.unit, x.unit_price, x.amount)
    grid += tr(len(order.lines) + 7, "合计", "", "", "", "", "", "", order.total)
    body = f"<div class=bar>文件　开始　插入　页面布局　公式　数据　审阅</div><div class=fx>H{len(order.lines) + 7}　fx　=SUM(H7:H{len(order.lines) + 6})</div><table>{grid}</table><div class=tabs>Sheet1　Sheet2　＋　　　　　　求和={order.total}　100%</div>"
    style = "body{margin:0;font-size:9.5pt}.bar{background:#217346;color:#fff;padding:6px}.fx{border-bottom:1px solid #ccc;padding:4px}table{border-collapse:collapse}td{border:1px solid #d4d4d4;padding:3px 6px;white-space:nowrap}.g{background:#eee;color:#555;text-align:center}.tabs{background:#f3f3f3;padding:5px}"
    return Sheet(body, style, (297, 210))


def letter(order: SampleOrder) -> Sheet:
    """Write a letter: greeting, a sentence that orders, an open table, wishes in sentences, the writer at the end."""
    rows = [(x.name, x.spec, x.sku, x.quantity + x.unit, x.unit_price + "元", x.amount + "元") for x in order.lines]
    body = f"""<h2>订货函</h2><p>致：{SELLER}</p><p>　　贵司好！因生产需要，我司现向贵司订购以下货物（订单号：{order.number}），请予安排：</p>
{table(("产品名称", "规格型号", "产品编号", "订购数量", "单价", "金额"), rows, "", "open")}
<p>以上合计：{order.total}元（大写：{in_capitals(order.total)}）。</p>
<p>1、交货日期：{day_cn(order.requested)}前；<br>2、付款方式：{TERMS[order.terms]}；<br>3、收货地址：{order.address}；<br>4、收货人：{order.receiver}，电话：{order.receiver_phone}。</p>
<p>　　顺祝商祺！</p><p class=r>{order.buyer}<br>联系人：{order.contact}<br>电话：{order.phone}<br>日期：{day_cn(order.issued)}</p>"""
    return Sheet(
        body,
        "body{font-family:'Noto Serif CJK SC';font-size:10.5pt;line-height:1.7}h2{text-align:center}.r{text-align:right}table{width:100%}th{text-align:left;border-bottom:1px solid}",
    )
