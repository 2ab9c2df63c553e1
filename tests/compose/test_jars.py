import pytest

from compose.errors import DownloadError
from compose.jars import Jar, has_kafka_jars, kafka_jars, pinned_jars


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """A cache of this test alone, filled from the real one without another download."""
    real = kafka_jars()
    folder = tmp_path / "footfall" / real.name
    folder.mkdir(parents=True)
    for jar in real.iterdir():
        (folder / jar.name).symlink_to(jar)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return folder


def test_a_jar_that_is_not_what_its_sum_says_is_refused(own_cache):
    changed = own_cache / pinned_jars()[0].name
    changed.unlink()
    changed.write_bytes(b"not a jar")
    with pytest.raises(DownloadError, match=rf"{changed.name} is not .*expected sha256"):
        kafka_jars()


def test_only_a_missing_jar_is_fetched_again(own_cache):
    missing = min(pinned_jars(), key=lambda jar: (own_cache / jar.name).stat().st_size)
    (own_cache / missing.name).unlink()
    assert not has_kafka_jars()
    assert kafka_jars() == own_cache
    assert has_kafka_jars()
    assert [one.name for one in own_cache.iterdir() if not one.is_symlink()] == [missing.name]


def test_every_pinned_jar_has_a_full_sum_and_a_name_of_its_own():
    jars = pinned_jars()
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert len({jar.name for jar in jars}) == len(jars)
    assert Jar("", "org.apache.kafka:kafka_2.13:4.3.1").name in {jar.name for jar in jars}
