import pytest

from compose.variables import known_variables, refuse_unknown
from schemas.errors import SettingsError


def test_a_misspelt_variable_is_refused_by_name_with_the_one_it_resembles():
    with pytest.raises(
        SettingsError, match=r"FOOTFALL_KAFAK: no such setting; did you mean FOOTFA"
    ):
        refuse_unknown({"FOOTFALL_KAFAK": "127.0.0.1:9092"})


def test_every_unknown_variable_is_named():
    with pytest.raises(SettingsError) as caught:
        refuse_unknown({"FOOTFALL_ONE_MORE_XYZ": "", "FOOTFALL_KAFKA": "", "FOOTFALL_ZZZZ": ""})
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "FOOTFALL_ONE_MORE_XYZ",
        "FOOTFALL_ZZZZ",
    ]


def test_names_of_variables_are_read_in_any_case_so_an_unknown_one_is_too():
    refuse_unknown({"footfall_kafka": "127.0.0.1:9092"})
    with pytest.raises(SettingsError, match="footfall_kafak"):
        refuse_unknown({"footfall_kafak": ""})


def test_other_programs_variables_are_none_of_our_business():
    refuse_unknown({"PATH": "/bin", "MY_FOOTFALL_X": "1"})


def test_every_variable_a_process_reads_is_known():
    refuse_unknown(dict.fromkeys(known_variables(), ""))
    assert {"FOOTFALL_DATABASE_URL", "FOOTFALL_CAMERAS", "FOOTFALL_MODEL"} <= known_variables()
