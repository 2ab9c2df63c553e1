"""Keeps Serve's replicas on loopback where Ray is one that was started here.

Ray Serve 2.60 opens a port in every replica for calls between replicas, on all interfaces and
without a setting; who reaches it can run code. Nothing here uses it from elsewhere.
"""

from typing import Any

from ray._common import tls_utils

_EVERYWHERE = "[::]"
_LOOPBACK = "127.0.0.1"


def keep_replicas_on_loopback() -> None:
    """The replicas of this process will listen on loopback; Ray runs it first in every worker."""
    add_port: Any = tls_utils.add_port_to_grpc_server

    def add_loopback_port(server: Any, address: str) -> int:
        port: int = add_port(server, address.replace(_EVERYWHERE, _LOOPBACK))
        return port

    # Serve's replicas are imported later and take the function from here.
    tls_utils.add_port_to_grpc_server = add_loopback_port
