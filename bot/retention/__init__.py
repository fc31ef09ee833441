"""Retention: what is kept of cases and of people, for how long, and how it is erased.

`due` is pure: what a policy says of a case, and what keeps it from being erased. `erasing` carries it out, in
one transaction. `access` gathers what is held of one person.
"""
