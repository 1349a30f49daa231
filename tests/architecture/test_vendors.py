"""A vendor can be read without a second one; what several share lies in `dynamics`."""

from __future__ import annotations

from tests.architecture import house

VENDORS = house.ROOT / "connections" / "vendors"
SHARED = "dynamics"


def test_no_vendor_imports_another() -> None:
    wrong = [
        f"{path.relative_to(house.ROOT)} imports {name}"
        for path in house.sources("connections")
        if VENDORS in path.parent.parents
        for name in house.imported(path)
        if name.startswith("connections.vendors")
        and name.split(".")[2:3] not in ([path.relative_to(VENDORS).parts[0]], [SHARED])
    ]
    assert not wrong
