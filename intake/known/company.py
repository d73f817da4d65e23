"""How people shorten a company's name: 苏州恒力机电有限公司 → 恒力机电, 苏州恒力, 恒力 (NL-01).

A short name is weak evidence: it proposes a customer, a person confirms. Knows nothing of the catalogue.
"""

from __future__ import annotations

import re
from functools import lru_cache

from intake.known.division import divisions

_LEGAL = re.compile(
    r"[(（][^()（）]{1,12}[)）]|(?:股份有限|有限责任|集团有限|有限|集团|总)?公司$|集团$|(?:商行|经营部|工作室|事务所|办事处|门市部)$"
)
_TRADE = re.compile(
    r"(?:自动化|机电|机械|设备|仪器|仪表|五金|科技|技术|电子|电气|电器|实业|阀门|制造|工业|材料|新材料|工程|化工|贸易|商贸|进出口|国际"
    r"|精密|模具|塑胶|塑料|橡胶|金属|钢铁|汽车|零部件|配件|流体|控制|系统|智能|信息|网络|发展|投资|物流|供应链|环保|能源|医疗|医药"
    r"|器械|食品|建材|建设|安装|装饰|包装|印刷|纺织|服饰|服装|家具|光电|半导体|厂|工厂|总厂)+$"
)
_TOO_COMMON = frozenset(
    [
        "中国",
        "中华",
        "东方",
        "南方",
        "北方",
        "大众",
        "公司",
        "工厂",
        "贸易",
        "机电",
        "机械",
        "五金",
        "科技",
        "我们",
        "今天",
        "明天",
        "上海",
        "北京",
    ]
)


@lru_cache(maxsize=20_000)
def short_names(name: str) -> frozenset[str]:
    """Return the ways to shorten a company's name, two characters at least; none for a name in Latin letters."""
    body = _LEGAL.sub("", _LEGAL.sub("", name.strip())).strip()
    if not re.search(r"[\u4e00-\u9fff]", body):
        return frozenset()
    place = _place(body)
    core = body[len(place) :]
    brand = _TRADE.sub("", core)
    found = {body, core, brand, place + brand} if brand else {body}
    return frozenset(word for word in found if len(word) >= 2 and word not in _TOO_COMMON and word != place)


def _place(body: str) -> str:
    """Return the city or province that the name begins with; empty if none."""
    known = divisions()
    for table in (known.city_names, known.province_names, known.area_names):
        for length in table.lengths.get(body[:2], ()):
            if body[:length] in table.names and len(body) > length:
                return body[:length]
    return ""
