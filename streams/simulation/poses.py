"""Bodies: from what people do to joints in metres, all people at once.

A body is a few dozen circles round joints; limbs are hulls of two to four of them. Boxes and
drawing use the same circles, so a box encloses what is drawn, to the pixel.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from streams.simulation.looks import Look
from streams.simulation.timelines import Activity

FloatArray = NDArray[np.float64]


class Joint(IntEnum):
    """Circles of a body; left before right."""

    ANKLE_L = 0
    ANKLE_R = 1
    TOE_L = 2
    TOE_R = 3
    KNEE_L = 4
    KNEE_R = 5
    HIP_L = 6
    HIP_R = 7
    SHOULDER_L = 8
    SHOULDER_R = 9
    ELBOW_L = 10
    ELBOW_R = 11
    HAND_L = 12
    HAND_R = 13
    NECK = 14
    HEAD = 15
    CROWN = 16
    FACE = 17
    CHIN = 18
    HAIR = 19
    HEM_L = 20
    HEM_R = 21
    BAG = 22
    PACK_LOW = 23
    PACK_HIGH = 24


JOINT_COUNT = len(Joint)
_RADII_M = np.array(
    [
        *(0.052, 0.052, 0.046, 0.046, 0.068, 0.068, 0.108, 0.108, 0.078, 0.078),
        *(0.052, 0.052, 0.044, 0.044, 0.058, 0.102, 0.098, 0.082, 0.06, 0.088),
        *(0.13, 0.13, 0.125, 0.13, 0.12),
    ]
)
_STRIDE_M = 1.35
_SHOULDER_M = 1.42
_PERIOD = 2 * np.pi


@dataclass(frozen=True, slots=True)
class Bodies:
    """The builds of many people, columns of one length."""

    height_m: FloatArray
    girth: FloatArray
    has: NDArray[np.bool_]
    """`(N, 4)`: long hair, skirt or coat, bag, backpack."""
    is_long: NDArray[np.bool_]
    """Whether the hem is a coat's or a skirt's that reaches the knee."""
    phase: FloatArray
    """A person's own offset of everything periodic, radians."""

    def taken(self, rows: NDArray[np.int64]) -> "Bodies":
        """The builds of some, in the order of `rows`."""
        return Bodies(
            self.height_m[rows],
            self.girth[rows],
            self.has[rows],
            self.is_long[rows],
            self.phase[rows],
        )


def bodies_of(looks: list[Look]) -> Bodies:
    """The builds that go with looks, in their order."""
    return Bodies(
        height_m=np.array([look.height_m for look in looks]),
        girth=np.array([look.girth for look in looks]),
        has=np.array(
            [
                (
                    look.has_long_hair,
                    look.has_skirt or look.has_coat,
                    look.has_bag,
                    look.has_backpack,
                )
                for look in looks
            ],
            dtype=np.bool_,
        ).reshape(-1, 4),
        is_long=np.array([look.has_skirt for look in looks], dtype=np.bool_),
        phase=np.array([(index * 2.399963) % _PERIOD for index in range(len(looks))]),
    )


@dataclass(frozen=True, slots=True)
class Stances:
    """What many people do at an instant, columns of one length."""

    x_m: FloatArray
    y_m: FloatArray
    heading_rad: FloatArray
    walked_m: FloatArray
    speed_m_s: FloatArray
    activity: NDArray[np.int64]
    at_s: FloatArray
    """Time of the instant, s; drives what sways."""

    def taken(self, rows: NDArray[np.int64]) -> "Stances":
        """Some of them, in the order of `rows`."""
        return Stances(
            self.x_m[rows],
            self.y_m[rows],
            self.heading_rad[rows],
            self.walked_m[rows],
            self.speed_m_s[rows],
            self.activity[rows],
            self.at_s[rows],
        )


class _Own:
    """Joints in each body's own axes, for a body of 1.75 m: `(N, 25)` arrays, m.

    A joint's column lies in one piece of memory, here and in all that is made of it: what is done
    to the joints of many bodies is done column by column.
    """

    def __init__(self, count: int) -> None:
        self.forth = np.zeros((JOINT_COUNT, count)).T
        self.side = np.zeros((JOINT_COUNT, count)).T
        self.up = np.zeros((JOINT_COUNT, count)).T


@dataclass(frozen=True, slots=True)
class Joints:
    """Circles of many bodies in space: `(N, 25)` arrays, m."""

    x: FloatArray
    y: FloatArray
    z: FloatArray
    radius: FloatArray


def joints_of(stances: Stances, bodies: Bodies) -> Joints:
    """The joints of everybody, in the order given."""
    size = bodies.height_m / 1.75
    own = _own_joints(stances, bodies)
    cos, sin = np.cos(stances.heading_rad) * size, np.sin(stances.heading_rad) * size
    radii = np.multiply.outer(_RADII_M, size).T
    radii[:, 4:12] *= bodies.girth[:, None]
    _hide_absent(own, radii, bodies)
    return Joints(
        stances.x_m[:, None] + own.forth * cos[:, None] - own.side * sin[:, None],
        stances.y_m[:, None] + own.forth * sin[:, None] + own.side * cos[:, None],
        own.up * size[:, None],
        radii,
    )


def _own_joints(stances: Stances, bodies: Bodies) -> _Own:
    own = _Own(stances.x_m.size)
    stride = np.minimum(stances.speed_m_s / 1.1, 1.0)
    gait = stances.walked_m / _STRIDE_M * _PERIOD + bodies.phase
    bounce = 0.018 * stride * np.cos(2 * gait)
    sway = 0.012 * np.sin(stances.at_s * 0.9 + bodies.phase) * (1 - stride)
    own.up[:, Joint.HIP_L : Joint.HIP_R + 1] = 0.9 + bounce[:, None]
    for limb, sign in ((0, 1.0), (1, -1.0)):
        swing = 0.44 * stride * np.sin(gait) * sign
        _leg(own, limb, swing=swing, bend=0.75 * stride * np.maximum(0.0, np.cos(gait) * sign))
        reach = _reach(stances, bodies, limb)
        _arm(own, limb, upper=reach * 0.8 - 0.9 * swing, lower=reach * 0.75 + 0.25)
        _breadths(own, limb, -sign, reach, bodies)
    _upper_body(own, bounce)
    own.side[:, 8:] += sway[:, None]
    return own


def _leg(own: _Own, leg: int, *, swing: FloatArray, bend: FloatArray) -> None:
    hip = own.up[:, Joint.HIP_L]
    knee_forth, knee_up = 0.41 * np.sin(swing), hip - 0.41 * np.cos(swing)
    shank = swing - bend
    own.forth[:, Joint.KNEE_L + leg], own.up[:, Joint.KNEE_L + leg] = knee_forth, knee_up
    ankle_forth = knee_forth + 0.43 * np.sin(shank)
    ankle_up = np.maximum(knee_up - 0.43 * np.cos(shank), 0.055)
    own.forth[:, Joint.ANKLE_L + leg], own.up[:, Joint.ANKLE_L + leg] = ankle_forth, ankle_up
    own.forth[:, Joint.TOE_L + leg] = ankle_forth + 0.15
    own.up[:, Joint.TOE_L + leg] = np.maximum(ankle_up - 0.01, 0.046)
    own.forth[:, Joint.HEM_L + leg] = knee_forth * 0.55


def _reach(stances: Stances, bodies: Bodies, arm: int) -> FloatArray:
    """How far an arm is out: for goods, across a counter, holding a telephone."""
    beat = np.sin(stances.at_s * (0.55 + 0.2 * arm) + bodies.phase * (2 + arm))
    activity = stances.activity
    reach = np.where(activity == Activity.BROWSE, np.clip(beat * 2.2, 0.0, 1.0) * 1.15, 0.0)
    reach = np.where(activity == Activity.SERVED, 0.75 + 0.35 * beat, reach)
    reach = np.where(activity == Activity.WORK, 0.8 + 0.4 * beat, reach)
    return np.where((activity == Activity.QUEUE) & (arm == 0) & (beat > 0.1), 0.45, reach)


def _arm(own: _Own, arm: int, *, upper: FloatArray, lower: FloatArray) -> None:
    """Places elbow and hand; angles from hanging down, the lower arm's from the upper one."""
    elbow, hand = Joint.ELBOW_L + arm, Joint.HAND_L + arm
    own.forth[:, elbow] = 0.3 * np.sin(upper)
    own.up[:, elbow] = _SHOULDER_M - 0.3 * np.cos(upper)
    own.forth[:, hand] = own.forth[:, elbow] + 0.27 * np.sin(upper + lower)
    own.up[:, hand] = own.up[:, elbow] - 0.27 * np.cos(upper + lower)


def _breadths(own: _Own, limb: int, sign: float, reach: FloatArray, bodies: Bodies) -> None:
    """How far beside the middle the joints of one side are."""
    for joint, beside in (
        (Joint.ANKLE_L, 0.085),
        (Joint.TOE_L, 0.085),
        (Joint.KNEE_L, 0.09),
        (Joint.HIP_L, 0.088 * bodies.girth),
        (Joint.SHOULDER_L, 0.165 * bodies.girth),
        (Joint.ELBOW_L, 0.225 * bodies.girth),
        (Joint.HAND_L, (0.235 - 0.09 * np.minimum(reach, 1.0)) * bodies.girth),
        (Joint.HEM_L, 0.1 * bodies.girth),
    ):
        own.side[:, joint + limb] = sign * beside
    own.up[:, Joint.HEM_L + limb] = np.where(bodies.is_long, 0.56, 0.7)


def _upper_body(own: _Own, bounce: FloatArray) -> None:
    for joint, ahead, height in (
        (Joint.SHOULDER_L, 0.0, _SHOULDER_M),
        (Joint.SHOULDER_R, 0.0, _SHOULDER_M),
        (Joint.NECK, 0.01, 1.5),
        (Joint.HEAD, 0.0, 1.615),
        (Joint.CROWN, 0.005, 1.652),
        (Joint.FACE, 0.048, 1.605),
        (Joint.CHIN, 0.055, 1.55),
        (Joint.HAIR, -0.06, 1.48),
        (Joint.PACK_LOW, -0.2, 1.1),
        (Joint.PACK_HIGH, -0.2, 1.32),
    ):
        own.forth[:, joint] = ahead
        own.up[:, joint] = height + bounce
    own.forth[:, Joint.BAG] = own.forth[:, Joint.HAND_R]
    own.side[:, Joint.BAG] = own.side[:, Joint.HAND_R] + 0.03
    own.up[:, Joint.BAG] = own.up[:, Joint.HAND_R] - 0.24


def _hide_absent(own: _Own, radii: FloatArray, bodies: Bodies) -> None:
    """What somebody does not have shrinks to a point within the trunk."""
    for column, joints in (
        (0, (Joint.HAIR,)),
        (1, (Joint.HEM_L, Joint.HEM_R)),
        (2, (Joint.BAG,)),
        (3, (Joint.PACK_LOW, Joint.PACK_HIGH)),
    ):
        absent = ~bodies.has[:, column]
        for joint in joints:
            for axis in (own.forth, own.side, own.up):
                np.copyto(axis[:, joint], axis[:, Joint.HIP_L], where=absent)
            np.copyto(radii[:, joint], 0.0, where=absent)
