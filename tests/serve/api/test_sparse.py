import json

from hypothesis import given
from hypothesis import strategies as st

from serve.api.sparse import rows_in

rows = st.tuples(st.integers(-1, 400), st.integers(0, 10**15), st.integers(0, 9))
lists = st.lists(st.lists(rows, max_size=5), max_size=5)


@given(lists, st.sampled_from([(",", ":"), (", ", ": ")]))
def test_rows_are_those_that_a_parser_finds(content: list[list[object]], marks: object) -> None:
    texts = [json.dumps(one, separators=marks) for one in content]  # type: ignore[arg-type]
    expected = [list(row) for text in texts for row in json.loads(text)]
    assert rows_in(texts, width=3).tolist() == expected
    joined = ",".join(text for text in texts if text != "[]")
    assert rows_in([joined], width=3).tolist() == expected
