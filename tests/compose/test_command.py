import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from compose.command import SUBCOMMANDS, main
from compose.options import given, variables
from compose.settings import UpSettings
from schemas.errors import SettingsError
from serve.inference.settings import DEMO_MODEL, DetectorSettings


def _commands():
    context = click.Context(main)
    for name in SUBCOMMANDS:
        command = main.get_command(context, name)
        yield (name,)
        if isinstance(command, click.Group):
            yield from ((name, sub) for sub in command.commands)


@pytest.mark.parametrize("path", [(), *_commands()], ids=" ".join)
def test_help_of_each_command_says_what_it_does_with_an_example(path):
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    purpose, _, example = result.output.partition("Example:")
    assert len(purpose.splitlines()) > 3
    assert " ".join(["footfall", *path[:1]]) in example


def test_help_is_quick_because_it_imports_no_engine():
    engines = ("faust", "ray", "onnxruntime", "cv2", "av", "aiokafka", "sqlalchemy")
    program = (
        "import sys; from compose.command import main; main(['--help'], standalone_mode=False);"
        f"sys.exit(any(name in sys.modules for name in {engines}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_option_wins_over_the_environment_and_that_over_the_default(monkeypatch):
    assert given(UpSettings, {"api_port": None}).api_port == 8000
    monkeypatch.setenv("FOOTFALL_API_PORT", "8001")
    assert given(UpSettings, {"api_port": None}).api_port == 8001
    assert given(UpSettings, {"api_port": "8002"}).api_port == 8002


def test_a_bad_value_is_refused_with_its_key_and_the_value():
    with pytest.raises(SettingsError, match=r"FOOTFALL_API_PORT: .*, got 'eighty'"):
        given(UpSettings, {"api_port": "eighty"})


def test_secrets_are_no_options():
    for name in ("up", "serve", "views"):
        output = CliRunner().invoke(main, [name, "--help"]).output
        assert "--api-token" not in output
        assert "--database-url" not in output


@pytest.mark.parametrize(
    ("typed", "kept"), [("", ()), ("person", ("person",)), ("person,cart", ("person", "cart"))]
)
def test_classes_on_the_command_line_reach_the_replicas_and_none_keeps_all(
    typed, kept, monkeypatch
):
    monkeypatch.setenv("FOOTFALL_CLASSES", "dog")
    serve = main.get_command(click.Context(main), "serve")
    options = serve.make_context("serve", ["--classes", typed]).params
    for name, value in variables(options).items():
        monkeypatch.setenv(name, value)
    assert DetectorSettings.load().classes == kept


def test_a_checked_model_says_its_input_and_which_classes_it_keeps():
    result = CliRunner().invoke(main, ["models", "check", str(DEMO_MODEL), "--classes", ""])
    assert result.exit_code == 0, result.output
    assert "Its input is 512x288 px." in result.output
    assert "Classes: all of 1 (person)." in result.output


@pytest.mark.parametrize("name", ["views", "serve", "up"])
def test_a_database_url_that_is_none_is_one_sentence_without_it(name, monkeypatch):
    monkeypatch.setenv("FOOTFALL_DATABASE_URL", "me:hunter2@db")
    result = CliRunner().invoke(main, [name])
    assert result.exit_code == 1
    (sentence,) = result.output.splitlines()
    assert sentence.startswith("footfall: FOOTFALL_DATABASE_URL: ")
    assert "hunter2" not in sentence


_HALF = "[[0, 0, 0, 0], [1, 0, 1, 0], [1, 1, 1, 2], [0, 1, 0, 2]]"
_WHOLE = "[[0, 0, 0, 0], [1, 0, 2, 0], [1, 1, 2, 2], [0, 1, 0, 2]]"


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        (_HALF, ["s: no camera counts 2 of the floor's 4 cells; (row, column): (0, 1), (1, 1)."]),
        (_WHOLE, []),
        ("null", []),
    ],
    ids=["half", "whole", "no homography"],
)
def test_a_checked_layout_names_the_floor_that_no_camera_counts(pairs, told, tmp_path):
    layout = tmp_path / "layout.yaml"
    layout.write_text(
        "{site: s, version: 1, floor: {width_m: 2, height_m: 2, cell_m: 1}, "
        f"cameras: [{{id: c, homography: {pairs}}}]}}\n"
    )
    result = CliRunner().invoke(main, ["layouts", "check", str(layout)])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[1:] == told


def test_an_error_is_sentences_and_exit_code_1(tmp_path):
    layout = tmp_path / "layout.yaml"
    layout.write_text("site: Bad Name\ncameras: 3\n")
    result = CliRunner().invoke(main, ["layouts", "check", str(layout)])
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert all(line.startswith("footfall: ") for line in result.output.splitlines())
    assert "site" in result.output
    assert "cameras" in result.output


def test_an_unknown_variable_stops_every_command(monkeypatch):
    monkeypatch.setenv("FOOTFALL_KAFAK", "127.0.0.1:9092")
    result = CliRunner().invoke(main, ["schemas", "--check"])
    assert result.exit_code == 1
    assert "FOOTFALL_KAFAK" in result.output


def test_committed_schemas_are_what_the_types_say():
    assert CliRunner().invoke(main, ["schemas", "--check"]).exit_code == 0
