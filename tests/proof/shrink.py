"""Makes a failing run smaller, as long as it still fails."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from tests.proof.play import Options, Outcome
from tests.proof.world import World

MOST_TRIES = 40


def smaller(world: World, outcome: Outcome, options: Options) -> tuple[Options, Outcome]:
    """The smallest that was found: without faults, without kills, with as few papers as do it."""
    tries, found = 0, True
    while found and tries < MOST_TRIES:
        found = False
        for candidate in candidates(options):
            tries += 1
            again = world.play(outcome.seed, candidate)
            if again.faults:
                options, outcome, found = candidate, again, True
                break
    return options, outcome


def candidates(options: Options) -> Iterator[Options]:
    """Each with one thing less."""
    if options.kills:
        yield dataclasses.replace(options, kills=False)
    if options.faults:
        yield dataclasses.replace(options, faults=False)
    numbers = options.only or tuple(range(options.papers))
    half = len(numbers) // 2
    if half > 1:
        yield dataclasses.replace(options, only=numbers[:half])
        yield dataclasses.replace(options, only=numbers[half:])
    if len(numbers) > 1:
        for number in numbers:
            left = tuple(one for one in numbers if one != number)
            yield dataclasses.replace(options, only=left)
