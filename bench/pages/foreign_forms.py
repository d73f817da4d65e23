# ruff: noqa: E501 - a page is read better in one piece
"""Orders as strangers write them, first half: contracts, plans, slips, seals and hands over the print."""

from __future__ import annotations

from bench.pages.company import SELLER
from bench.pages.foreign_sheet import GRID, Sheet, day_cn, money, table
from bench.pages.orders import TERMS, SampleLine, SampleOrder, in_capitals


def contract(order: SampleOrder) -> Sheet:
    """采购合同: numbered clauses, the table in the middle, delivery and payment told in sentences."""
    rows = [
        (str(n), x.name, x.spec, x.sku, x.unit, x.quantity, x.unit_price, money(x.amount))
        for n, x in enumerate(order.lines, 1)
    ]
    foot = (
        f"<tr><td colspan=2>合计</td><td colspan=4>人民币（大写）{in_capitals(order.total)}</td>"
        f"<td colspan=2>￥{money(order.total)}</td></tr>"
    )
    body = f"""<h1>采 购 合 同</h1>
<p class=r>合同编号：{order.number}<br>签订地点：广州市天河区<br>签订日期：{day_cn(order.issued)}</p>
<p>甲方（买方）：{order.buyer}<br>乙方（卖方）：{SELLER}</p>
<p>依据《中华人民共和国民法典》及有关法律法规，甲乙双方在平等、自愿的基础上，就甲方向乙方采购货物事宜达成如下协议，共同遵守：</p>
<p>第一条　标的物名称、规格、数量及价款</p>{table(("序号", "货物名称", "规格型号", "货物编码", "单位", "数量", "单价（元）", "总价（元）"), rows, foot)}
<p>第二条　质量标准：乙方所供货物须为全新、未使用过的原装合格产品，质保期12个月。</p>
<p>第三条　交货期限：{day_cn(order.requested)}前一次性交清。逾期每日按合同总额的0.5%支付违约金。</p>
<p>第四条　交货地点：{order.address}。收货人：{order.receiver}，联系电话：{order.receiver_phone}。</p>
<p>第五条　付款方式：{TERMS[order.terms]}，乙方须先开具13%增值税专用发票。</p>
<p>第六条　本合同一式两份，双方各执一份，自签字盖章之日起生效。传真件有效。</p>
<div class=two><p>甲方（盖章）：{order.buyer}<br>委托代理人：{order.contact}<br>电话：{order.phone}</p>
<p>乙方（盖章）：{SELLER}<br>委托代理人：黄海<br>电话：020-87654321</p></div>"""
    style = (
        GRID + "h1{text-align:center;font-size:16pt}.r{text-align:right}.two{display:flex;gap:40px}p{line-height:1.6}"
    )
    return Sheet(body, style)


def bilingual(order: SampleOrder) -> Sheet:
    """采购订单/Purchase Order: every label in both languages, the titles in two lines, no upright rules."""
    heads: tuple[str, ...] = (
        "No.<br>序号",
        "Material No.<br>物料号",
        "Description of Goods<br>货物描述",
        "Specification<br>规格型号",
    )
    heads += (
        "Qty<br>数量",
        "Unit<br>单位",
        "Unit Price (RMB)<br>单价（人民币）",
        "Total Price (RMB)<br>总价（人民币）",
    )
    rows = [
        (str(n * 10), x.sku, x.name, x.spec, x.quantity, x.unit, x.unit_price, money(x.amount))
        for n, x in enumerate(order.lines, 1)
    ]
    foot = f"<tr><td colspan=7 class=n>Total Amount 合计金额 (RMB)</td><td>{money(order.total)}</td></tr>"
    cells = (
        ("PO Number / 订单号码", order.number, "Order Date / 订单日期", f"{order.issued:%Y-%m-%d}"),
        ("Purchaser / 采购方", order.buyer, "Supplier / 供应商", SELLER),
        ("Buyer / 采购员", order.contact, "Telephone / 电话", order.phone),
        (
            "Requested Delivery Date / 要求交货日",
            f"{order.requested:%Y-%m-%d}",
            "Payment Terms / 付款条款",
            TERMS[order.terms],
        ),
        ("Ship-to Address / 送货地址", order.address, "Consignee / 收货人", f"{order.receiver} {order.receiver_phone}"),
    )
    head = "".join(
        "<tr>" + "".join(f"<td class={'ab'[i % 2]}>{c}</td>" for i, c in enumerate(row)) + "</tr>" for row in cells
    )
    body = f"<h1>PURCHASE ORDER<br>采购订单</h1><table class=head>{head}</table>{table(heads, rows, foot, 'open')}"
    body += "<p class=s>Please confirm this order within 24 hours. 请于24小时内确认回传。</p>"
    style = "table{border-collapse:collapse;width:100%;margin-top:12px}.a{color:#555;font-size:8pt;width:18%}.open th{border-top:2px solid #000;border-bottom:1px solid #000;text-align:left;font-size:8.5pt}"
    style += ".open td{padding:4px 2px;border-bottom:1px dotted #999}.n{text-align:right}h1{font-size:15pt}.head td{padding:3px}"
    return Sheet(body, style)


def landscape(order: SampleOrder) -> Sheet:
    """外购件采购清单: A4 on its side, twelve columns, small type."""
    heads: tuple[str, ...] = (
        "序号",
        "项目号",
        "物料编号",
        "图号",
        "物料名称",
        "规格型号",
        "材质",
        "单位",
        "需求量",
        "单价（元）",
        "金额（元）",
        "备注",
    )
    stuff = ("304", "Q235", "黄铜", "—", "45#")
    rows = [
        (
            str(n),
            f"XM26-{n % 3 + 1:02d}",
            x.sku,
            f"TH{n:03d}-0{n % 4}",
            x.name,
            x.spec,
            stuff[n % 5],
            x.unit,
            x.quantity,
            x.unit_price,
            x.amount,
            ("", "急", "")[n % 3],
        )
        for n, x in enumerate(order.lines, 1)
    ]
    foot = f"<tr><td colspan=10 style='text-align:right'>合　计</td><td>{order.total}</td><td></td></tr>"
    body = f"""<h1>{order.buyer}</h1><h2>外购件采购清单</h2>
<div class=row><span>清单编号：{order.number}</span><span>编制日期：{order.issued:%Y.%m.%d}</span><span>编制：{order.contact}</span><span>分机/手机：{order.phone}</span></div>
{table(heads, rows, foot)}
<div class=row><span>到货要求：{order.requested:%Y.%m.%d}</span><span>结算：{TERMS[order.terms]}</span><span>送达：{order.address}</span><span>接收：{order.receiver} {order.receiver_phone}</span></div>
<div class=row><span>审核：</span><span>批准：</span><span>会签：</span></div>"""
    style = (
        GRID
        + "body{font-size:8.5pt}h1,h2{text-align:center;margin:4px}h1{font-size:13pt}h2{font-size:11pt}.row{display:flex;justify-content:space-between;margin:6px 0}td{text-align:center}"
    )
    return Sheet(body, style, (297, 210))


def thermal(order: SampleOrder) -> Sheet:
    """订货小票: 80 mm, goods on one line, count × price = sum on the next."""
    lines = "".join(
        f"<div>{n}. {x.sku} {x.name} {x.spec}</div><div class=n>{x.quantity}{x.unit} × {x.unit_price} = {x.amount}</div>"
        for n, x in enumerate(order.lines, 1)
    )
    body = f"""<h1>订 货 单</h1><div>单号:{order.number}</div><div>下单:{order.issued:%Y-%m-%d} 10:21</div><div>客户:{order.buyer}</div>
<div>经手:{order.contact} {order.phone}</div><hr>{lines}<hr><div class=b>合计: ¥{order.total}</div>
<div>送货日期:{order.requested:%Y-%m-%d}</div><div>送至:{order.address}</div><div>收货:{order.receiver} {order.receiver_phone}</div><p>谢谢惠顾 请核对后签收</p>"""
    style = "body{font-size:8.5pt;margin:0}h1{font-size:12pt;text-align:center}.n{text-align:right}.b{font-size:11pt}hr{border:0;border-top:1px dashed #000}p{text-align:center}"
    return Sheet(body, style, (80, 110 + 10 * len(order.lines)), frozenset({"/payment_terms"}))


def leaders(order: SampleOrder) -> Sheet:
    """要货计划: no ruled line at all, dotted leaders between labels and values and under each row."""
    pairs = (
        ("计划单号", order.number),
        ("提报日期", day_cn(order.issued)),
        ("需方单位", order.buyer),
        ("提报人", order.contact),
        ("联系手机", order.phone),
    )
    tail = (
        ("总价合计", f"{money(order.total)} 元"),
        ("要货日期", day_cn(order.requested)),
        ("付款约定", TERMS[order.terms]),
        ("送货地点", order.address),
        ("收货联系人", order.receiver),
        ("收货人手机号", order.receiver_phone),
    )

    def rows(items: tuple[tuple[str, str], ...]) -> str:
        return "".join(f"<div class=l><span>{a}</span><i></i><span>{b}</span></div>" for a, b in items)

    goods = [(x.name, x.spec, x.sku, f"{x.quantity} {x.unit}", x.unit_price, money(x.amount)) for x in order.lines]
    body = f"<h1>要货计划</h1>{rows(pairs)}<br>{table(('货物', '规格', '编码', '数量', '价格', '金额'), goods, '', 'open')}<br>{rows(tail)}"
    style = "body{font-family:'Noto Serif CJK SC'}h1{font-size:15pt}.l{display:flex;margin:3px 0}.l i{flex:1;border-bottom:2px dotted #555;margin:0 4px 4px}table{width:100%;border-collapse:collapse}.open td{border-bottom:2px dotted #777;padding:6px 2px}.open th{text-align:left}.open td:nth-child(n+4){text-align:right}.open th:nth-child(n+4){text-align:right}"
    return Sheet(body, style)


def remarked(order: SampleOrder) -> Sheet:
    """订购单 with somebody's blue handwriting beside the table and a tick at each row."""
    rows = [
        (x.sku, x.name, x.spec, x.quantity, x.unit, x.unit_price, x.amount, "<b>✓</b>" if n % 2 else "")
        for n, x in enumerate(order.lines)
    ]
    foot = f"<tr><td colspan=6>总 计 金 额</td><td>{order.total}</td><td></td></tr>"
    body = f"""<h1>订 购 单</h1><div class=two><p>订单编号：{order.number}<br>订购日期：{order.issued:%Y/%m/%d}<br>订购单位：{order.buyer}</p>
<p>供货单位：{SELLER}<br>订购人：{order.contact}<br>联系电话：{order.phone}</p></div>
{table(("产品编码", "产品名称", "规格", "数量", "单位", "单价", "金额", "核对"), rows, foot)}
<p>交货日期：{order.requested:%Y/%m/%d}　　付款方式：{TERMS[order.terms]}<br>收货地址：{order.address}<br>收货人：{order.receiver}　　收货人电话：{order.receiver_phone}</p>
<div class=hand style="right:-6mm;top:52mm">急！先发一半</div><div class=hand style="left:60mm;top:36mm">已和王经理电话确认 老价格</div>"""
    style = (
        GRID
        + ".two{display:flex;justify-content:space-between}h1{text-align:center;letter-spacing:6px}.hand{position:absolute;color:#1d3fae;font-family:'AR PL KaitiM GB';font-size:15pt;transform:rotate(-9deg)}b{color:#1d3fae}td{padding:4px;text-align:center}body{position:relative}"
    )
    return Sheet(body, style)


def sealed(order: SampleOrder) -> Sheet:
    """采购订单 whose red company seal lies over the totals."""
    rows = [
        (str(n), x.sku, x.name, x.spec, x.unit, x.quantity, x.unit_price, x.amount)
        for n, x in enumerate(order.lines, 1)
    ]
    foot = f"<tr><td colspan=7>合计金额（小写）：</td><td>{order.total}</td></tr><tr><td colspan=8>合计金额（大写）：{in_capitals(order.total)}</td></tr>"
    arc = "".join(
        f'<text transform="rotate({-100 + 200 * i / max(1, len(order.buyer) - 1):.0f} 70 70)" x="70" y="22" text-anchor="middle" font-size="13" fill="#d22">{c}</text>'
        for i, c in enumerate(order.buyer)
    )
    seal = f'<svg class=seal width=140 height=140><circle cx=70 cy=70 r=66 fill="none" stroke="#d22" stroke-width=3 /><text x=70 y=84 text-anchor=middle font-size=44 fill="#d22">★</text><text x=70 y=112 text-anchor=middle font-size=12 fill="#d22">采购专用章</text>{arc}</svg>'
    body = f"""<h1>采购订单</h1><p>订单号：{order.number}　　　下单日期：{order.issued:%Y-%m-%d}　　　供应商：{SELLER}<br>采购单位：{order.buyer}　　　采购员：{order.contact}　　　电话：{order.phone}</p>
<div class=box>{table(("行号", "料号", "品名", "规格型号", "单位", "采购数量", "含税单价", "含税金额"), rows, foot)}{seal}</div>
<p>要求交期：{order.requested:%Y-%m-%d}　　　结算方式：{TERMS[order.terms]}<br>收货地址：{order.address}<br>收货人：{order.receiver}　　　收货电话：{order.receiver_phone}</p>"""
    style = (
        GRID
        + ".box{position:relative}.seal{position:absolute;right:10px;bottom:-50px;opacity:.75;transform:rotate(-12deg)}h1{text-align:center;font-size:16pt}td{text-align:center}"
    )
    return Sheet(body, style)


def two_tables(order: SampleOrder) -> Sheet:
    """采购订单 in two parts with a subtotal each, and a table of approvals below that is no order line."""
    half = (len(order.lines) + 1) // 2
    heads = ("序号", "物资编码", "物资名称", "规格型号", "单位", "数量", "单价", "金额")

    def part(lines: tuple[SampleLine, ...], first: int) -> str:
        rows = [
            (str(n), x.sku, x.name, x.spec, x.unit, x.quantity, x.unit_price, x.amount)
            for n, x in enumerate(lines, first)
        ]
        total = sum(int(x.amount.replace(".", "")) for x in lines)
        foot = f"<tr><td colspan=7 style='text-align:right'>小计</td><td>{total // 100}.{total % 100:02d}</td></tr>"
        return table(heads, rows, foot)

    steps = table(
        ("环节", "姓名", "日期", "意见"),
        [
            ("申请", order.contact, f"{order.issued:%m-%d}", "同意"),
            ("部门审核", "钱峰", f"{order.issued:%m-%d}", "同意，尽快到货"),
        ],
    )
    body = f"""<h1>物资采购订单</h1><p>订单编号：{order.number}　　订单日期：{day_cn(order.issued)}</p><p>需方：{order.buyer}　　联系人：{order.contact}　　电话：{order.phone}<br>供方：{SELLER}</p>
<p>一、主要材料</p>{part(order.lines[:half], 1)}<p>二、辅助材料</p>{part(order.lines[half:], half + 1)}
<p class=t>两项总计：￥{money(order.total)}（大写：{in_capitals(order.total)}）</p>
<p>交货时间：{day_cn(order.requested)}　　付款方式：{TERMS[order.terms]}<br>交货地点：{order.address}<br>收货人：{order.receiver}　　电话：{order.receiver_phone}</p>{steps}"""
    return Sheet(body, GRID + "h1{text-align:center;font-size:16pt}.t{font-weight:bold}")


def paged(order: SampleOrder) -> Sheet:
    """采购订单 over several small pages: letterhead, order data and titles on each, the sum on the last."""
    head = f"<h1>{order.buyer}</h1><h2>采 购 订 单</h2><p>订单编号：{order.number}　　订单日期：{order.issued:%Y-%m-%d}<br>供应商：{SELLER}</p>"
    heads = ("项次", "品号", "品名", "规格", "数量", "单位", "单价", "金额")
    pages, step = [], 5
    for first in range(0, len(order.lines), step):
        rows = [
            (str(first + n), x.sku, x.name, x.spec, x.quantity, x.unit, x.unit_price, x.amount)
            for n, x in enumerate(order.lines[first : first + step], 1)
        ]
        part = sum(int(x.amount.replace(".", "")) for x in order.lines[first : first + step])
        last = first + step >= len(order.lines)
        foot = f"<tr><td colspan=7>本页小计</td><td>{part // 100}.{part % 100:02d}</td></tr>"
        tail = (
            f"""<p>订单总金额：{order.total}　　交货日期：{order.requested:%Y-%m-%d}　　付款条件：{TERMS[order.terms]}<br>采购：{order.contact}　{order.phone}<br>送货地址：{order.address}<br>收货人：{order.receiver}　收货电话：{order.receiver_phone}</p>"""
            if last
            else "<p class=s>续下页</p>"
        )
        number, count = first // step + 1, (len(order.lines) + step - 1) // step
        pages.append(
            f"<section>{head}{table(heads, rows, foot)}{tail}<p class=s>第 {number} 页 共 {count} 页</p></section>"
        )
    style = (
        GRID
        + "section{page-break-after:always}section:last-child{page-break-after:auto}h1,h2{text-align:center;margin:2px;font-size:13pt}.s{text-align:right}"
    )
    return Sheet("".join(pages), style, (210, 148))


def below(order: SampleOrder) -> Sheet:
    """采购订单 of an ERP whose rows have two lines: code over customer's drawing, name over 规格."""
    rows = "".join(
        f"<tr><td>{n * 10}</td><td>{x.sku}<br><small>图号 D-{n:04d}</small></td><td>{x.name}<br><small>{x.spec}</small></td><td class=n>{money(x.quantity)}<br><small>{x.unit}</small></td><td class=n>{x.unit_price}<br><small>RMB</small></td><td class=n>{money(x.amount)}</td><td>{order.requested:%Y-%m-%d}</td></tr>"
        for n, x in enumerate(order.lines, 1)
    )
    heads = ("行", "物料<br>图号", "物料描述<br>规格", "数量<br>单位", "净价<br>货币", "净值", "交货日期")
    top = "".join(f"<th>{h}</th>" for h in heads)
    body = f"""<div class=two><div><h1>采购订单</h1><p>{order.buyer}</p></div><p>采购订单号　{order.number}<br>订单日期　{order.issued:%Y-%m-%d}<br>采购员　{order.contact}<br>电话　{order.phone}</p></div>
<p>供应商　{SELLER}</p><table class=open><tr>{top}</tr>{rows}<tr><td colspan=5 class=n>订单总计（RMB）</td><td class=n>{money(order.total)}</td><td></td></tr></table>
<p>交货地址　{order.address}<br>收货联系人　{order.receiver}　{order.receiver_phone}<br>付款条件　{TERMS[order.terms]}</p>"""
    style = "table{border-collapse:collapse;width:100%}.two{display:flex;justify-content:space-between}th{background:#e8e8e8;text-align:left}td{border-bottom:1px solid #ccc;padding:4px}.n{text-align:right}h1{font-size:17pt}"
    return Sheet(body, style)
