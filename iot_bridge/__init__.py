"""From a device's MQTT message to an alarm: protocol, codecs, rules, alarms, runner."""
