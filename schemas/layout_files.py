"""A site's layout from a YAML file: structure first, then the rules; every problem has its path.

YAML 1.2, so that `on` is a word and 04:00 a text (to YAML 1.1 they are True and 240).
"""

import copy
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from schemas import layout_rules
from schemas.errors import LayoutError
from schemas.json_schemas import json_schema
from schemas.layout import SiteLayout


def load_layout(path: Path) -> SiteLayout:
    """The layout that a YAML file holds.

    Raises:
        LayoutError: If the file cannot be read or the layout does not hold; lists every problem.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise LayoutError([f"{path}: expected a readable YAML file: {error}"]) from error
    try:
        return parse_layout(text)
    except LayoutError as error:
        raise LayoutError([f"{path}: {problem}" for problem in error.problems]) from error


def parse_layout(text: str) -> SiteLayout:
    """The layout that YAML text holds.

    Raises:
        LayoutError: If it is not YAML or does not hold; lists every problem.
    """
    try:
        content = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise LayoutError([f"expected YAML: {error}"]) from error
    found = [_sentence(error) for error in _structure().iter_errors(content)]
    if found:
        raise LayoutError(sorted(found))
    layout = msgspec.convert(content, SiteLayout)
    broken = layout_rules.problems(layout)
    if broken:
        raise LayoutError(broken)
    return layout


@cache
def _structure() -> jsonschema.Draft202012Validator:
    schema = copy.deepcopy(json_schema(SiteLayout))
    for definition in schema["$defs"].values():
        # A reader ignores fields it does not know; a person's typing error must not be ignored.
        definition["additionalProperties"] = False
    return jsonschema.Draft202012Validator(schema)


def _sentence(error: Any) -> str:
    path = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
    )
    return f"{path.lstrip('.') or 'layout'}: {error.message}"
