"""Whether the parts of the local stack do their work: asked from outside, as their users ask."""

from typing import Any

from compose.api_client import ask
from compose.errors import QueryError
from compose.stack import Stack

_TIMEOUT_S = 5.0


def serves(stack: Stack) -> bool:
    """Whether the API answers and reaches the broker and the view store."""
    try:
        ask(stack.address, "readyz", timeout_s=_TIMEOUT_S)
    except QueryError:
        return False
    return True


def watched_cameras(stack: Stack) -> set[tuple[str, str]]:
    """Site and camera of those whose frames reach the engine now, as the API tells it."""
    token = stack.settings.api_token
    found = set()
    for site in {site for site, _ in stack.feeds.ids}:
        try:
            answer = ask(
                stack.address,
                f"v1/sites/{site}",
                token=token.get_secret_value() if token else None,
                timeout_s=_TIMEOUT_S,
            )
        except QueryError:
            continue
        found |= {(site, one["camera"]) for one in answer["cameras"] if _reaches_engine(one)}
    return found


def _reaches_engine(camera: dict[str, Any]) -> bool:
    return camera["state"] == "live" and "engine" in camera["counters"]
