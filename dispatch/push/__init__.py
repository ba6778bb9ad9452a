"""Push: getting word of a task to the people of a unit, rung by rung, until their app says that it has it."""
