"""Prints the environment in which Python keeps its objects on huge pages, where this machine has them.

The simulations walk millions of small objects. On a virtual machine most of their time is spent on looking up where
these are: with pages of 2 MiB the same tests take half to two thirds of the CPU. Needs Linux and glibc 2.35; elsewhere
it prints nothing. Only for what runs long: a process that ends at once is slower by it.
"""

import platform
import sys
from pathlib import Path

MODES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
# Python's own allocator asks for pages of 4 KiB, glibc's for huge ones; one arena, since one thread runs at a time.
ENVIRONMENT = "PYTHONMALLOC=malloc GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1"
_FIRST_GLIBC = (2, 35)


def find_environment(library: tuple[str, str], modes: str) -> str:
    """Return assignments for `env`, or nothing; `library` is what platform.libc_ver() says, `modes` the kernel's."""
    name, version = library
    if name != "glibc" or tuple(int(part) for part in version.split(".")[:2]) < _FIRST_GLIBC:
        return ""
    return "" if "[never]" in modes or not modes else ENVIRONMENT


if __name__ == "__main__":
    found = find_environment(platform.libc_ver(), MODES.read_text(encoding="ascii") if MODES.exists() else "")
    sys.stdout.write(f"{found}\n")
