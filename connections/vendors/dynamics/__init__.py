"""What the ledgers of one house share: Business Central and NAV most, F&O and GP a little.

They import from here and never from each other; nothing here imports one of them.
"""
