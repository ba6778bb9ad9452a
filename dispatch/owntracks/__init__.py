"""Positions of teams that use the OwnTracks app on their telephones, over HTTP or MQTT."""
