"""Errors that the API answers with, each with its HTTP status.

ServeError
└── ApiError                 names the field, what was expected, what came
├── BadParameter         400
├── MissingToken         401
├── UnknownEntity        404
└── StoreUnreachable     503
"""

from schemas.errors import Outcome
from serve.errors import ServeError


class ApiError(ServeError):
    """A question that cannot be answered; `field`, `expected` and `got` say why."""

    outcome = Outcome.DROP
    status = 500

    def __init__(self, field: str, *, expected: str, got: str) -> None:
        super().__init__(f"{field}: expected {expected}, got {got}")
        self.field = field
        self.expected = expected
        self.got = got


class BadParameter(ApiError):  # noqa: N818 - says what it is
    """A parameter that cannot be understood, or does not fit the others."""

    status = 400


class MissingToken(ApiError):  # noqa: N818 - says what it is
    """No bearer token, or the wrong one."""

    status = 401


class UnknownEntity(ApiError):  # noqa: N818 - says what it is
    """A site, camera, zone or line that is not known."""

    status = 404


class StoreUnreachable(ApiError):  # noqa: N818 - says what it is
    """The view store does not answer."""

    status = 503
    outcome = Outcome.RETRY
