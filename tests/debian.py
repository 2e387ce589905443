"""Programs that tests need and that no Python package contains."""

import os
import shutil
import subprocess
import sys


def install(package, otherwise):
    """Install a Debian package; if that is not possible, exit with the sentence `otherwise`."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(otherwise)
    quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
    print(f"Installing {package} ...", flush=True)
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        subprocess.run(["apt-get", "--quiet", *arguments], check=True, **quiet)
