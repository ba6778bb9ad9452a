"""The conference's WebSocket: its frames, and the consumer that carries them."""
