/** How the message of a task went, way by way. Pure. */
import type { Delivery } from "@/api/types";

export type Rung = Delivery["rung"];
export type DeliveryState = Delivery["state"];

/** In the order in which they are tried. */
export const RUNGS: readonly Rung[] = ["websocket", "webpush", "ntfy", "webhook"];

/** Why a delivery did not come about where no service was asked; else `detail` is the service's own word. */
const WHYS = [
  "not_subscribed",
  "not_connected",
  "no_webhook",
  "too_late",
  "host_not_allowed",
  "no_key",
  "removed",
] as const;
export type Why = (typeof WHYS)[number];

export function isWhy(detail: string): detail is Why {
  return (WHYS as readonly string[]).includes(detail);
}

/** Of several browsers of one person the best says whether they were reached. */
const BEST: readonly DeliveryState[] = ["sent", "waiting", "failed", "gone"];

/** Receivers for whom it stands alike; `at` is the latest of theirs. */
export interface Standing {
  readonly state: DeliveryState;
  readonly detail: string;
  readonly at: string;
  readonly who: readonly string[];
}

export interface RungStanding {
  readonly rung: Rung;
  readonly standings: readonly Standing[];
}

/** The last message only: the one before it is out of date. A way that was not tried is left out. */
export function rungsOf(deliveries: readonly Delivery[]): readonly RungStanding[] {
  const last = Math.max(...deliveries.map(({ message }) => message));
  const ofLast = deliveries.filter(({ message }) => message === last);
  return RUNGS.map((rung) => ({ rung, standings: standingsOf(ofLast.filter((one) => one.rung === rung)) })).filter(
    ({ standings }) => standings.length > 0,
  );
}

function standingsOf(deliveries: readonly Delivery[]): readonly Standing[] {
  const each = new Map<string, Delivery>();
  for (const delivery of deliveries) {
    const known = each.get(delivery.who);
    if (known === undefined || BEST.indexOf(delivery.state) < BEST.indexOf(known.state)) each.set(delivery.who, delivery);
  }
  const alike = new Map<string, Standing>();
  for (const { state, detail, at, who } of each.values()) {
    const key = `${state} ${detail}`;
    const known = alike.get(key);
    alike.set(key, {
      state,
      detail,
      at: known === undefined || at > known.at ? at : known.at,
      who: [...(known?.who ?? []), ...(who === "" ? [] : [who])],
    });
  }
  return [...alike.values()].sort((a, b) => BEST.indexOf(a.state) - BEST.indexOf(b.state));
}
