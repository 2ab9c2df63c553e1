"""The environment variables that Footfall knows; an unknown one stops the start.

A misspelt setting would otherwise be a setting silently left at its default.
"""

import difflib
from collections.abc import Mapping
from importlib import import_module

from compose.processes import MARK
from schemas.errors import SettingsError
from schemas.settings import PREFIX, FootfallSettings

SETTINGS_CLASSES = (
    "compose.settings:ReaderSettings",
    "compose.settings:UpSettings",
    "serve.api.settings:ApiSettings",
    "serve.inference.settings:DetectorSettings",
    "serve.settings:ServeSettings",
    "streams.gateway.settings:GatewaySettings",
    "streams.settings:EngineSettings",
    "streams.settings:ViewSettings",
)
"""Every process's settings: all processes of a machine may share one environment."""


def known_variables() -> set[str]:
    """Names of all variables that some process reads."""
    names = {MARK}
    for path in SETTINGS_CLASSES:
        module, _, class_name = path.partition(":")
        settings: type[FootfallSettings] = getattr(import_module(module), class_name)
        names |= {PREFIX + field.upper() for field in settings.model_fields}
    return names


def refuse_unknown(environment: Mapping[str, str]) -> None:
    """Return if every `FOOTFALL_*` variable is one that some process reads.

    Raises:
        SettingsError: If not; names each, and the known one it resembles.
    """
    # Names of settings are case-insensitive, as pydantic reads them.
    given = sorted(name for name in environment if name.upper().startswith(PREFIX))
    if not given:
        return
    known = known_variables()
    problems = [_sentence(name, known) for name in given if name.upper() not in known]
    if problems:
        raise SettingsError("\n".join(problems))


def _sentence(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name.upper(), known, n=1)
    hint = f"did you mean {near[0]}? Otherwise unset it" if near else "unset it"
    return f"{name}: no such setting; {hint}."
