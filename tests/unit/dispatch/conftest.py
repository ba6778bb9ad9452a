"""Hypothesis without a deadline: on a busy machine the first example alone takes longer than its 200 ms."""

from hypothesis import settings

settings.register_profile("lingdun", deadline=None)
settings.load_profile("lingdun")
