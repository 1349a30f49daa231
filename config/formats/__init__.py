"""How Django writes days and moments where no page of ours does."""
