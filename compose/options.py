"""Command-line options made of a settings class: one option per field, its meaning as the help.

So a setting is written down once: name, unit, default and meaning are the same in the environment,
in `--help` and in the error.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar, get_origin

import click
from pydantic.fields import FieldInfo
from pydantic_settings import NoDecode

from schemas.settings import PREFIX, FootfallSettings, is_secret

SettingsT = TypeVar("SettingsT", bound=FootfallSettings)
Command = TypeVar("Command", bound=Callable[..., Any])


def example(*lines: str) -> str:
    """An epilogue of `--help` that shows how a command is typed."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def settings_options(
    *classes: type[FootfallSettings],
    names: Mapping[str, str] | None = None,
    only: Collection[str] | None = None,
) -> Callable[[Command], Command]:
    """A decorator that gives a command one option per field of the classes; secrets have none.

    Args:
        classes: Settings; a field that two of them have is one option.
        names: Option name by field name, where it is not the field's own.
        only: The fields that have an option; None for all.
    """
    fields = {
        name: field
        for one in classes
        for name, field in one.model_fields.items()
        if only is None or name in only
    }

    def decorate(command: Command) -> Command:
        for name, field in reversed(fields.items()):
            if not is_secret(field):
                command = _option(name, field, (names or {}).get(name, name))(command)
        return command

    return decorate


def given(settings_class: type[SettingsT], values: Mapping[str, Any]) -> SettingsT:
    """Settings from what was given on the command line, then the environment, then defaults.

    Args:
        settings_class: The class to make.
        values: click's parameters by name; None and empty tuples were not given.

    Raises:
        SettingsError: If a value does not fit.
    """
    own = settings_class.model_fields
    return settings_class.load(
        **{name: value for name, value in values.items() if name in own and value not in (None, ())}
    )


def variables(values: Mapping[str, str | None]) -> dict[str, str]:
    """The environment variables that say what was given on the command line.

    Example:
        >>> variables({"classes": "", "model": "a.onnx", "device": None})
        {'FOOTFALL_CLASSES': '', 'FOOTFALL_MODEL': 'a.onnx'}
    """
    return {PREFIX + name.upper(): value for name, value in values.items() if value is not None}


def _option(name: str, field: FieldInfo, option_name: str) -> Callable[[Command], Command]:
    flag = "--" + option_name.replace("_", "-")
    is_switch = field.annotation is bool
    return click.option(
        f"{flag}/--no-{flag[2:]}" if is_switch else flag,
        name,
        type=bool if is_switch else str,
        default=None,
        multiple=_is_many(field),
        metavar=None if is_switch else option_name.rpartition("_")[2].upper(),
        help=f"{(field.description or '').strip()} [{PREFIX}{name.upper()}]",
    )


def _is_many(field: FieldInfo) -> bool:
    # A text that the settings split themselves is one option; other tuples repeat theirs.
    return get_origin(field.annotation) is tuple and NoDecode not in field.metadata
