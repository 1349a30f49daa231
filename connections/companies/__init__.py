"""Which companies a person sees: each integration is one, and what is of others is not there.

It is enforced in one place: the managers of all rows that belong to an integration leave out what
whoever asks may not see. Pages are asked by a person; workers and commands by nobody, who sees all.
"""
