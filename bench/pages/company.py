"""The company that the sample orders are placed with: its catalogue and its customers."""

from __future__ import annotations

from functools import lru_cache

from orders.catalogue import Catalogue, CustomerEntry, SkuEntry
from orders.money import parse_micro

SELLER = "广州联达机电有限公司"

_SKUS = (
    ("A-1001", "A型接头", "DN20", "个", "12.50"),
    ("A-1002", "B型接头", "DN25", "个", "15.80"),
    ("A-1003", "黄铜球阀", "DN15", "只", "36.00"),
    ("A-1004", "不锈钢法兰", "DN50 PN16", "片", "88.60"),
    ("A-1005", "橡胶密封圈", "Φ32×3.1", "个", "0.85"),
    ("A-1006", "电磁阀", "2W-160-15 24V", "台", "128.00"),
    ("A-1007", "压力表", "0-1.6MPa", "块", "42.30"),
    ("A-1008", "高压软管", "10mm×2m", "根", "56.75"),
    ("A-1009", "快速接头", "PC8-02", "个", "3.20"),
    ("A-1010", "过滤器", "Y型 DN40", "台", "215.00"),
)

_CUSTOMERS = (
    ("C-001", "苏州恒力机电有限公司", "张伟", "13800138000", "江苏省苏州市虎丘区星湖街328号3号厂房", "net30"),
    ("C-002", "成都华川设备制造有限公司", "李静", "13981234567", "四川省成都市武侯区科园南路88号", "net60"),
    ("C-003", "宁波甬江流体科技有限公司", "陈立群", "13567890123", "浙江省宁波市鄞州区启明路818号", "cod"),
    ("C-004", "武汉长江阀门有限公司", "周敏", "18671234509", "湖北省武汉市江夏区藏龙岛九凤街15号", "prepaid"),
)


_FAMILIES = (
    ("六角螺栓", "个", ("M6×20", "M8×30", "M10×40", "M12×50", "M16×60", "M20×80"), "HT{:05d}", 35),
    ("深沟球轴承", "套", ("6203-2RS", "6204-ZZ", "6205-2RS", "6305-C3", "NU208"), "BR-{:04d}", 1260),
    ("气缸", "支", ("SC50×100", "SC63×150", "MAL20×50", "CQ2B32-25"), "SC{:03d}-A", 8650),
    ("接近开关", "只", ("LJ12A3-4-Z/BX", "E2E-X5ME1", "PR18-8DN"), "E2-{:05d}", 4580),
    ("变频器", "台", ("0.75kW 220V", "1.5kW 380V", "7.5kW 380V"), "VF{:04d}H", 128000),
    ("不锈钢弯头", "个", ("DN15 304", "DN25 304", "DN40 316L", "DN50 316L"), "W304-{:03d}", 1680),
    ("三角带", "条", ("A-1500", "B-2240", "SPZ-1000"), "VB/{:04d}", 2350),
    ("液压油", "桶", ("46# 200L", "68# 200L"), "OIL.{:03d}", 226000),
    ("聚氨酯管", "米", ("Φ6×4", "Φ8×5", "Φ10×6.5", "Φ12×8"), "PU{:04d}B", 185),
    ("O型圈", "只", ("20×2.4", "25×3.1", "50×5.7", "G60"), "OR-{:05d}", 42),
)
_MORE_CUSTOMERS = (
    ("苏州恒利机电有限公司", "蒋涛", "13812345670", "江苏省苏州市吴中区越溪街道苏街198号", "net30"),
    ("青岛海川自动化工程有限公司", "宋佳", "15853211268", "山东省青岛市黄岛区前湾港路579号", "net60"),
    ("重庆嘉陵机械厂", "罗刚", "02368801234", "重庆市渝北区金开大道1539号2幢", "prepaid"),
    ("东莞市长安宏达五金制品厂", "梁小姐", "13650180066", "广东省东莞市长安镇振安东路12号C栋", "cod"),
    ("沈阳北方泵业股份有限公司", "孟庆林", "13940056781", "辽宁省沈阳市铁西区开发大路27号", "net90"),
    ("西安启源电气科技有限公司", "高雅", "17792510358", "陕西省西安市雁塔区科技二路65号清华科技园6座", "net30"),
)


@lru_cache(maxsize=1)
def wide() -> Catalogue:
    """Return a larger company: some fifty products with codes of many shapes, ten customers, two of them alike."""
    base = catalogue()
    skus = dict(base.skus)
    for family, (name, unit, specs, code, fen) in enumerate(_FAMILIES):
        for index, spec in enumerate(specs):
            sku = code.format(990 + family * 37 + index * 7)
            price = parse_micro(f"{fen * (10 + 3 * index) / 1000:.2f}")
            skus[sku] = SkuEntry(sku=sku, name=name, spec=spec, unit=unit, list_price=price)
    customers = dict(base.customers)
    for number, (name, contact, phone, address, terms) in enumerate(_MORE_CUSTOMERS, start=5):
        customers[f"C-{number:03d}"] = CustomerEntry(
            code=f"C-{number:03d}",
            name=name,
            contacts=(contact,),
            phones=(phone,),
            addresses=(("", address),),
            payment_terms=terms,
        )
    return Catalogue(skus=skus, customers=customers, sites=base.sites)


def catalogue() -> Catalogue:
    """Return the master data that the sample orders refer to."""
    skus = {
        code: SkuEntry(sku=code, name=name, spec=spec, unit=unit, list_price=parse_micro(price))
        for code, name, spec, unit, price in _SKUS
    }
    customers = {
        code: CustomerEntry(
            code=code,
            name=name,
            contacts=(contact,),
            phones=(phone,),
            addresses=(("", address),),
            payment_terms=terms,
            buyer_skus={f"HL{number:04d}": sku[0] for number, sku in enumerate(_SKUS, start=7001)},
        )
        for code, name, contact, phone, address, terms in _CUSTOMERS
    }
    return Catalogue(skus=skus, customers=customers, sites={"GZ": "广州", "CD": "成都"})
