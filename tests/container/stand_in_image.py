"""The base image: the real one where it can be pulled, else a stand-in made of this machine's own files."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.container.docker_daemon import Docker, NoDockerError

REAL = "python:3.13-slim"
STAND_IN = "spotaction-stand-in-python"
OLDEST = (3, 11)
BEST = (3, 13)
TOOLS = ("sh", "env", "rm", "chmod", "ls", "cat", "sleep")
# Looked up at run time: names of hosts, what wheels were linked with before glibc took it in, and the C++ library that
# RE2 needs and Debian's slim image has for apt.
BESIDE_LIBC = (
    "libnss_files.so.2",
    "libnss_dns.so.2",
    "libresolv.so.2",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "libgcc_s.so.1",
    "libstdc++.so.6",
)
# As the official image: no bytecode, no tests, nothing to build extensions or windows with.
LEFT_OUT = ("test", "tests", "idle_test", "idlelib", "tkinter", "turtledemo", "__pycache__", "config-*", "libpython*.a")


def base_image(docker: Docker, folder: Path) -> str:
    """The name of an image to build on. Raises `NoDockerError` when there is none to be had."""
    wanted = os.environ.get("BASE_IMAGE", REAL)
    if docker("images", "--quiet", wanted) or docker("pull", "--quiet", wanted, check=False).strip().endswith(wanted):
        return wanted
    interpreter = _interpreter()
    root = folder / "rootfs"
    shutil.rmtree(root, ignore_errors=True)
    _fill(root, interpreter)
    archive = folder / "rootfs.tar"
    subprocess.run(["tar", "-C", str(root), "-cf", str(archive), "."], check=True)  # noqa: S603, S607
    changes = ["ENV PATH=/usr/local/bin:/usr/bin:/bin", "ENV LANG=C.UTF-8", 'CMD ["python3"]']
    docker("import", *(part for change in changes for part in ("-c", change)), str(archive), STAND_IN)
    return STAND_IN


def _interpreter() -> Path:
    """The installation prefix of the best Python here that can be moved elsewhere: a distribution's own cannot."""
    found = {prefix: version for prefix, version in _installed() if version >= OLDEST and prefix != Path("/usr")}
    if not found:
        raise NoDockerError(f"{REAL} cannot be pulled, and no Python of this machine can stand in for it")
    return max(found, key=lambda prefix: (found[prefix] == BEST, found[prefix]))


def _installed() -> Iterator[tuple[Path, tuple[int, int]]]:
    yield Path(sys.base_prefix), sys.version_info[:2]
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    candidates = [*versions.glob("*/bin/python3"), *(Path(folder) / "python3.13" for folder in os.get_exec_path())]
    for candidate in candidates:
        done = (
            subprocess.run(  # noqa: S603 - interpreters of this machine
                [str(candidate), "-c", "import sys; print(sys.base_prefix, *sys.version_info[:2])"],
                capture_output=True,
                text=True,
                check=False,
            )
            if candidate.is_file()
            else None
        )
        if done and done.returncode == 0:
            prefix, major, minor = done.stdout.rsplit(maxsplit=2)
            yield Path(prefix), (int(major), int(minor))


def _fill(root: Path, interpreter: Path) -> None:
    for folder in ("usr/bin", "usr/lib", "usr/lib64", "usr/local/bin", "etc/ssl/certs", "tmp", "root", "proc", "dev"):
        (root / folder).mkdir(parents=True)
    for name in ("bin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    version = max(path.name for path in (interpreter / "lib").glob("python3.*"))
    ignore = shutil.ignore_patterns(*LEFT_OUT)
    shutil.copytree(interpreter / "lib" / version, root / "usr/local/lib" / version, ignore=ignore, symlinks=True)
    _empty_packages(root / "usr/local/lib" / version / "site-packages")
    python = shutil.copy2((interpreter / "bin" / version).resolve(), root / "usr/local/bin" / version)
    for name in ("python3", "python"):
        (root / "usr/local/bin" / name).symlink_to(version)
    tools = [_tool(name) for name in TOOLS]
    for tool in tools:
        shutil.copy2(tool.resolve(), root / "usr/bin" / tool.name)
    binaries = [interpreter / "bin" / version, *(interpreter / "lib" / version / "lib-dynload").glob("*.so"), *tools]
    for library in _libraries(binaries):
        _place(library, root)
    assert Path(python).exists()
    _settings(root)


def _empty_packages(packages: Path) -> None:
    """Only pip, as in the official image."""
    for path in packages.iterdir():
        if path.name != "pip" and not path.name.startswith("pip-"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _tool(name: str) -> Path:
    found = shutil.which(name)
    assert found, f"{name} is missing"
    return Path(found)


def _libraries(binaries: Iterable[Path]) -> set[Path]:
    """What the dynamic linker loads for them, and what belongs to libc."""
    told = subprocess.run(  # noqa: S603
        ["ldd", *map(str, binaries)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = {
        Path(word) for line in told.splitlines() for word in line.split() if word.startswith("/") and ":" not in word
    }
    beside = {path.parent / name for path in found if path.name == "libc.so.6" for name in BESIDE_LIBC}
    return {path for path in found | beside if path.exists()}


def _place(library: Path, root: Path) -> None:
    """Where the linker looks by itself; a library of the interpreter's own prefix moves there."""
    system = any(library.is_relative_to(folder) for folder in ("/lib", "/lib64", "/usr/lib"))
    folder = root / "usr" / str(library.parent if system else Path("/lib")).removeprefix("/usr").lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy2(library.resolve(), folder / library.name)


def _settings(root: Path) -> None:
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n", encoding="utf-8")
    (root / "etc/group").write_text("root:x:0:\n", encoding="utf-8")
    (root / "etc/nsswitch.conf").write_text("hosts: files dns\n", encoding="utf-8")
    bundle = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
    shutil.copy2(bundle.resolve(), root / "etc/ssl/certs/ca-certificates.crt")
    # pip brings authorities of its own; where this machine trusts others, so has the build.
    (root / "etc/pip.conf").write_text("[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n", encoding="utf-8")
