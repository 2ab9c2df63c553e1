"""Which partition a site's messages go to: `murmur2(site)`, as Kafka hashes a key by default."""

_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """The 32-bit murmur2 hash as Kafka's Java client computes it, unsigned.

    Source: Austin Appleby's MurmurHash2, with the seed of `org.apache.kafka.common.utils.Utils`.

    Example:
        >>> murmur2(b"21")
        3321034988
    """
    h = (_SEED ^ len(data)) & _MASK
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * _M & _MASK
        k = (k ^ (k >> 24)) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    tail = data[whole:]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * _M & _MASK
    h = (h ^ (h >> 13)) * _M & _MASK
    return h ^ (h >> 15)


def partition_of(key: bytes, partition_count: int) -> int:
    """The partition of a key among `partition_count`, the same as Kafka's default partitioner."""
    return (murmur2(key) & 0x7FFFFFFF) % partition_count


def site_partition(site: str, partition_count: int) -> int:
    """The partition that holds everything of a site but its frames."""
    return partition_of(site.encode(), partition_count)
