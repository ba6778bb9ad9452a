"""The admin site: Django's, in this system's scope rules."""
