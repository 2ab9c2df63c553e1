"""What people look like: build, clothes, hair; drawn from a seeded generator."""

from dataclasses import dataclass

import numpy as np

Bgr = tuple[int, int, int]
"""A colour, blue green red, 0-255."""

_SKINS: tuple[Bgr, ...] = (
    (178, 205, 238),
    (150, 184, 224),
    (126, 164, 206),
    (92, 132, 182),
    (66, 98, 146),
    (48, 70, 104),
)
_HAIRS: tuple[Bgr, ...] = (
    (30, 28, 28),
    (38, 46, 62),
    (46, 66, 100),
    (84, 124, 168),
    (120, 168, 204),
    (150, 150, 152),
    (40, 60, 130),
)
_TOPS: tuple[Bgr, ...] = (
    (232, 230, 226),
    (60, 58, 56),
    (120, 78, 46),
    (54, 54, 168),
    (70, 116, 62),
    (86, 176, 220),
    (156, 120, 160),
    (140, 140, 140),
    (168, 138, 92),
    (76, 100, 140),
    (190, 196, 150),
    (60, 130, 206),
)
_BOTTOMS: tuple[Bgr, ...] = (
    (96, 66, 44),
    (54, 48, 44),
    (120, 92, 66),
    (96, 110, 124),
    (140, 168, 186),
    (70, 74, 82),
    (62, 76, 66),
)
_SHOES: tuple[Bgr, ...] = ((40, 40, 44), (226, 226, 230), (46, 66, 96), (80, 60, 120))


@dataclass(frozen=True, slots=True)
class Look:
    """One person's build and clothes."""

    height_m: float
    girth: float
    """Breadth relative to the average."""
    skin: Bgr
    hair: Bgr
    top: Bgr
    bottom: Bgr
    shoes: Bgr
    accent: Bgr
    """Colour of the bag, the cap or the stripe."""
    has_long_hair: bool = False
    has_skirt: bool = False
    has_coat: bool = False
    has_short_sleeves: bool = False
    has_bag: bool = False
    has_backpack: bool = False
    has_cap: bool = False
    has_stripe: bool = False


def customer_look(rng: np.random.Generator, *, is_child: bool) -> Look:
    """The look of a customer."""
    coin = rng.random(8)
    is_slight = coin[0] < 0.5
    mean_m = 1.66 if is_slight else 1.77
    has_skirt = bool(is_slight and coin[1] < 0.35)
    has_coat = bool(not has_skirt and coin[2] < 0.25)
    return Look(
        height_m=float(rng.uniform(1.12, 1.42) if is_child else rng.normal(mean_m, 0.06)),
        girth=float(np.clip(rng.normal(0.95 if is_slight else 1.04, 0.09), 0.8, 1.3)),
        skin=_varied(rng, _SKINS, spread=6),
        hair=_varied(rng, _HAIRS, spread=8),
        top=_varied(rng, _TOPS, spread=22),
        bottom=_varied(rng, _BOTTOMS, spread=14),
        shoes=_varied(rng, _SHOES, spread=8),
        accent=_varied(rng, _TOPS, spread=30),
        has_long_hair=bool(is_slight and coin[3] < 0.7),
        has_skirt=has_skirt,
        has_coat=has_coat,
        has_short_sleeves=bool(not has_coat and coin[4] < 0.4),
        has_bag=bool(not is_child and coin[5] < 0.3),
        has_backpack=bool(coin[6] < 0.18),
        has_cap=bool(coin[7] < 0.13),
        has_stripe=bool(0.5 < coin[7] < 0.68),
    )


def staff_look(rng: np.random.Generator, uniform: Bgr) -> Look:
    """The look of somebody who works here: the store's colour as an apron."""
    plain = customer_look(rng, is_child=False)
    return Look(
        height_m=plain.height_m,
        girth=plain.girth,
        skin=plain.skin,
        hair=plain.hair,
        top=uniform,
        bottom=(58, 54, 52),
        shoes=(40, 40, 44),
        accent=uniform,
        has_long_hair=plain.has_long_hair,
        has_short_sleeves=True,
    )


def mannequin_look(rng: np.random.Generator) -> Look:
    """The look of a dressed figure of pale plastic."""
    plain = customer_look(rng, is_child=False)
    pale = (198, 206, 212)
    return Look(
        height_m=1.78,
        girth=0.94,
        skin=pale,
        hair=pale,
        top=plain.top,
        bottom=plain.bottom,
        shoes=pale,
        accent=plain.accent,
        has_skirt=plain.has_skirt,
        has_coat=plain.has_coat,
        has_stripe=plain.has_stripe,
    )


def _varied(rng: np.random.Generator, colours: tuple[Bgr, ...], *, spread: int) -> Bgr:
    blue, green, red = colours[int(rng.integers(len(colours)))]
    light = rng.normal(0.0, spread)
    tints = rng.normal(0.0, spread / 3, size=3).tolist()
    blue, green, red = (
        int(min(max(channel + light + tint, 8.0), 246.0))
        for channel, tint in zip((blue, green, red), tints, strict=True)
    )
    return blue, green, red
