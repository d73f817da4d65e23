"""Which product a line means: free text never becomes a SKU (MAP-09); what is unknown gets candidates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from intake.fields import words
from intake.fields.found import Found, LineFound
from intake.known.match import Index, key, named_sku, nearest_skus, sku_of_code
from intake.values.unit import same_unit
from ocr.layout.rows import Cell
from orders.money import price_text

if TYPE_CHECKING:
    from orders.catalogue import CustomerEntry, SkuEntry

_FOLD = str.maketrans("oqdil|sbzga·•.—–_~≠x", "000111582" + "94" + "-------××")
_SPEC_WORD = re.compile(r"[\s,，;；]*(?:规格|型号|规格型号|spec)\s*[:：]\s*", re.IGNORECASE)
_NEAR, _MARGIN, _SAME_NAME, _OTHER_NAME, _NEAR_TEXT, _LIKE = 85.0, 5.0, 88.0, 60.0, 66.0, 60.0


def fold(code: str) -> str:
    """Return the code with look-alike letters as the digits they look like."""
    return key(code).translate(_FOLD)


def _bare(code: str) -> str:
    """Return the folded code without the strokes that a blurred print loses."""
    return re.sub(r"[-/ ]", "", fold(code))


def resolve(line: LineFound, index: Index, customer: CustomerEntry | None) -> SkuEntry | None:
    """Put ``sku`` (perhaps without a value) and ``buyer_sku`` into the line; return the product if one is taken."""
    code, name = line.get("code"), line.get("name")
    cell, page = _place(line)
    entry, found = _by_code(code, name, index, customer) if code is not None else (None, None)
    if found is None and name is not None and name.value and (code is None or not key(code.value)):
        entry = named_sku(name.value, _value(line, "spec"), index)
        if entry is not None:
            found = Found(entry.sku, name.cell, name.page, proofs=[words.NAME_KNOWN], doubts=[words.BY_NAME])
    if found is None and code is not None and (entry := _by_goods(line, index)) is not None:
        found = Found(entry.sku, code.cell, code.page, doubts=[words.NEAREST])
    if found is None and name is not None and name.value and (entry := _by_name(line, index)) is not None:
        found = Found(entry.sku, (code or name).cell, (code or name).page, doubts=[words.BY_NAME])
    if found is None:
        hint = " ".join(filter(None, (_value(line, "code"), _value(line, "name"), _value(line, "spec"))))
        found = Found(None, cell, page, doubts=[words.UNKNOWN_SKU], alternatives=list(nearest_skus(hint, index)))
    line["sku"] = found
    if code is not None and code.value and (entry is None or words.BUYER_CODE in found.proofs):
        line.setdefault("buyer_sku", Found(code.value, code.cell, code.page, proofs=list(found.proofs)))
    if entry is not None:
        _compare(line, entry, customer)
    return entry


def _by_name(line: LineFound, index: Index) -> SkuEntry | None:
    """Return the product of this name where the code is the customer's own, or a grade in its place: 环氧树脂 E-51.

    A specification may say more than the product's own (5L×4 for 5L), not something else. Always to be confirmed.
    """
    name, said = _value(line, "name") or "", [_value(line, "spec"), _value(line, "code")]
    for one in said:
        if one and (entry := named_sku(name, one, index)) is not None:
            return entry
    spec = key(said[0])
    entries = [index.catalogue.skus[code] for code in index.skus_by_name.get(key(name), ())]
    fitting = [entry for entry in entries if not spec or not entry.spec or spec.startswith(key(entry.spec))]
    return fitting[0] if len(fitting) == 1 else None


def _by_goods(line: LineFound, index: Index) -> SkuEntry | None:
    """Return the one product whose name and specification these are and whose code is not unlike the one read."""
    name, spec, code = line.get("name"), _value(line, "spec"), _value(line, "code") or ""
    alike = [
        entry
        for entry in index.catalogue.skus.values()
        if fuzz.ratio(_bare(entry.sku), _bare(code)) >= _LIKE
        and (
            (spec is not None and fold(spec) == fold(entry.spec or "") and _agree(name, entry) >= _SAME_NAME)
            or (spec is None and _agree(name, entry) >= 100.0)
        )
    ]
    return alike[0] if len(alike) == 1 else None


def _value(line: LineFound, field: str) -> str | None:
    return line[field].value if field in line else None


def _place(line: LineFound) -> tuple[Cell, int]:
    for field in ("code", "name", "quantity"):
        if field in line:
            return line[field].cell, line[field].page
    return Cell(), 0


def _by_code(
    code: Found, name: Found | None, index: Index, customer: CustomerEntry | None
) -> tuple[SkuEntry | None, Found | None]:
    """Try the code as ours, as the customer's, through look-alikes, then as the nearest one with the same name."""
    text = code.value or ""
    if (entry := sku_of_code(text, index)) is not None:
        return entry, _taken(code, entry, name, words.CODE_KNOWN)
    if (entry := index.catalogue.skus.get(index.sku_by_gtin.get(key(text), ""))) is not None:
        return entry, _taken(code, entry, name, words.CODE_KNOWN)
    theirs = {key(their): our for their, our in customer.buyer_skus.items()} if customer else {}
    if (entry := index.catalogue.skus.get(theirs.get(key(text), ""))) is not None:
        return entry, _taken(code, entry, name, words.BUYER_CODE)
    alike = [entry for entry in index.catalogue.skus.values() if _bare(entry.sku) == _bare(text)]
    if len(alike) == 1:
        found = _taken(code, alike[0], name, words.CODE_KNOWN)
        (found.prove if _agree(name, alike[0]) >= _SAME_NAME else found.doubt)(words.LOOKALIKE)
        return alike[0], found
    return _nearest(code, name, index)


def _nearest(code: Found, name: Found | None, index: Index) -> tuple[SkuEntry | None, Found | None]:
    """Take the nearest code only when it stands clear of the second and the name says the same; always confirmed."""
    hits = process.extract(
        fold(code.value or ""), {sku: fold(sku) for sku in index.catalogue.skus}, scorer=fuzz.ratio, limit=2
    )
    if not hits or hits[0][1] < _NEAR or (len(hits) > 1 and hits[0][1] - hits[1][1] < _MARGIN):
        return None, None
    entry = index.catalogue.skus[hits[0][2]]
    if _agree(name, entry) < _SAME_NAME:
        return None, None
    return entry, Found(entry.sku, code.cell, code.page, doubts=[words.NEAREST])


def _taken(code: Found, entry: SkuEntry, name: Found | None, proof: str) -> Found:
    found = Found(entry.sku, code.cell, code.page, proofs=[proof])
    if name is not None and name.value and _agree(name, entry) < _OTHER_NAME:
        found.doubt(words.CODE_NAME_DIFFER)
    return found


def _agree(name: Found | None, entry: SkuEntry) -> float:
    """Return how alike the printed name and the product's names are, 0–100."""
    if name is None or not name.value:
        return 0.0
    known = (entry.name, f"{entry.name}{entry.spec or ''}", *entry.aliases)
    said = (name.value, _SPEC_WORD.split(name.value)[0])
    return max(fuzz.ratio(fold(one), fold(other)) for one in said for other in known)


def _spelled(found: Found, known: str, *, sure: bool) -> None:
    """Compare a text with the master data's: as it is but for look-alikes, so near that it is meant, or another one.

    The master's spelling is taken only when the code is beyond doubt; a near one is shown for a person to confirm,
    with what was read beside it.
    """
    read = found.value or ""
    if sure and read and fold(read) == fold(known):
        found.value = known
        found.prove(words.NAME_KNOWN, words.LOOKALIKE)
        return
    found.doubt(words.NAME_DIFFERS)
    if sure and read and fuzz.ratio(fold(read), fold(known)) >= _NEAR_TEXT:
        found.value = known
        found.alternatives.append(read)
    else:
        found.alternatives.append(known)


def _match_code(line: LineFound, entry: SkuEntry) -> None:
    """Let name and specification speak for the code: as in the master they prove it, another one doubts it."""
    sku, name, spec = line.get("sku"), line.get("name"), line.get("spec")
    if sku is None or name is None or words.NAME_KNOWN not in name.proofs:
        return
    if not entry.spec or (spec is not None and words.NAME_KNOWN in spec.proofs):
        sku.prove(words.NAME_KNOWN)
    elif spec is not None and spec.value and spec.value != entry.spec:
        sku.doubt(words.CODE_NAME_DIFFER)


def _split_name(line: LineFound, entry: SkuEntry) -> None:
    """Take name and specification apart where one cell holds both: 过滤器 Y型 DN40, 电磁阀 规格: 2W-160."""
    name = line.get("name")
    if name is None or not name.value or "spec" in line:
        return
    head, _, rest = _SPEC_WORD.sub("\n", name.value).partition("\n")
    if not rest and fold(name.value).startswith(fold(entry.name)):
        rest = _after(name.value, entry.name)
        head = name.value[: len(name.value) - len(rest)]
    if rest.strip():
        name.value = head.strip()
        line["spec"] = Found(rest.strip(), name.cell, name.page)


def _after(text: str, name: str) -> str:
    """Return what follows a name in a text that may have blanks inside."""
    left = len(key(name))
    for index, char in enumerate(text):
        if left == 0:
            return text[index:]
        left -= 0 if char.isspace() else 1
    return ""


def _compare(line: LineFound, entry: SkuEntry, customer: CustomerEntry | None) -> None:
    """Compare the other values of the line with the product's own."""
    _split_name(line, entry)
    sure = "sku" in line and not line["sku"].doubts
    if (name := line.get("name")) is not None:
        same = key(name.value) in {key(entry.name), key(f"{entry.name}{entry.spec or ''}"), *map(key, entry.aliases)}
        if same:
            name.value = entry.name if key(name.value) == key(entry.name) else name.value
            name.prove(words.NAME_KNOWN)
        else:
            _spelled(name, entry.name, sure=sure)
    if (spec := line.get("spec")) is not None and entry.spec:
        if key(spec.value) == key(entry.spec):
            spec.value = entry.spec
            spec.prove(words.NAME_KNOWN)
        else:
            _spelled(spec, entry.spec, sure=sure)
    _match_code(line, entry)
    if "unit" not in line and (quantity := line.get("quantity")) is not None:
        line["unit"] = Found(entry.unit, Cell(), quantity.page, doubts=[words.UNIT_ASSUMED])
    elif (unit := line.get("unit")) is not None and unit.value:
        same = same_unit(unit.value, entry.unit)
        (unit.prove if same else unit.doubt)(words.UNIT_KNOWN if same else words.UNIT_DIFFERS)
    price = line.get("unit_price")
    known = {entry.list_price, customer.contract_prices.get(entry.sku) if customer else None} - {None}
    if price is not None and price.value in {price_text(one) for one in known if one is not None}:
        price.prove(words.PRICE_KNOWN)
