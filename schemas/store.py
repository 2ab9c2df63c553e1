"""Where the view store is: one database URL, read the same by all that fill it and ask it.

In: PostgreSQL's URL as text. Out: SQLAlchemy's, with our driver. Apart from `settings` because it
needs SQLAlchemy, which `--help` need not load.
"""

from typing import Annotated

from pydantic import AfterValidator, SecretStr
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from schemas.settings import FootfallSettings

_DRIVER = "postgresql+psycopg"
_EXPECTED = (
    "expected postgresql://user:password@host:port/name, "
    "with special characters of the password as %40, %2F and so on"
)


def store_url(text: str) -> URL:
    """SQLAlchemy's URL of a PostgreSQL, with our driver.

    Raises:
        ValueError: If it is none; never shows any of it, since what does not parse may be password.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(_EXPECTED) from None
    # A second @ is one of the password's own, the rest of which would pass for the host.
    if url.get_backend_name() != "postgresql" or text.count("@") > 1:
        raise ValueError(_EXPECTED)
    return url.set(drivername=_DRIVER)


def _checked(secret: SecretStr) -> SecretStr:
    store_url(secret.get_secret_value())
    return secret


StoreUrl = Annotated[SecretStr, AfterValidator(_checked)]
"""A setting that holds a PostgreSQL's URL."""


class StoreSettings(FootfallSettings):
    """Settings of a process that uses the view store."""

    database_url: StoreUrl
    """URL of the view store, `postgresql+psycopg://user:password@host:port/name`."""

    @property
    def store(self) -> URL:
        """The view store's URL, with our driver."""
        return store_url(self.database_url.get_secret_value())
