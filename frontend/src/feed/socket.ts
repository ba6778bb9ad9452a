/** A WebSocket of this site, in the shape that the clients take. */
import type { FeedSocket } from "./client";

export function openSocket(path: string): FeedSocket {
  const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${window.location.host}${path}`);
  const wrapped: FeedSocket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      socket.close();
    },
  };
  socket.onopen = () => wrapped.onopen?.();
  socket.onmessage = (message) => wrapped.onmessage?.(message);
  socket.onclose = (event) => wrapped.onclose?.(event);
  return wrapped;
}
