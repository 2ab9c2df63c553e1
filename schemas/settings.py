"""Settings of processes: `FOOTFALL_*` environment variables, typed, read once at start.

Each process has one frozen class derived from `FootfallSettings`, or `KafkaSettings` with Kafka.
"""

from typing import Self

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import SettingsError
from schemas.secrets import without_secrets
from schemas.topics import DEFAULT_PREFIX, Topic

PREFIX = "FOOTFALL_"


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting's value is never shown, and never an option of a command."""
    return "SecretStr" in str(field.annotation)


class FootfallSettings(BaseSettings):
    """The base of every process's settings."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,  # the command's `--help` shows them
    )

    @classmethod
    def load(cls, **values: object) -> Self:
        """Settings from the environment; `values` win over it.

        Raises:
            SettingsError: If a value does not fit; names the variable, expected, got.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            # Not chained: the original shows every value that came, secrets too.
            raise SettingsError("\n".join(cls._sentences(error))) from None

    @classmethod
    def _sentences(cls, error: ValidationError) -> list[str]:
        return [cls._sentence(one) for one in error.errors(include_url=False)]

    @classmethod
    def _sentence(cls, one: ErrorDetails) -> str:
        name = ".".join(str(part) for part in one["loc"])
        field = cls.model_fields.get(name)
        got = (
            "***" if field is not None and is_secret(field) else without_secrets(repr(one["input"]))
        )
        return f"{PREFIX}{name.upper()}: {one['msg']}, got {got}"


class KafkaSettings(FootfallSettings):
    """Settings of a process that speaks Kafka."""

    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, `host:port`, comma separated."""
    topic_prefix: str = DEFAULT_PREFIX
    """Put before every topic's name."""

    def topic_name(self, topic: Topic) -> str:
        """The name of a topic on the broker."""
        return self.topic_prefix + topic.name
