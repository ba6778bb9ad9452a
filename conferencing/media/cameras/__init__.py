"""A camera's process: RTSP in, RTP out, and a decoder only where somebody needs one.

The media node starts one for each camera of a room, over a pair of sockets (`words`), and ends it with it.
"""
