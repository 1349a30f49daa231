"""What a connection to F&O may choose."""

from __future__ import annotations

V1, V2 = "v1", "v2"
YES, NO = "yes", "no"
SEQUENCE, GIVEN = "sequence", "given"
ACCOUNT_ONLY, WHOLE_STRING = "account", "string"
ANSWER = ((YES, "Yes"), (NO, "No"))
