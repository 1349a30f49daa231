"""What each rehearsal shows beside its sums."""

from __future__ import annotations

from typing import Any

from config.demo.stand_ins import STAND_INS
from config.rehearsal.ends import BOOKS, Play, gp_procore, nav_procore
from config.rehearsal.ends import dynamics_monday as on_boards
from config.rehearsal.ends import dynamics_procore as in_books
from config.rehearsal.scene import Scene, Setting, Shown
from config.rehearsal.scenes import dynamics_gp_procore as office
from config.rehearsal.scenes import dynamics_monday as boards
from config.rehearsal.scenes import dynamics_procore as dimensions
from config.rehearsal.scenes import fo_procore, journals
from config.rehearsal.scenes import procore_amounts as amounts
from config.rehearsal.scenes import procore_codes as codes
from connections.models import Integration

FIELD = (  # in every ledger into which the field's documents are booked
    amounts.ForeignCards, amounts.Fractions, amounts.Unseen,
    codes.TypeFirst, codes.SubJobs, codes.OtherClock,
)  # fmt: skip
MICROSOFT = (*FIELD, amounts.Markup, dimensions.DefaultsOfMicrosoft)
BY_NAV = (
    *MICROSOFT, nav_procore.RetiredValue, office.ForeignPapersOfNav, office.UnseenPaperOfNav,
    office.CodedTypeFirstByNav, office.FractionsOfNav, journals.BookedByHand,
)  # fmt: skip
BY_GP = (
    gp_procore.RetiredAccount, office.ForeignPapersOfGp, office.UnseenPaperOfGp,
    office.CodedTypeFirstByGp, office.BilledBesideMoved,
)  # fmt: skip
BOARDS = (
    on_boards.DatesAndPlaces, boards.ErrorsInside, boards.ForeignItems,
    boards.UnseenOnBoards,
)  # fmt: skip
SCENES: dict[tuple[str, str], tuple[type[Scene], ...]] = {  # by integration and variant
    ("bc_procore", ""): (
        in_books.AdoptedAndUsedTwice, in_books.ACollectionOfVendors, in_books.TypedByHand,
        journals.BookedByHand,
        *MICROSOFT, amounts.MovedMaterials, dimensions.RefusedByMicrosoft,
    ),
    ("bc_procore", "invoices"): (
        in_books.ChangeOrdersAsInvoices, in_books.TypedByHand, journals.BookedByHand, *MICROSOFT,
        dimensions.RefusedInOldWords,
    ),
    ("nav_procore", "online"): (*BY_NAV, dimensions.RefusedByMicrosoft),
    ("nav_procore", "on_premises"): (
        in_books.ChangeOrdersAsInvoices, *BY_NAV, dimensions.RefusedInOldWords,
    ),
    ("fo_procore", ""): (
        *FIELD, amounts.MovedMaterials, fo_procore.DerivedInOperations,
        fo_procore.RefusedByOperations, journals.BookedByHand,
    ),
    ("gp_procore", ""): (*BY_GP, journals.BookedByHandInGp),
    ("gp_procore", "short"): BY_GP,
    ("gp_procore", "xml"): (*BY_GP, journals.BookedByHandInGp),
    ("nav_monday", "online"): (*boards.POSTS, *BOARDS),
    ("nav_monday", "on_premises"): (*boards.POSTS, *BOARDS),
    ("bc_monday", ""): BOARDS,
}  # fmt: skip


def played(integration: Integration, play: dict[str, Any]) -> list[Scene]:
    """What this rehearsal shows beside its sums."""
    both = Play.of(play)
    leaf = BOOKS.get(STAND_INS[play["sides"][1]].vendor)
    setting = Setting(integration, both.field_site, both.office_site, play["seed"], leaf)
    return [scene(setting) for scene in SCENES.get((integration.key, play["variant"]), ())]


def look(integration: Integration, play: dict[str, Any]) -> list[Shown]:
    """What became of each scene."""
    return [scene.shown() for scene in played(integration, play)]
