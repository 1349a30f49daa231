"""What a connection form asks for so that decisions made elsewhere take effect; all optional."""

from __future__ import annotations

from connections.registry import Field

DECIDING = (
    Field(
        "flag_field",
        "Flag field",
        required=False,
        help="Field of purchase documents in which decisions made elsewhere are noted. Blank: On "
        "Hold (On_Hold on the pages, onHold online).",
    ),
    Field(
        "flag_values",
        "Values of the flag",
        required=False,
        default="release=, reopen=HLD, approve=, reject=REJ",
        help="What is written for each decision; nothing behind the sign empties the field. A "
        "decision that is left out is not noted.",
    ),
    Field(
        "decision_batch",
        "Journal batch for decisions",
        required=False,
        help="General journal batch in which decisions made elsewhere become lines. It must exist, "
        "and nothing else is entered there.",
    ),
    Field(
        "memo_account",
        "Memo account",
        required=False,
        help="G/L account of those lines. Without both accounts no line is entered.",
    ),
    Field(
        "memo_balancing_account",
        "Memo balancing account",
        required=False,
        help="G/L account that balances those lines.",
    ),
)
