"""The palette of status labels: a label's id is the number of its colour."""

from __future__ import annotations

_PALETTE = """
0 working_orange fdab3d|1 done_green 00c875|2 stuck_red df2f4a|3 dark_blue 007eb5|4 purple 9d50dd
5 explosive c4c4c4|6 grass_green 037f4c|7 bright_blue 579bfc|8 saladish cab641|9 egg_yolk ffcb00
10 blackish 333333|11 dark_red bb3354|12 sofia_pink e50073|13 lipstick ff5ac4
14 dark_purple 784bd1|15 bright_green 9cd326|16 chili_blue 66ccff|17 american_gray 757575
18 brown 7f5347|19 dark_orange ff642e|101 sunset ff7575|102 bubble faa1f1|103 peach ffadad
104 berry 7e3b8a|105 winter 9aadbd|106 river 68a1bd|107 navy 225091|108 aquamarine 4eccc6
109 indigo 5559df|110 dark_indigo 401694|151 pecan 563e3e|152 lavender bda8f9|153 royal 2b76e5
154 steel a9bee8|155 orchid d974b0|156 lilac 9d99b9|157 tan bca58a|158 sky a1e3f6
159 coffee cd9282|160 teal 175a63
"""

_ROWS = [one.split() for line in _PALETTE.strip().splitlines() for one in line.split("|")]
IDS = {name: int(number) for number, name, _ in _ROWS}
NAMES = {number: name for name, number in IDS.items()}
HEX = {int(number): f"#{value}" for number, _, value in _ROWS}
EMPTY = 5  # the grey of a status that is not set
GROUP_COLOURS = ("#579bfc", "#a25ddc", "#00c875", "#fdab3d", "#e2445c", "#037f4c", "#784bd1")


def border(number: int) -> str:
    """A shade darker than the colour."""
    value = HEX[number].lstrip("#")
    parts = [int(value[place : place + 2], 16) * 9 // 10 for place in (0, 2, 4)]
    return "#" + "".join(f"{part:02x}" for part in parts)
