/** What the user switched on the map, remembered in this browser. */
export interface MapPrefs {
  readonly areas: boolean;
  readonly labels: boolean;
  readonly alarms: boolean;
  readonly units: boolean;
  readonly incidents: boolean;
  readonly devices: boolean;
  readonly hiddenKinds: readonly string[];
  /** Id of the base tile layer; null is the plain base. Undefined: never chosen, the configuration's first is used. */
  readonly base: string | null | undefined;
  readonly overlays: readonly string[];
  readonly legend: boolean;
}

export const DEFAULT_PREFS: MapPrefs = {
  areas: true,
  labels: true,
  alarms: true,
  units: true,
  incidents: true,
  devices: true,
  hiddenKinds: [],
  base: undefined,
  overlays: [],
  legend: false,
};

const KEY = "lingdun.map";

function strings(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : undefined;
}

/** Whatever is stored, a usable preference comes out: another version's leftovers must not break the map. */
export function parsePrefs(text: string | null): MapPrefs {
  let stored: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    if (typeof value === "object" && value !== null) stored = value as Record<string, unknown>;
  } catch {
    return DEFAULT_PREFS;
  }
  const flag = (name: "areas" | "labels" | "alarms" | "units" | "incidents" | "devices" | "legend"): boolean =>
    typeof stored[name] === "boolean" ? stored[name] : DEFAULT_PREFS[name];
  const base = stored["base"];
  return {
    areas: flag("areas"),
    labels: flag("labels"),
    alarms: flag("alarms"),
    units: flag("units"),
    incidents: flag("incidents"),
    devices: flag("devices"),
    legend: flag("legend"),
    hiddenKinds: strings(stored["hiddenKinds"]) ?? [],
    overlays: strings(stored["overlays"]) ?? [],
    base: typeof base === "string" || base === null ? base : undefined,
  };
}

export function loadPrefs(storage: Pick<Storage, "getItem">): MapPrefs {
  try {
    return parsePrefs(storage.getItem(KEY));
  } catch {
    return DEFAULT_PREFS; // storage forbidden: the map works, it just forgets
  }
}

export function savePrefs(storage: Pick<Storage, "setItem">, prefs: MapPrefs): void {
  try {
    storage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // storage full or forbidden: nothing the user could do about it here
  }
}
