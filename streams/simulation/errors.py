"""Errors of the simulated store.

FootfallError
└── SimulationError           an unknown site or camera, a rate that makes no frames, no traffic
"""

from schemas.errors import FootfallError


class SimulationError(FootfallError):
    """The simulated store cannot show what was asked for; names what there is instead."""
