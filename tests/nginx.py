"""nginx in front of the shop, set up by docs/nginx.conf; `python -m tests.nginx` installs it if missing."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from tests import debian, postgresql, programs

CONFIGURATION = programs.PROJECT / "docs" / "nginx.conf"


@contextmanager
def before(shop, *, folder, media="/nonexistent"):
    """Yield the port of an nginx in front of the shop at port `shop`; its files are in `folder`."""
    port = postgresql.free_port()
    Path(folder).mkdir()
    places = {
        "web:8000": f"127.0.0.1:{shop}",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "/tmp/nginx.pid": f"{folder}/pid",  # noqa: S108 (what the configuration says)
        "/var/cache/nginx/": f"{folder}/",
        "/data/media/": f"{media}/",
        # So long that what a test sees on a busy machine is never nginx giving up on a visitor.
        "client_body_timeout 30s;": "client_body_timeout 10m;",
        "send_timeout 30s;": "send_timeout 10m;",
    }
    text = CONFIGURATION.read_text()
    for theirs, ours in places.items():
        if theirs not in text:
            raise AssertionError(f"docs/nginx.conf no longer says {theirs}")
        text = text.replace(theirs, ours)
    Path(folder, "nginx.conf").write_text(text)
    # Started as root, nginx would run its workers as a user who may not enter this folder.
    who = "user root; " if os.geteuid() == 0 else ""
    command = [find_nginx(), "-c", f"{folder}/nginx.conf", "-e", f"{folder}/log", "-g", f"{who}daemon off;"]
    with Path(folder, "output").open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        programs.wait_for(lambda: programs.get(port, "/healthz/").status == 200, process, f"{folder}/output")
        yield port
    finally:
        process.terminate()
        process.wait(programs.SECONDS)


def find_nginx():
    """Return the path of nginx, or None; Debian installs it in a folder that is only on root's PATH."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def main():
    """Install nginx if it is missing, or say how."""
    if not find_nginx():
        debian.install("nginx-light", "The tests need nginx, for instance from: apt-get install nginx-light")


if __name__ == "__main__":
    main()
