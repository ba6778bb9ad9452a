"""What is kept of a conference when it is over: recordings, decisions, minutes."""
