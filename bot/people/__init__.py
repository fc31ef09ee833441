"""Who is who: agencies, people, the posts they hold, and how each can be reached."""
