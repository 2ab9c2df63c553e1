import hashlib
import json

from schemas.errors import MessageError
from schemas.topics import DEAD
from streams.adapters.results import Incoming, dead_letter

RECORD = Incoming("footfall.detections", 3, 41, b"store", b"\xff a picture, perhaps")


def test_dead_letter_says_where_and_why_but_never_what():
    letter = dead_letter(RECORD, MessageError("expected JSON"))
    said = json.loads(letter.value)
    assert (letter.topic, letter.key) == (DEAD, b"store")
    assert (said["topic"], said["partition"], said["offset"]) == ("footfall.detections", 3, 41)
    assert said["detail"] == "expected JSON"
    assert said["length"] == len(RECORD.value)
    assert said["sha256"] == hashlib.sha256(RECORD.value).hexdigest()
    assert b"picture" not in letter.value


def test_dead_letter_of_a_record_without_a_key_has_an_empty_one():
    assert dead_letter(RECORD._replace(key=None), MessageError("no")).key == b""
