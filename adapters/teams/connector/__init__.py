"""The Bot Connector: its addresses, its clients, what it answers, and the people on its rosters."""
