/**
 * The live feed's messages and objects, as the contract in the design names them.
 *
 * Objects are immutable: a change arrives as a whole new object, and an object that did not
 * change keeps its identity from one state to the next, so `===` is a valid "nothing changed".
 */

/** Division code; its prefix is the scope of everything (6 city, 9 township, 12 village, 15 grid). */
export type JurisdictionCode = string;
/** ISO-8601 UTC with milliseconds, `2026-11-22T01:02:03.456Z`. */
export type Timestamp = string;

export const JURISDICTION_LEVELS = ["prefecture", "city", "township", "village", "grid"] as const;
export type JurisdictionLevel = (typeof JURISDICTION_LEVELS)[number];

export const DEVICE_STATUSES = ["unknown", "online", "offline"] as const;
export type DeviceStatus = (typeof DEVICE_STATUSES)[number];

export const UNIT_KINDS = ["patrol", "village_centre", "department"] as const;
export type UnitKind = (typeof UNIT_KINDS)[number];

export const UNIT_STATUSES = [
  "available",
  "committed",
  "en_route",
  "on_scene",
  "returning",
  "out_of_service",
] as const;
export type UnitStatus = (typeof UNIT_STATUSES)[number];

/** 1 red, 2 orange, 3 yellow, 4 blue (红橙黄蓝). */
export const SEVERITIES = [1, 2, 3, 4] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Kinds and conditions this console has words for; the feed may carry others, shown by their code. */
export const DEVICE_KINDS = [
  "face_gate",
  "wifi_probe",
  "fire_lane",
  "panic_button",
  "smoke",
  "camera",
] as const;
export const CONDITIONS = [
  "forced_open",
  "door_held",
  "tailgating",
  "tamper",
  "denied_burst",
  "crowd_high",
  "lane_blocked",
  "device_offline",
  "fault",
  "panic",
  "smoke",
] as const;

export interface Jurisdiction {
  readonly code: JurisdictionCode;
  readonly name: string;
  readonly level: JurisdictionLevel;
  readonly parent: JurisdictionCode | null;
  /** [lng, lat], WGS-84. */
  readonly centre: readonly [number, number] | null;
  readonly illustrative: boolean;
}

export interface Device {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly code: JurisdictionCode;
  readonly site: string;
  /** WGS-84; null while the device has no place. */
  readonly lat: number | null;
  readonly lng: number | null;
  readonly codec: string;
  readonly status: DeviceStatus;
  readonly battery: number | null;
  readonly fault: string | null;
}

export interface Alarm {
  readonly id: number;
  readonly device_id: string;
  readonly device_name: string;
  readonly kind: string;
  readonly condition: string;
  readonly severity: Severity;
  readonly code: JurisdictionCode;
  readonly site: string;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly active: boolean;
  readonly acknowledged: boolean;
  readonly raised_at: Timestamp;
  readonly last_at: Timestamp;
  readonly cleared_at: Timestamp | null;
  readonly acknowledged_at: Timestamp | null;
  readonly acknowledged_by: string | null;
  readonly note: string;
  readonly count: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Unit {
  readonly id: number;
  readonly name: string;
  readonly kind: UnitKind;
  readonly code: JurisdictionCode;
  readonly status: UnitStatus;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly updated_at: Timestamp;
}

/** What the user points at, in the queue, on the map or in a list. */
export type Selection =
  | { readonly kind: "alarm"; readonly id: number }
  | { readonly kind: "device"; readonly id: string }
  | { readonly kind: "unit"; readonly id: number }
  | { readonly kind: "jurisdiction"; readonly id: JurisdictionCode };

export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

export interface Snapshot {
  readonly jurisdictions: readonly Jurisdiction[];
  readonly devices: readonly Device[];
  readonly alarms: readonly Alarm[];
  readonly units: readonly Unit[];
}

interface Envelope<K extends string, D> {
  readonly seq: number;
  readonly kind: K;
  readonly at: Timestamp;
  readonly code: JurisdictionCode;
  readonly data: D;
}

export const ALARM_EVENTS = [
  "alarm.raised",
  "alarm.repeated",
  "alarm.cleared",
  "alarm.acknowledged",
  "alarm.closed",
] as const;
export type AlarmEventKind = (typeof ALARM_EVENTS)[number];

/** What each kind of event carries: the whole object, or the key of what is gone. */
export interface EventData extends Readonly<Record<AlarmEventKind, Alarm>> {
  readonly "device.changed": Device;
  readonly "device.removed": { readonly id: string };
  readonly "jurisdiction.changed": Jurisdiction;
  readonly "jurisdiction.removed": { readonly code: JurisdictionCode };
  readonly "unit.changed": Unit;
  readonly "unit.removed": { readonly id: number };
}
export type EventKind = keyof EventData;

export type FeedEvent = { [K in EventKind]: Envelope<K, EventData[K]> }[EventKind];

export type ServerFrame =
  | { readonly type: "snapshot"; readonly cursor: Cursor; readonly state: Snapshot }
  | { readonly type: "resumed"; readonly cursor: Cursor }
  | {
      readonly type: "events";
      readonly prev: number;
      readonly head: number;
      readonly events: readonly FeedEvent[];
    }
  | { readonly type: "heartbeat"; readonly head: number; readonly now: Timestamp };

export type ClientFrame =
  | { readonly type: "hello"; readonly cursor: Cursor | null }
  | { readonly type: "seen"; readonly seq: number };
