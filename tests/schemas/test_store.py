import pytest

from schemas.store import store_url


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_any_url_of_a_postgresql_is_taken_with_our_driver(scheme):
    url = store_url(f"{scheme}://me:a%40b@db:5432/views")
    assert url.drivername == "postgresql+psycopg"
    assert (url.password, url.host, url.port, url.database) == ("a@b", "db", 5432, "views")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "mysql://me:hunter2@db/views",
        "postgresql://me:hunter2:5432/views",
        "postgresql://me:x@hunter2@db/views",
    ],
)
def test_any_other_text_is_refused_without_being_shown(text):
    with pytest.raises(ValueError, match=r"^expected postgresql://") as refused:
        store_url(text)
    assert "hunter2" not in str(refused.value)
