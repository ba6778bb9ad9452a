"""Load tests: what the system bears on this machine, measured and written down (`make load`)."""
