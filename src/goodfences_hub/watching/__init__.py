"""When an event begins and ends."""
