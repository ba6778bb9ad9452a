"""The safety of the people out there: calls for help, and signs of life that do not come."""
