"""Files that are shared in the room of a conference."""
