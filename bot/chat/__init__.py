"""The vocabulary between the conversations (`flows/`) and the platforms (`adapters/`).

It is closed: what stands here is all that a flow can say and all that an adapter must render.
Nothing in this package imports anything else of the house.
"""
