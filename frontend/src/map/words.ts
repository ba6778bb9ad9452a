/** What the map says about things, in the user's language; the layers know no language of their own. */
import type { Alarm, Device, Incident, Unit } from "@/feed/types";

import type { Tally } from "./clustering";

export interface Words {
  alarm(alarm: Alarm): string;
  alarms(lead: Alarm, count: number, unacknowledged: number): string;
  device(device: Device): string;
  cluster(tally: Tally): string;
  unit(unit: Unit): string;
  incident(incident: Incident): string;
  deviceLabel(device: Device): string;
  /** Age of a moment in the words that the queue uses too. */
  age(at: string, now: number): string;
}
