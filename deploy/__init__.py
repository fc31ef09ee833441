"""What surrounds the service when it is built and delivered."""
