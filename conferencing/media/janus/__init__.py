"""Janus in the node's place: its videoroom, driven so that it does what this system's own node does."""
