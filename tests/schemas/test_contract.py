import copy
from pathlib import Path

import jsonschema
import orjson
import pytest

import schemas
from schemas import codec, contract, topics
from schemas.detections import Detection, DetectionStatus
from schemas.flows import FlowRecord

PUBLISHED = Path(schemas.__file__).parent / "published"


def test_published_documents_are_those_of_the_types():
    committed = {path.name: orjson.loads(path.read_bytes()) for path in PUBLISHED.glob("*.json")}
    assert committed == contract.documents(), "run `footfall schemas` and commit what it writes"


def test_every_reference_of_the_asyncapi_document_exists():
    text = (PUBLISHED / "asyncapi.json").read_text()
    files = {part.split('"')[0] for part in text.split('"$ref": "')[1:] if not part.startswith("#")}
    assert files
    assert {name for name in files if not (PUBLISHED / name).exists()} == set()


def test_every_topic_for_readers_is_in_the_asyncapi_document():
    channels = contract.documents()["asyncapi.json"]["channels"]
    assert set(channels) == {topic.name for topic in topics.TOPICS} - {"snapshots"}


def change(path: list[str], value: object) -> dict[str, object]:
    new = copy.deepcopy(contract.documents()["flows.schema.json"])
    at = new["$defs"]["FlowRecord"]
    for part in path[:-1]:
        at = at[part]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return new


BREAKING = {
    "a field is gone": (["properties", "in_total"], None),
    "a field changes its type": (["properties", "in_total"], {"type": "string"}),
    "a field may be null now": (
        ["properties", "in_total"],
        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    ),
    "a field may be missing now": (["required"], ["site"]),
}
HARMLESS = {
    "a new field": (["properties", "staff_total"], {"type": "integer"}),
    "another description": (
        ["properties", "in_total"],
        {"type": "integer", "description": "Other words."},
    ),
}


@pytest.mark.parametrize(("path", "value"), BREAKING.values(), ids=BREAKING.keys())
def test_a_change_that_breaks_an_old_reader_is_named(path, value):
    old = contract.documents()["flows.schema.json"]
    assert any("FlowRecord" in problem for problem in contract.breaks(old, change(path, value)))


@pytest.mark.parametrize(("path", "value"), HARMLESS.values(), ids=HARMLESS.keys())
def test_a_change_that_old_readers_ignore_breaks_nothing(path, value):
    old = contract.documents()["flows.schema.json"]
    assert contract.breaks(old, change(path, value)) == []


def test_a_removed_type_breaks_its_readers():
    old = contract.documents()["health.schema.json"]
    new = copy.deepcopy(old)
    del new["$defs"]["HealthPart"]
    assert contract.breaks(old, new) == ["HealthPart: expected to stay, got removed"]


def test_a_new_value_of_a_closed_choice_breaks_old_readers():
    old = contract.documents()["health.schema.json"]
    new = copy.deepcopy(old)
    new["$defs"]["HealthPart"]["enum"].append("camera")
    assert contract.breaks(old, new) == ["HealthPart: expected no new values, got ['camera']"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "flows.schema.json",
            FlowRecord(
                site="s",
                camera="c",
                layout_version=1,
                window_start_ms=0,
                window_end_ms=60_000,
                coverage=1.0,
                line="door",
                in_total=1,
                out_total=0,
            ),
        ),
        (
            "detections.schema.json",
            Detection(
                site="s",
                camera="c",
                captured_at_ms=1,
                seq=0,
                run=None,
                width=640,
                height=360,
                frame_partition=0,
                frame_offset=7,
                status=DetectionStatus.OK,
                boxes=[(1.0, 2.0, 3.0, 4.0)],
                scores=[0.5],
                classes=["person"],
            ),
        ),
    ],
    ids=["a flow", "a detection"],
)
def test_what_we_write_satisfies_the_published_schema(name, message):
    schema = orjson.loads((PUBLISHED / name).read_bytes())
    validator = jsonschema.Draft202012Validator(schema)
    written = orjson.loads(codec.encode(message))
    assert list(validator.iter_errors(written)) == []
    del written["site"]
    assert [error.message for error in validator.iter_errors(written)] == [
        "'site' is a required property"
    ]
