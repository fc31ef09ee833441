"""The heart: a case, its ladder and its clocks. Pure: no clock on the wall, no database, no platform."""
