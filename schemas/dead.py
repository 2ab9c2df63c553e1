"""Why a message could not be processed, without its content."""

import hashlib
from dataclasses import dataclass
from typing import Literal, Self

from schemas.errors import FootfallError
from schemas.units import Id


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadRecord:
    """One message set aside; its pixels are never in here."""

    v: Literal[1] = 1
    """Version of this message."""
    reason: str
    """Code of the cause."""
    detail: str
    """What was expected and what came, in words."""
    site: Id | None
    """Id of the site; null if it could not be read."""
    camera: Id | None
    """Id of the camera; null if it could not be read."""
    topic: str
    """Topic of the message, with its prefix."""
    partition: int
    """Partition of the message."""
    offset: int
    """Offset of the message."""
    length: int
    """Length of its value, bytes."""
    sha256: str
    """Digest of its value, hexadecimal."""

    @classmethod
    def of(
        cls,
        value: bytes,
        error: FootfallError,
        *,
        reason: str,
        source: tuple[str, int, int],
        owner: tuple[str, str] | None = None,
    ) -> Self:
        """The record that stands for a message.

        Args:
            value: The message's value; only its length and digest go on.
            error: Why it could not be processed.
            reason: Code of the cause.
            source: Topic with its prefix, partition and offset of the message.
            owner: Site and camera; None if they could not be read.
        """
        topic, partition, offset = source
        site, camera = owner or (None, None)
        return cls(
            reason=reason,
            detail=str(error),
            site=site,
            camera=camera,
            topic=topic,
            partition=partition,
            offset=offset,
            length=len(value),
            sha256=hashlib.sha256(value).hexdigest(),
        )
