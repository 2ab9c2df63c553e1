"""Errors of everything that two processes agree on, and the base of every error of Footfall.

FootfallError                 what a person can act on; `outcome` says what the loop does with it
└── SchemaError
    ├── MessageError          bytes that are not the message they should be
    ├── FrameRejected         a frame that breaks the wire contract; carries the reason code
    ├── LayoutError           a layout that does not hold; carries every problem found
    └── SettingsError         a setting that is unknown or has a bad value
"""

from collections.abc import Sequence
from enum import StrEnum


class Outcome(StrEnum):
    """What the loop that meets an error does next."""

    RETRY = "retry"
    """Try the same again: a peer is down."""
    DEAD_LETTER = "dead_letter"
    """Set the message aside with its reason, go on with the next."""
    DROP = "drop"
    """Count it, go on with the next."""
    FATAL = "fatal"
    """Stop the process: visible beats lost."""


class FootfallError(Exception):
    """The base of every error that a person or a loop can act on."""

    outcome: Outcome = Outcome.FATAL


class SchemaError(FootfallError):
    """Something breaks what two processes agreed on."""


class MessageError(SchemaError):
    """Bytes that are not the message they should be; names field, expected, got."""

    outcome = Outcome.DEAD_LETTER


class RejectReason(StrEnum):
    """Why a frame was rejected; the `reason` of a detection and of a dead letter."""

    MISSING_HEADER = "missing_header"
    DUPLICATE_HEADER = "duplicate_header"
    BAD_HEADER = "bad_header"
    UNSUPPORTED_VERSION = "unsupported_version"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    NOT_AN_IMAGE = "not_an_image"
    UNDECODABLE = "undecodable"
    SIZE_MISMATCH = "size_mismatch"
    FUTURE = "future"
    INFERENCE_FAILED = "inference_failed"


class FrameRejected(SchemaError):  # noqa: N818 - it is what becomes of the frame
    """A frame that breaks the wire contract.

    `reason` is the code that travels in `detections` and `dead`.
    """

    outcome = Outcome.DEAD_LETTER

    def __init__(self, reason: RejectReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class LayoutError(SchemaError):
    """A layout that does not hold; `problems` lists every one found, each with its field's path."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class SettingsError(SchemaError):
    """A setting that is unknown or has a bad value; names the key and the value."""
