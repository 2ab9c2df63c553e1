"""The composition root of the processes that Faust runs.

Each loads its own agent only: the view writer needs none of what the engine computes with.
"""

import asyncio

from schemas.tables import VIEWED_TOPICS
from schemas.topics import DEAD, DETECTIONS, HEALTH, LIVE, RESULT_TOPICS, SNAPSHOTS
from streams.adapters.topics import partition_count_of
from streams.agents.worker import run
from streams.settings import EngineSettings, ViewSettings


def run_engine(settings: EngineSettings) -> None:
    """Runs the site engine until SIGTERM or SIGINT.

    Raises:
        BrokerError: If no broker answers at the start.
        TopicError: If topics are missing, or differ in their number of partitions.
        StreamsError: If Faust broke down.
    """
    from streams.agents.engine import engine_app  # noqa: PLC0415 - see above
    from streams.tracking import warm_up  # noqa: PLC0415 - see above

    topics = (DETECTIONS, SNAPSHOTS, *RESULT_TOPICS, LIVE, HEALTH, DEAD)
    partition_count = asyncio.run(partition_count_of(settings, topics))
    warm_up()  # compiling in the middle of a batch could outlast the session
    run(lambda: engine_app(settings, partition_count=partition_count))


def run_views(settings: ViewSettings) -> None:
    """Runs the view writer until SIGTERM or SIGINT.

    Raises:
        BrokerError: If no broker answers at the start.
        TopicError: If topics are missing, or differ in their number of partitions.
        StreamsError: If Faust broke down.
    """
    from streams.agents.views import views_app  # noqa: PLC0415 - see above

    asyncio.run(partition_count_of(settings, (*VIEWED_TOPICS, DEAD)))
    run(lambda: views_app(settings))
