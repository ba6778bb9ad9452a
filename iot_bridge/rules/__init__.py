"""Rules: what a device's messages and its silence mean. Pure functions of state, message and `now`."""
