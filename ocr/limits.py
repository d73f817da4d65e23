"""The fences that a reader process puts around itself before it looks at any foreign byte."""

from __future__ import annotations

import resource
from pathlib import Path

READER_BYTES = 2 * 1024**3
"""Address space of a recogniser. Its resident memory stays below `RECYCLE_BYTES`; the models map about 1.3 GB."""
PDF_BYTES = 1024**3
FILE_BYTES = 160 * 1024**2
RECYCLE_BYTES = 900 * 1024**2
CPU_PER_PAGE_S = 60
PDF_CPU_S = 20


def fence(address_space: int) -> None:
    """Limit memory, file size and core dumps of this process, for good."""
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_cpu(seconds: int) -> None:
    """Let this process burn ``seconds`` more of CPU; the kernel stops it after that."""
    soft = int(_own_cpu_s()) + seconds + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_seconds() -> float:
    """Return the CPU that this process and its ended children (Tesseract) have used."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return _own_cpu_s() + children.ru_utime + children.ru_stime


def resident_bytes() -> int:
    """Return the highest resident memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
