"""JSON Schema of each message, derived from its type; the strings below fields describe them."""

import ast
import inspect
import sys
from itertools import pairwise
from typing import Any

import msgspec

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(message_type: type, *, is_written: bool = False) -> dict[str, Any]:
    """The JSON Schema of a message type, with a description of each field.

    Args:
        message_type: A type of `schemas`.
        is_written: Whether it describes what we write, where every field is there, instead of what
            we read, where a field with a default may be missing.
    """
    (root,), definitions = msgspec.json.schema_components(
        [message_type], ref_template="#/$defs/{name}"
    )
    for name, definition in definitions.items():
        _describe(definition, _described_fields(_type_named(message_type, name)))
        if is_written and "properties" in definition:
            definition["required"] = list(definition["properties"])
    return {"$schema": SCHEMA_DIALECT, **root, "$defs": definitions}


def _type_named(message_type: type, name: str) -> type | None:
    """The class behind a definition, from the message's module or one it imports from."""
    pending = [sys.modules[message_type.__module__]]
    seen = set()
    while pending:
        module = pending.pop()
        if module.__name__ in seen or not module.__name__.startswith("schemas"):
            continue
        seen.add(module.__name__)
        found = getattr(module, name, None)
        if inspect.isclass(found):
            return found
        pending += [
            sys.modules[one.__module__] for one in vars(module).values() if inspect.isclass(one)
        ]
    return None


def _describe(definition: dict[str, Any], descriptions: dict[str, str]) -> None:
    properties = definition.get("properties", {})
    for name, description in descriptions.items():
        if name in properties:
            properties[name] = {"description": description, **properties[name]}


def _described_fields(message_type: type | None) -> dict[str, str]:
    if message_type is None:
        return {}
    descriptions: dict[str, str] = {}
    for owner in reversed(message_type.__mro__):
        if owner.__module__.startswith("schemas"):
            descriptions |= _field_strings(owner)
    return descriptions


def _field_strings(owner: type) -> dict[str, str]:
    tree = ast.parse(inspect.getsource(sys.modules[owner.__module__]))
    body = next(
        node.body
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == owner.__name__
    )
    renamed = (
        {one.name: one.encode_name for one in msgspec.structs.fields(owner)}
        if issubclass(owner, msgspec.Struct)
        else {}
    )
    return {
        renamed.get(field.target.id, field.target.id): " ".join(str(text.value.value).split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }
