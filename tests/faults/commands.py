"""`python -m tests.faults.commands`: runs manage.py's commands without starting Python for each.

Django is loaded once. Each connection to the printed port is served by a fork, which reads one line, a list
of arguments, prints its process id, runs the command and prints the result; nothing more if it is killed.
"""

import gc
import json
import os
import socketserver
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from io import StringIO

import django
from django.core.management import execute_from_command_line
from django.db import connections


class Server(socketserver.ForkingTCPServer):
    max_children = 64


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        arguments = json.loads(self.rfile.readline())
        self._say(os.getpid())
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            returncode = _run(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            said = [file.seek(0) or file.read() for file in (out, err)]
        self._say({"returncode": returncode, "stdout": said[0], "stderr": said[1]})

    def _say(self, what):
        self.wfile.write(json.dumps(what).encode() + b"\n")


def _run(arguments):
    try:
        execute_from_command_line(["manage.py", *arguments])
    except SystemExit as ended:
        return ended.code or 0
    return 0


def _load_what_commands_need():
    """Run the command that imports most; in a thread, so that no fork uses its connections."""
    with redirect_stdout(StringIO()), ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: (_run(["money_doctor"]), connections.close_all())).result()
    gc.freeze()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookstore_project.settings")
    django.setup()
    _load_what_commands_need()
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever(poll_interval=0.1)
