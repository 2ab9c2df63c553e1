"""Questions to the API over HTTP, as any reader asks them; never through a proxy."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from compose.errors import QueryError

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(
    address: str,
    path: str,
    *,
    parameters: Mapping[str, str] | None = None,
    token: str | None = None,
    timeout_s: float = 10.0,
) -> Any:
    """The API's answer to a question, as JSON.

    Args:
        address: Where the API is, `http://host:port/`.
        path: The question, such as `v1/sites`.
        parameters: Of the question.
        token: Bearer token, if the API wants one.
        timeout_s: Patience, s.

    Raises:
        QueryError: If nobody answers, or the answer is a refusal; says which.
    """
    url = address.rstrip("/") + "/" + path + ("?" + urlencode(parameters) if parameters else "")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - an address the user gave
    try:
        with _opener.open(request, timeout=timeout_s) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            raise QueryError(_refusal(url, error)) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise QueryError(
            f"The API does not answer at {address}: {reason}. Start it with `footfall up`, or say "
            "with --api where it is."
        ) from error


def _refusal(url: str, error: urllib.error.HTTPError) -> str:
    try:
        problem = json.load(error)["error"]
    except (ValueError, KeyError, TypeError):
        return f"The API answered {error.code} to {url}."
    hint = " Set FOOTFALL_API_TOKEN." if error.code == 401 else ""
    return (
        f"The API answered {error.code} to {url}: {problem['field']}: expected "
        f"{problem['expected']}, got {problem['got']}.{hint}"
    )
