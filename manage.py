#!/usr/bin/env python
"""Django's command line for this project."""

import sys

from bookstore_project.environment import stop_on_wrong_settings


def main():
    with stop_on_wrong_settings(exit_code=1):
        from django.core.management import execute_from_command_line  # noqa: PLC0415 (reads settings)

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
