"""Statistics of the closed loop: how many, how fast, how well, by place, category, unit and month."""
