/** Patrol teams, village centres and departments: who can be sent stands for the fixed places. */
import type { Unit, UnitKind } from "@/feed/types";

import type { GatheredLayer, Looks } from "./gatheredLayer";
import { UNIT_PX, unitSpec } from "./looks";

const RANK: Readonly<Record<UnitKind, number>> = { patrol: 0, village_centre: 1, department: 2 };

export type UnitLayer = GatheredLayer<Unit>;

export const UNITS: Looks<Unit> = {
  pane: "units",
  height: 630,
  prefix: "u",
  gatherPx: UNIT_PX - 2,
  spec: unitSpec,
  rank: (unit) => RANK[unit.kind],
  belongs: () => true,
};
