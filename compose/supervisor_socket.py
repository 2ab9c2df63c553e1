"""Supervisor's own interface, XML-RPC over a Unix socket.

Its package has a client too, which leaves sockets open when nobody listens yet.
"""

import http.client
import socket
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def asking(path: Path) -> Iterator[Any]:
    """Supervisor's interface behind a socket; its methods are those of the manual."""
    # The address is only for the request's header: the connection goes to the socket.
    with xmlrpc.client.ServerProxy("http://localhost", transport=_Transport(path)) as server:
        yield server.supervisor


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: tuple[str, dict[str, str]] | str) -> http.client.HTTPConnection:
        # Kept where the base class looks for the connection to use again and to close.
        if self._connection[1] is None:
            self._connection = host, _Connection(str(host), self._path)
        connection = self._connection[1]
        assert connection is not None  # noqa: S101 - made just now
        return connection


class _Connection(http.client.HTTPConnection):
    def __init__(self, host: str, path: Path) -> None:
        super().__init__(host)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.sock.close()
            raise
