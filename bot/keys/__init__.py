"""The keys of the database: turning them, and sealing what an earlier release left in the open."""
