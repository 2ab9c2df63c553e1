"""Settings of the API."""

import ipaddress

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from schemas.settings import KafkaSettings
from schemas.store import StoreSettings


class ApiSettings(KafkaSettings, StoreSettings):
    """What the API needs to know."""

    api_token: SecretStr | None = Field(default=None, min_length=16)
    """Bearer token that every question must carry; none: everybody on this machine may ask."""
    api_host: str = "127.0.0.1"
    """Address to listen on; one that is not loopback needs `api_token`."""
    api_port: int = Field(default=8000, ge=1, le=65535)
    """Port to listen on."""
    api_replicas: int = Field(default=1, ge=1)
    """Number of replicas of the API."""
    store_connections: int = Field(default=8, ge=1)
    """Largest number of connections of one replica to the view store."""

    @field_validator("api_host")
    @classmethod
    def _only_loopback_without_token(cls, host: str, info: ValidationInfo) -> str:
        if info.data.get("api_token") is None and not is_loopback(host):
            raise ValueError(
                "expected a loopback address such as 127.0.0.1, or FOOTFALL_API_TOKEN set as well"
            )
        return host


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address.

    Example:
        >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "shop")]
        [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
