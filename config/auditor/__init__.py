"""The auditor's package: a period of the books' connector that is verified without it."""
