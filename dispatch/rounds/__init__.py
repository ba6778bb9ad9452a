"""Rounds (巡更): a unit walks a route on a schedule and confirms each of its checkpoints."""
