"""What can be wrong with a camera. By itself, since a camera's process has no use for typed models."""

from __future__ import annotations

from enum import StrEnum


class CameraTrouble(StrEnum):
    """Why a camera shows nothing."""

    NOT_ALLOWED = "not_allowed"
    """its network is not on the installation's list (CAMERA_NETWORKS)"""
    NO_HOST = "no_host"
    """the name leads nowhere"""
    UNREACHABLE = "unreachable"
    """nothing answers at address and port"""
    LOGIN = "login"
    """user or password are wrong, or missing"""
    NOT_FOUND = "not_found"
    """the camera has no such path"""
    NO_VIDEO = "no_video"
    """no video, or not over the connection it was asked on"""
    CODEC = "codec"
    """neither H.264 nor H.265"""
    SILENT = "silent"
    """it answers, and sends no picture"""
    PROTOCOL = "protocol"
    """it does not speak RTSP as others do"""
    ENDED = "ended"
    """it ended the connection"""
