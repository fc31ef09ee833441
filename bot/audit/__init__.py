"""The audit: whether everything that was accepted is still there, is watched, and is shown as it is.

`checks` is pure: it judges what was read. `walks` reads, in portions. The watchdog goes round with them
inside the service, `braver audit` goes through everything at once.
"""
