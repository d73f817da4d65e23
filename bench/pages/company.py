"""The company that the sample orders are placed with: its catalogue and its customers."""

from __future__ import annotations

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
