/** Incidents: calm signs above their place, so that the alarm they came from stays in sight; the gravest leads. */
import type { Incident } from "@/feed/types";

import type { GatheredLayer, Looks } from "./gatheredLayer";
import { INCIDENT_PX, incidentSpec } from "./looks";

/** What has ended stays on the map only while it is looked at. */
const ENDED: ReadonlySet<Incident["stage"]> = new Set(["closed", "rejected", "archived", "merged"]);

export type IncidentLayer = GatheredLayer<Incident>;

export const INCIDENTS: Looks<Incident> = {
  pane: "incidents",
  height: 645,
  prefix: "i",
  gatherPx: INCIDENT_PX,
  spec: incidentSpec,
  rank: (incident) => incident.severity,
  belongs: (incident) => !ENDED.has(incident.stage),
};
