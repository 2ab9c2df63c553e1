"""What a tracker may be told: one frozen value, in milliseconds, box heights and scores.

Nothing is in frames or pixels, so one set of values holds at any frame rate and resolution.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """How people move, how far boxes can be trusted, and how long to wait for someone unseen.

    Sizes are in box heights, errors are standard deviations, costs are log-likelihoods (doubled, as
    squared distances in standard deviations are).
    """

    lost_ms: int = 5_000
    """A confirmed track unseen for longer than this has ended at its last sight."""
    tentative_ms: int = 1_000
    """A track not yet confirmed is dropped when unseen for longer than this."""
    rescue_ms: int = 1_000
    """A weak box may rescue a track unseen for at most this long; a surprising one, or a copy, only
    a track whose last strong box is no older."""

    birth_score: float = 0.6
    """A box of at least this score, and nobody's, begins a track."""
    strong_score: float = 0.4
    """Boxes of at least this score choose their tracks first; weaker ones only rescue."""
    confirm_score: float = 0.9
    """A track counts once the scores of its sights add up to this: one clear sight, or two."""
    copy_share: float = 0.6
    """Of two boxes that share at least this much of the smaller one the weaker may be a copy, if it
    scores less than `copy_score`: it is dearer to every track, and begins none."""
    copy_score: float = 0.85
    """A box of at least this score is nobody's copy, unless the two are one box."""
    copy_overlap: float = 0.7
    """Two boxes whose intersection over union is at least this are one, whatever their scores: few
    detectors leave two people such boxes."""

    speed_x: float = 0.45
    """Usual speed of people across the image, box heights per second."""
    speed_y: float = 0.2
    """Usual speed of people up and down the image, box heights per second."""
    turn_ms: int = 4_000
    """Time over which people's velocity forgets itself."""

    error_x: float = 0.045
    """Error of a box's centre across the image."""
    error_y: float = 0.07
    """Error of a box's centre up and down the image."""
    error_width: float = 0.17
    """Error of a box's width, as a share of it."""
    error_height: float = 0.13
    """Error of a box's height, as a share of it."""
    drift_width: float = 0.22
    """Change of a person's width in one second, as a share of it."""
    drift_height: float = 0.11
    """Change of a person's height in one second, as a share of it."""
    outlier: float = 8.0
    """Cost of a coordinate from which on a box that far off counts for less than half."""

    gate: float = 10.0
    """Largest cost of a pair of a track and a strong box."""
    rescue_gate: float = 5.5
    """Largest cost of a pair of a track and a weak box."""
    copy_cost: float = 4.0
    """Cost of a box that may be a copy of a stronger one; 0 takes none for a copy."""
    surprise_gate: float = 15.0
    """Largest cost of a pair that is left over: who sets off at once, or turns, is nobody new."""
    doubt_limit: float = 6.5
    """Largest cost of not knowing where a track is: who was hidden for long is found again."""
    unseen_cost: float = 2.5
    """Cost of a track unseen for `lost_ms`; less in proportion before."""
    outside_cost: float = 3.0
    """Cost of a track that should have left the frame."""

    def __post_init__(self) -> None:
        """Refuse what would divide by nothing.

        Raises:
            ValueError: If `lost_ms`, `turn_ms` or `outlier` is not positive.
        """
        for name in ("lost_ms", "turn_ms", "outlier"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: expected above 0, got {getattr(self, name)}")
