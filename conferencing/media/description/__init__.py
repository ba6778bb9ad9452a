"""Offers and answers in SDP. Pure."""
