"""No test uses the network: sockets reach the loopback and nothing else."""

import ipaddress
import socket
import sys

LOOPBACK_NAMES = {None, "", "localhost", "testserver"}


class ForeignAddress(Exception):
    """A test tried to leave this machine."""


def refuse_all_but_loopback():
    """Watch every socket of this process: no library can bypass an audit hook, and no test can forget it."""
    sys.addaudithook(_watch)


def _watch(event, arguments):
    if event == "socket.getaddrinfo":
        _refuse_foreign(arguments[0])
    elif event in {"socket.connect", "socket.sendto"} and arguments[0].family != socket.AF_UNIX:
        _refuse_foreign(arguments[1][0])


def _refuse_foreign(host):
    name = host.decode() if isinstance(host, bytes) else host
    if name in LOOPBACK_NAMES:
        return
    try:
        here = ipaddress.ip_address(name).is_loopback
    except ValueError:
        here = False
    if not here:
        raise ForeignAddress(f"Tests stay on this machine; {name} is not on it.")
