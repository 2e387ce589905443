"""`python -m bookstore_project.serve`: checks the settings, then becomes gunicorn, with its arguments.

gunicorn reads WEB_CONCURRENCY before any file of the shop, and stops with a traceback if it is not a number.
"""

import os
import sys

from bookstore_project.environment import stop_on_wrong_settings


def main() -> None:
    """Replace this process with gunicorn, which then receives the signals; never returns."""
    with stop_on_wrong_settings(exit_code=1):
        from django.conf import settings  # noqa: PLC0415 (reads them)

        # Its effective value: the variable may have been empty, or read from a file.
        os.environ["WEB_CONCURRENCY"] = str(settings.WEB_CONCURRENCY)
    command = [sys.executable, "-m", "gunicorn", "bookstore_project.wsgi", *sys.argv[1:]]
    os.execv(sys.executable, command)  # noqa: S606 (a fixed program; the arguments are the operator's)


if __name__ == "__main__":
    main()
