"""Who may ask: everybody on this machine, or who knows the token."""

import hmac

from fastapi import Request

from serve.api.errors import MissingToken
from serve.api.settings import ApiSettings

_SCHEME = "bearer "


async def require_token(request: Request) -> None:
    """Let a request pass that carries the token, or any if none is set.

    Raises:
        MissingToken: If the token is missing or another one; it never says which came.
    """
    settings: ApiSettings = request.app.state.settings
    if settings.api_token is None:
        return
    header = request.headers.get("authorization", "")
    given = header[len(_SCHEME) :] if header.lower().startswith(_SCHEME) else ""
    expected = settings.api_token.get_secret_value()
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise MissingToken(
            "authorization",
            expected="the header `Authorization: Bearer` with the token of FOOTFALL_API_TOKEN",
            got="another token" if given else "none",
        )
