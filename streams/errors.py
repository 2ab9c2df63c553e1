"""Errors of what runs on the bus.

FootfallError
└── StreamsError
    ├── BrokerError         Kafka does not answer, or did not acknowledge a record
    │   └── FencedError     another worker has the partition: what this one still says is refused
    ├── TopicError          a topic is missing, or has another number of partitions
    ├── SnapshotError       a snapshot that cannot be read
    └── ViewStoreError      the view store does not answer
        ├── PositionMovedError  another view writer has the partition
        └── UnfitRowError       the view store cannot hold a message
"""

from schemas.errors import FootfallError, Outcome


class StreamsError(FootfallError):
    """The base of every error of what runs on the bus."""


class BrokerError(StreamsError):
    """Kafka does not answer, or did not acknowledge a record; says which and what to do."""


class FencedError(BrokerError):
    """Another worker has taken the partition over: what this one still says about it is refused."""


class TopicError(StreamsError):
    """A topic is missing, or has another number of partitions than the others."""


class SnapshotError(StreamsError):
    """A snapshot that cannot be read; names the site and what to do."""


class ViewStoreError(StreamsError):
    """The view store does not answer."""

    outcome = Outcome.RETRY


class PositionMovedError(ViewStoreError):
    """Another view writer has moved the position of a partition: this one no longer owns it."""

    outcome = Outcome.FATAL


class UnfitRowError(ViewStoreError):
    """The view store cannot hold a message, such as a number out of its range."""

    outcome = Outcome.DEAD_LETTER
