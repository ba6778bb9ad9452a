"""The device protocol as pure values: topics, messages, reasons, privacy. No IO, no Django."""
