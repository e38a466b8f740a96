"""Packages of Debian and Ubuntu: installed where that is allowed, named where it is not."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence

# Off-screen OpenGL for Slicer's views, and what Qt needs to draw widgets without a display.
HOST_PACKAGES = (
    "libegl1",
    "libegl-mesa0",
    "libgl1",
    "libgl1-mesa-dri",
    "libfontconfig1",
    "libfreetype6",
    "libxkbcommon0",
    "libdbus-1-3",
    "libglib2.0-0",
    "fonts-dejavu-core",
)


def ensure(packages: Sequence[str], say: Callable[[str], None]) -> None:
    """Install the packages that are missing, or print the line that does; never fails.

    On a system without dpkg nothing is known and nothing is done.
    """
    wanted = missing(packages)
    if not wanted:
        return
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *wanted]
    right = right_to_install()
    if right is None:
        say(f"  missing on this system; please run: sudo {' '.join(install)}")
        return
    say(f"  installing {' '.join(wanted)} with apt-get ...")
    quiet = {
        "stdout": subprocess.DEVNULL,
        "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    }
    subprocess.run([*right, "apt-get", "update"], **quiet)
    if subprocess.run([*right, *install], **quiet).returncode != 0:
        say(f"  that failed; please run: sudo {' '.join(install)}")


def missing(packages: Sequence[str]) -> list[str]:
    """Those of `packages` that neither are installed nor are provided by an installed one."""
    if not packages or shutil.which("dpkg-query") is None:
        return []
    form = "${db:Status-Status}\t${Package}\t${Provides}\n"
    listed = subprocess.run(["dpkg-query", "-W", f"-f={form}"], capture_output=True, text=True)
    present = provided_names(listed.stdout)
    return [name for name in packages if name not in present]


def provided_names(listing: str) -> set[str]:
    """Names of the installed packages and of what they stand for, from dpkg's listing.

    Ubuntu's libglib2.0-0t64, for example, provides libglib2.0-0.
    """
    names: set[str] = set()
    for line in listing.splitlines():
        status, package, provides = (line.split("\t") + ["", ""])[:3]
        if status == "installed":
            names.add(package)
            names.update(entry.split()[0] for entry in provides.split(",") if entry.strip())
    return names


def right_to_install() -> list[str] | None:
    """What to put before apt-get: nothing for root, sudo where it asks for no password."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None
