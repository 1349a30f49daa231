"""The integrations that runs take in turn: each set up once in a lane, when its first run comes."""

from __future__ import annotations

from pathlib import Path

from config.demo.stand_ins import VARIANTS
from tests.proof.sides import KINDS
from tests.proof.world import World

ALL = [(key, variant) for key in KINDS for variant in VARIANTS[key]]


def label(key: str, variant: str) -> str:
    return f"{key}:{variant}" if variant else key


def those(wanted: str) -> list[tuple[str, str]]:
    chosen = [one for one in ALL if not wanted or wanted in (one[0], label(*one))]
    if not chosen:
        known = ", ".join(label(*one) for one in ALL)
        raise SystemExit(f"Unknown integration {wanted}. There is: {known}.")
    return chosen


def lane_of(seed: int, wanted: str, lanes: int) -> int:
    """Each integration is set up in one lane; those that are left over are shared by all."""
    count = len(those(wanted))
    index, turn = seed % count, seed // count
    return (index if index < count - count % lanes else turn) % lanes


class Worlds:
    """By the seed of a run, which integration it plays."""

    def __init__(self, pgdata: Path, lane: str) -> None:
        self.pgdata, self.lane = pgdata, lane
        self.made: dict[str, World] = {}

    def of(self, seed: int, wanted: str) -> World:
        """`wanted` is an integration's key, with `:variant` for one of its variants alone."""
        chosen = those(wanted)
        key, variant = chosen[seed % len(chosen)]
        name = label(key, variant)
        if name not in self.made:
            number = ALL.index((key, variant))
            self.made[name] = World(key, variant, self.pgdata, (self.lane, number), name)
        return self.made[name]

    def end(self) -> None:
        for world in self.made.values():
            world.end()
