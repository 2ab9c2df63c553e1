from schemas.queues import QueueRecord
from schemas.tables import TABLE_OF, VIEWED_TOPICS, row_of, table_of


def test_the_primary_key_of_a_table_is_the_key_of_its_topic():
    for topic in VIEWED_TOPICS:
        table = TABLE_OF[topic.name]
        assert {column.name for column in table.primary_key} == set(topic.key_fields)


def test_a_record_fits_its_table_column_by_column():
    record = QueueRecord(
        site="s",
        camera="c",
        layout_version=1,
        window_start_ms=0,
        window_end_ms=60_000,
        coverage=1.0,
        zone="till-1",
        length_mean=1.5,
        length_max=3,
        joined_total=1,
        served_total=0,
        abandoned_total=0,
        lost_total=0,
        direct_total=0,
        open_count=1,
        wait_mean_ms=None,
        wait_p50_ms=None,
        wait_p95_ms=None,
        wait_histogram=[(3, 1)],
        longest_open_wait_ms=900,
        over_threshold_ms=None,
        littles_law_wait_ms=None,
    )
    assert set(row_of(record)) == set(table_of(record).c.keys())


def test_only_what_may_be_null_is_nullable():
    columns = TABLE_OF["queues"].c
    assert columns.wait_p95_ms.nullable
    assert not columns.length_mean.nullable
