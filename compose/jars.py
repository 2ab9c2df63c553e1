"""Apache Kafka's jars: fetched once into a cache folder, each checked against its sum.

In: `kafka.sha256`, the pinned coordinates and sums. Out: a folder that holds exactly those jars.
The list is committed whole, so a start resolves nothing: what runs is what was reviewed.
`python -m compose.jars` writes the list anew after a change of version.
"""

import hashlib
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from compose.errors import DownloadError

KAFKA_VERSION = "4.3.1"
# slf4j-simple lets the broker log; without a binding Kafka says nothing.
ROOTS = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
SUMS_FILE = Path(__file__).with_name("kafka.sha256")
_PARALLEL_DOWNLOADS = 8


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned jar."""

    sha256: str
    """Expected sum, hex."""
    coordinate: str
    """`group:artifact:version`."""

    @property
    def name(self) -> str:
        """File name.

        Example:
            >>> Jar("", "org.slf4j:slf4j-api:1.7.36").name
            'slf4j-api-1.7.36.jar'
        """
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def pinned_jars() -> list[Jar]:
    """The committed list."""
    return [Jar(*line.split()) for line in SUMS_FILE.read_text().splitlines()]


def cache_folder() -> Path:
    """Where downloads are kept between starts and projects of one user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "footfall" / f"kafka-{KAFKA_VERSION}"


def kafka_jars() -> Path:
    """A folder with every pinned jar, each checked now; missing ones are fetched first.

    Raises:
        DownloadError: If a jar cannot be fetched, or one is not what its sum says.
    """
    folder = cache_folder()
    jars = pinned_jars()
    missing = [jar for jar in jars if not (folder / jar.name).exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(dir=folder.parent) as scratch,
            ThreadPoolExecutor(_PARALLEL_DOWNLOADS) as pool,
        ):
            for _ in pool.map(lambda jar: _fetch(jar, folder, Path(scratch)), missing):
                pass
    for jar in jars:
        _check(jar, folder / jar.name)
    return folder


def has_kafka_jars() -> bool:
    """Whether a start needs no download."""
    return all((cache_folder() / jar.name).exists() for jar in pinned_jars())


def _fetch(jar: Jar, folder: Path, scratch: Path) -> None:
    from jgo.maven import MavenContext

    group, artifact, version = jar.coordinate.split(":")
    # `local_repos` empty and an own cache: what lies in the user's Maven folder is not trusted.
    context = MavenContext(repo_cache=scratch, local_repos=[], timeout=60)
    try:
        fetched = context.project(group, artifact).at_version(version).artifact().resolve()
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
        raise DownloadError(
            f"{jar.coordinate} could not be fetched from Maven Central: {error}. Check the network "
            "(and HTTPS_PROXY), or point FOOTFALL_KAFKA at a broker you have."
        ) from error
    _check(jar, fetched)
    shutil.move(fetched, folder / jar.name)  # a rename: another start sees all of it or nothing


def _check(jar: Jar, path: Path) -> None:
    with path.open("rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if got != jar.sha256:
        raise DownloadError(
            f"{path} is not {jar.coordinate}: expected sha256 {jar.sha256}, got {got}. "
            "Delete the file and start again; if it stays so, the download is not to be trusted."
        )


def _write_sums() -> None:
    import jgo

    lines = []
    for artifact in jgo.resolve(ROOTS):
        with artifact.resolve().open("rb") as file:
            got = hashlib.file_digest(file, "sha256").hexdigest()
        lines.append(f"{got}  {artifact.groupId}:{artifact.artifactId}:{artifact.version}\n")
    SUMS_FILE.write_text("".join(sorted(lines, key=lambda line: line.split()[1])))


if __name__ == "__main__":
    _write_sums()
