/** When the screen must say that it is not the present. Pure. */
import type { Connection } from "@/feed/client";

export type BannerKind = "resuming" | "stale" | "offline" | "behind" | "ended";

/** Events later than this make the console say that it is behind. */
export const BEHIND_MS = 5_000;

export function bannerFor(connection: Connection | null, loaded: boolean): BannerKind | null {
  if (connection === null || !loaded) return null;
  switch (connection.state) {
    case "connecting":
      return null;
    case "live":
      return connection.lag !== null && connection.lag > BEHIND_MS ? "behind" : null;
    default:
      return connection.state;
  }
}
