"""Conferences of three levels: room policy (pure), signalling, the media node, and the engines that drive one."""
