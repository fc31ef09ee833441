"""The tenants that we are registered in: signing in to each, and the keys with which Microsoft signs."""
