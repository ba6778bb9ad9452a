"""How the media nodes are: for Prometheus and for who keeps the installation."""
