"""monday.com: boards of items on which people follow documents and decide, by GraphQL."""

from __future__ import annotations

from connections.registry import Ability, Field, VendorModule
from connections.vendors.monday import webhook
from connections.vendors.monday.client import Monday
from connections.vendors.monday.first_contact import FIRST_CONTACT
from connections.vendors.monday.ways import BASIC, ENTERPRISE, OAUTH, PRO, TOKEN

BY_TOKEN = {"sign_in": (TOKEN,)}
BY_APP = {"sign_in": (OAUTH,)}

FIELDS = (
    Field(
        "sign_in",
        "Sign-in",
        default=TOKEN,
        choices=((TOKEN, "Personal API token"), (OAUTH, "App (Connect button)")),
    ),
    Field(
        "token",
        "API token",
        secret=True,
        help="Of a member of the account, best one of its own for this connection: Developers, "
        "My access tokens.",
        only_when=(BY_TOKEN,),
    ),
    Field(
        "client_id",
        "Client id",
        help="Of the app in monday.com's Developer Center, with the new OAuth flow switched on.",
        only_when=(BY_APP,),
    ),
    Field("client_secret", "Client secret", secret=True, only_when=(BY_APP,)),
    Field(
        "signing_secret",
        "Signing secret",
        secret=True,
        help="Of the same app; another one than the client secret. It proves notices.",
        only_when=(BY_APP,),
    ),
    Field(
        "own_user",
        "Only the connector works as this user",
        default="no",
        choices=(("no", "No: a person uses it too"), ("yes", "Yes")),
        help="Yes saves calls: notices of the connector's own changes are dropped. A decision that "
        "a person takes as this user would be dropped too.",
    ),
    Field(
        "boards",
        "Boards",
        required=False,
        help="Ids of the boards that are kept, as in their addresses. Separate with commas.",
    ),
    Field(
        "watched_columns",
        "Columns to watch",
        required=False,
        help="Ids of the columns in which people decide, separated with commas; board:column where "
        "boards differ. Kept by the set-up of boards. Blank: every column, which means a notice "
        "for each cell that the connector writes.",
    ),
    Field(
        "most_options",
        "Options of a column, at most",
        default="200",
        help="How many labels monday.com lets an options (dropdown) column have; it does not "
        "publish the number.",
    ),
    Field(
        "board_kind",
        "New boards are",
        default="private",
        choices=(("private", "Private"), ("public", "Main (seen by the whole account)")),
    ),
    Field(
        "plan",
        "Plan",
        default=BASIC,
        help="Decides how many calls a day allows, where monday.com does not tell itself.",
        choices=(
            (BASIC, "Free, Basic or Standard (1,000 a day)"),
            (PRO, "Pro (10,000 a day)"),
            (ENTERPRISE, "Enterprise (25,000 a day)"),
        ),
    ),
    Field(
        "decision_share",
        "Kept for decisions",
        default="20",
        help="Percentage of the day's calls that only people's decisions may use.",
    ),
    Field("api_version", "API version", default="2026-10", help="Year and month, as 2026-10."),
    Field("api_url", "API address", default="https://api.monday.com"),
    Field("login_url", "Sign-in address", default="https://auth.monday.com", only_when=(BY_APP,)),
)

VENDOR = VendorModule(
    label="monday.com",
    role="project",
    fields=FIELDS,
    client=Monday,
    receive=webhook.receive,
    unpack=webhook.unpack,
    abilities=frozenset({Ability.BOARDS}),
    company=("api_url",),
    consents=BY_APP,
    first_contact=FIRST_CONTACT,
)
