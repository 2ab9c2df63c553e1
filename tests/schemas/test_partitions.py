import random

from aiokafka.partitioner import DefaultPartitioner

from schemas.partitions import partition_of


def test_a_key_lies_where_the_client_library_puts_it():
    random_ = random.Random(3)
    partitioner = DefaultPartitioner()
    keys = [random_.randbytes(length) for length in range(1, 40) for _ in range(20)]
    for count in (1, 4, 7, 64):
        expected = [partitioner(key, list(range(count)), list(range(count))) for key in keys]
        assert [partition_of(key, count) for key in keys] == expected
