"""The doors and outlets: mapping, platform to order, deliveries answered, robots, and outlets that fail.

`make bench-doors` runs every part in full (a quarter of an hour on two cores); `--small` runs each with small numbers,
`--only NAME` one of them. Exit code 1 where something was lost or a target that does not depend on the machine missed.
"""

from __future__ import annotations

import argparse
import logging
import sys
from typing import TYPE_CHECKING, Any

from bench.doors import deliveries, failing, mapping, pulling, robots
from bench.report import save

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "mapping": mapping.measure,
    "pulling": pulling.measure,
    "deliveries": deliveries.measure,
    "robots": robots.measure,
    "failing": failing.measure,
}


def main() -> int:
    """Run the parts, save the figures of a full run."""
    parser = argparse.ArgumentParser(prog="python -m bench.doors", description=__doc__)
    parser.add_argument("--small", action="store_true", help="small numbers, nothing is saved")
    parser.add_argument("--only", choices=sorted(PARTS), action="append", help="this part alone; may be repeated")
    parser.add_argument("--orders", type=int, help="orders that the failing outlets get; nothing is saved")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # of failures there are thousands
    found = {
        name: PARTS[name](small=options.small, **({"orders": options.orders} if name == "failing" else {}))
        for name in PARTS
        if not options.only or name in options.only
    }
    missed = [f"{name}: {said}" for name, told in found.items() for said in told.pop("missed")]
    if not options.small and options.orders is None:
        save("doors" if not options.only else f"doors-{'-'.join(options.only)}", found)
    for said in missed:
        print(f"✗ {said}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
