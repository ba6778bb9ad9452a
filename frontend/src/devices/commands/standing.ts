/** How a command stands, as it is shown: pure. */
import type { Command } from "@/feed/types";
import type { IconName } from "@/ui/UiIcon.vue";

export const PENDING: ReadonlySet<Command["state"]> = new Set(["queued", "sent"]);

const ICONS: Readonly<Record<Command["state"], IconName>> = {
  queued: "clock",
  sent: "up",
  succeeded: "check",
  refused: "close",
  failed: "warning",
  expired: "clock",
  unknown: "warning",
};

export function iconOf(command: Command): IconName {
  return ICONS[command.state];
}

export function isPending(command: Command | undefined): command is Command {
  return command !== undefined && PENDING.has(command.state);
}

/** Whole seconds until it may not be carried out any more: never below 0, and never more than it was given. */
export function secondsLeft(command: Command, now: number): number {
  const expires = Date.parse(command.expires_at);
  return Math.max(0, Math.ceil((expires - Math.max(now, Date.parse(command.issued_at))) / 1000));
}

/** Nobody opens a gate without saying why. */
export function needsReason(action: string): boolean {
  return action === "open";
}

/** What changes something at the place is confirmed first; asking how it is changes nothing. */
export function needsConfirmation(action: string): action is "open" | "reset" {
  return action === "open" || action === "reset";
}
