"""The end of a month: its account, its close by a person, and what changes in it afterwards."""
