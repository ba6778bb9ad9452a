"""The processes around MQTT: the bridge, the embedded broker, the simulator."""
