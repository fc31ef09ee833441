"""Backup and restore: everything that the database holds, as one file that either database takes."""
