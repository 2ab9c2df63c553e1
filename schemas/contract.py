"""The published contract: a JSON Schema per message and one AsyncAPI 3 document for all topics.

In: the message types. Out: JSON documents by file name, committed in `schemas/published/`, and
the list of what a new document would break for a reader of the old one.
"""

from collections.abc import Iterator
from typing import Any

from schemas import topics
from schemas.detections import Detection, LayoutMark
from schemas.frames import WIRE_VERSION
from schemas.json_schemas import SCHEMA_DIALECT, json_schema
from schemas.layout import SiteLayout
from schemas.units import ID_PATTERN

Document = dict[str, Any]
"""A JSON document."""

_IMAGE_TOPICS = (topics.FRAMES, topics.FLAGGED)
_INTERNAL_TOPICS = (topics.SNAPSHOTS,)
_REMARKS = {
    topics.FLAGGED.name: " No part of Footfall writes it: it is there for who sorts frames out."
}


def documents() -> dict[str, Document]:
    """Every published document by its file name."""
    schemas = {
        f"{topic.name}.schema.json": json_schema(topic.message_type, is_written=True)
        for topic in topics.TOPICS
        if topic.message_type is not None
    }
    schemas["detections.schema.json"] = json_schema(Detection, is_written=True)
    schemas["layout-mark.schema.json"] = json_schema(LayoutMark, is_written=True)
    schemas["layout-file.schema.json"] = json_schema(SiteLayout)
    schemas["frame-headers.schema.json"] = _frame_headers()
    return {**schemas, "asyncapi.json": _asyncapi()}


def breaks(old: Document, new: Document) -> list[str]:
    """What a reader of the old schema would trip over in messages of the new one.

    A reader may rely on every field it knows: that it is there, and has one of the types and values
    it had. New fields are ignored by readers, so they break nothing.
    """
    definitions = old.get("$defs", {})
    return [
        problem
        for name, definition in definitions.items()
        for problem in _breaks_of(name, definition, new.get("$defs", {}).get(name))
    ]


def _breaks_of(name: str, old: Document, new: Document | None) -> Iterator[str]:
    if new is None:
        yield f"{name}: expected to stay, got removed"
        return
    if added := set(new.get("enum", [])) - set(old.get("enum", [])):
        yield f"{name}: expected no new values, got {sorted(added)}"
    for field, old_field in old.get("properties", {}).items():
        new_field = new.get("properties", {}).get(field)
        if new_field is None:
            yield f"{name}.{field}: expected to stay, got removed"
            continue
        if field in old.get("required", []) and field not in new.get("required", []):
            yield f"{name}.{field}: expected in every message, got optional"
        unknown = [one for one in _shapes(new_field) if one not in _shapes(old_field)]
        if unknown:
            yield f"{name}.{field}: expected {_shapes(old_field)}, got also {unknown}"


def _shapes(field: Document) -> list[Document]:
    """The alternatives of a field's type, without what only people read."""
    alternatives = field.get("anyOf", [field])
    return [
        {key: value for key, value in one.items() if key not in {"description", "title", "default"}}
        for one in alternatives
    ]


def _frame_headers() -> Document:
    integer = {"type": "string", "pattern": "^(0|[1-9][0-9]{0,18})$"}
    identifier = {"type": "string", "pattern": ID_PATTERN}
    properties = {
        "v": {"const": WIRE_VERSION, "description": "Version of the wire contract."},
        "site": {**identifier, "description": "Id of the site."},
        "camera": {**identifier, "description": "Id of the camera within its site."},
        "captured_at_ms": {**integer, "description": "Event time, ms since the epoch, UTC."},
        "seq": {**integer, "description": "Rises by one per frame captured, within one run."},
        "width": {**integer, "description": "Width of the upright image, px."},
        "height": {**integer, "description": "Height of the upright image, px."},
        "run": {**integer, "description": "Start time of the gateway, ms since the epoch."},
        "end": {"const": "1", "description": "The finite source is finished; the value is empty."},
        "traceparent": {"type": "string", "description": "W3C trace context of the frame."},
    }
    return {
        "$schema": SCHEMA_DIALECT,
        "title": "FrameHeaders",
        "description": "Headers of a record of `frames`: UTF-8 text, each once.",
        "type": "object",
        "properties": properties,
        "required": ["v", "site", "camera", "captured_at_ms", "seq", "width", "height"],
    }


def _asyncapi() -> Document:
    published = [topic for topic in topics.TOPICS if topic not in _INTERNAL_TOPICS]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Footfall",
            "version": "1",
            "description": "Frames in, a store's numbers out. Topic names carry a prefix, "
            f"`{topics.DEFAULT_PREFIX}` by default.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in published},
        "operations": {
            ("send" if topic == topics.FRAMES else "receive") + topic.name.capitalize(): {
                "action": "send" if topic == topics.FRAMES else "receive",
                "channel": {"$ref": f"#/channels/{topic.name}"},
            }
            for topic in published
        },
    }


def _channel(topic: topics.Topic) -> Document:
    key = "/".join(f"{{{name}}}" for name in topic.key_fields) or "as the source"
    return {
        "address": topics.DEFAULT_PREFIX + topic.name,
        "description": f"Key: `{key}`." + _REMARKS.get(topic.name, ""),
        "messages": {
            name: {"payload": {"$ref": f"{name}.schema.json"}} for name in _payloads(topic)
        }
        if topic not in _IMAGE_TOPICS
        else {
            topic.name: {
                "contentType": "image/jpeg",
                "headers": {"$ref": "frame-headers.schema.json"},
                "payload": {"type": "string", "format": "binary"},
            }
        },
        "bindings": {
            "kafka": {
                "topicConfiguration": {
                    "cleanup.policy": topics.topic_config(topic)["cleanup.policy"].split(",")
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _payloads(topic: topics.Topic) -> tuple[str, ...]:
    return ("detections", "layout-mark") if topic == topics.DETECTIONS else (topic.name,)
