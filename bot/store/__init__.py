"""The one database: tables, migrations, and the unit of work. It knows nothing of what a case means."""
