from pathlib import Path

from serve.cluster import ray_folder

LONGEST_SOCKET = "session_2026-11-20_18-13-38_306123_1234567/sockets/plasma_store.12"


def test_ray_lives_in_the_data_folder_where_its_sockets_fit() -> None:
    assert ray_folder(Path("/srv/footfall")) == Path("/srv/footfall/ray")


def test_ray_of_a_long_data_folder_lives_where_its_sockets_fit() -> None:
    deep = Path("/srv") / ("a" * 60)
    other = Path("/srv") / ("b" * 60)
    assert len(str(ray_folder(deep) / LONGEST_SOCKET)) <= 107
    assert ray_folder(deep) == ray_folder(deep)
    assert ray_folder(deep) != ray_folder(other)
