"""What moves the media of a conference: the port, its messages, and an adapter for each kind of node."""
