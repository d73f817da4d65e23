"""All benchmarks, one after the other, each in a process of its own: `make bench`."""

from __future__ import annotations

import subprocess
import sys

PARTS = ("decisions", "orders", "ocr")


def main() -> int:
    """Run them; exit 1 if one failed."""
    failed = []
    for part in PARTS:
        print(f"\n═══ {part} ═══", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{part}"]).returncode:
            failed.append(part)
    if failed:
        print(f"\n✗ {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
