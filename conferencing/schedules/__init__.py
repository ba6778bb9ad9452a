"""Planned conferences: when, who chairs by which post, which posts are called; and what became of each time."""
