"""Sites that rules send goods to: only master data knows which there are, so whoever checks brings their codes.

Place in the order's way: before it, while authors write, beside `rules.limits`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.text.source import nearest, read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from rules.text.source import Place, Value

SHOWN = 10
"""So many of the known sites a refusal names."""


def check_sites(files: Mapping[str, str], known: Collection[str]) -> None:
    """Refuse the first site of files that compile which is not among the known ones. Raises RuleAuthorError."""
    some, more = sorted(known)[:SHOWN], (" …", " 等") if len(known) > SHOWN else ("", "")
    for site, place in named_sites(files):
        if site not in known:
            place.refuse(
                f"the master data has no site {site}, but {', '.join(some)}{more[0]}; add a new one there first",
                f"主数据里没有仓库 {site}，已有 {'、'.join(some)}{more[1]}；新仓请先在主数据里建好",
                nearest(site, known),
            )


def named_sites(files: Mapping[str, str]) -> Iterator[tuple[str, Place]]:
    """Yield each site that a rule of files that compile may route to: as written, of a parameter, or of a table."""
    tops = {name: dict(_keys(read_yaml(name, text))) for name, text in sorted(files.items())}
    tables = {table: body for top in tops.values() if "tables" in top for table, body in _keys(top["tables"])}
    for top in tops.values():
        params = dict(_keys(top["params"])) if "params" in top else {}
        for rule in top["rules"].items() if "rules" in top else ():
            keys = dict(_keys(rule))
            called = {name: tables.get(fact.text()) for name, fact in _keys(keys["with"])} if "with" in keys else {}
            for effect in keys["then"].items():
                for kind, body in _keys(effect):
                    if kind == "route":
                        yield from _sites(body, params, {**tables, **called})


def _sites(body: Value, params: Mapping[str, Value], tables: Mapping[str, Value | None]) -> Iterator[tuple[str, Place]]:
    text = body.text()
    fact, _, column = text.partition(".")
    if body.quoted or ("." not in text and not text.startswith("$")):
        yield text, body.place
    elif text.startswith("$"):
        param = params[text[1:]]
        found = dict(_keys(param))["value"] if param.is_map else param
        if found.is_text:
            yield found.text(), found.place
    elif (table := tables.get(fact)) is not None:
        keys = dict(_keys(table))
        at = [name for name, _ in _keys(keys["columns"])].index(column)
        cells = (row.items()[at] for row in keys["rows"].items())
        yield from ((cell.text(), cell.place) for cell in cells if not cell.is_null())


def _keys(value: Value) -> Iterator[tuple[str, Value]]:
    return ((key.text(), item) for key, item in value.pairs())
