"""Rooms larger than a node: what two nodes send each other over one UDP flow, whatever rooms they share.

`messages` and `rounds` are pure; the rest stands on the node's rooms.
"""
