/**
 * The live feed's messages and objects: the generated types of the contract, told as the console uses them.
 *
 * Objects are immutable: a change arrives as a whole new object, and an object that did not
 * change keeps its identity from one state to the next, so `===` is a valid "nothing changed".
 */

import type {
  AlarmData,
  CommandData,
  ConferenceData,
  DeviceData,
  GroupMark,
  IncidentData,
  JurisdictionData,
  NoticeData,
  OutageData,
  ScheduleData,
  SeatData,
  TaskData,
  UnitData,
  WindowData,
} from "@generated/feed";

/** Division code; its prefix is the scope of everything (6 city, 9 township, 12 village, 15 grid). */
export type JurisdictionCode = string;
/** ISO-8601 UTC with milliseconds, `2026-11-22T01:02:03.456Z`. */
export type Timestamp = string;

export {
  aboutKindValues as ABOUT_KINDS,
  commandStateValues as COMMAND_STATES,
  outageCauseValues as OUTAGE_CAUSES,
  presenceValues as PRESENCES,
  repeatsValues as REPEATS,
  runStateValues as RUN_STATES,
  seatKindValues as SEAT_KINDS,
  seatLevelValues as SEAT_LEVELS,
  seatRoleValues as SEAT_ROLES,
  levelValues as JURISDICTION_LEVELS,
  noticeWhyValues as NOTICE_WHYS,
  sourceValues as INCIDENT_SOURCES,
  stageValues as STAGES,
  statusValues as DEVICE_STATUSES,
  taskStateValues as TASK_STATES,
  unitKindValues as UNIT_KINDS,
  unitStatusValues as UNIT_STATUSES,
  windowStateValues as WINDOW_STATES,
} from "@generated/api";
export type JurisdictionLevel = JurisdictionData["level"];
export type DeviceStatus = DeviceData["status"];
export type UnitKind = UnitData["kind"];
export type UnitStatus = UnitData["status"];
export type IncidentSource = IncidentData["source"];
export type Stage = IncidentData["stage"];
export type TaskState = TaskData["state"];

/** 1 red, 2 orange, 3 yellow, 4 blue (红橙黄蓝). */
export const SEVERITIES = [1, 2, 3, 4] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The server's object, immutable, with some fields told more or less exactly than the schema does. */
type Told<T, Fields extends object> = Readonly<Omit<T, keyof Fields> & Fields>;

/** `centre` is [lng, lat], WGS-84. */
export type Jurisdiction = Told<
  JurisdictionData,
  { code: JurisdictionCode; centre: readonly [number, number] | null }
>;

/** Kinds and conditions stay open here: a newer server may have one that this build has no word for. */
export type Device = Told<DeviceData, { kind: string; code: JurisdictionCode }>;

/** The grouped alarm that an alarm is in; its severity is the group's own. */
export type AlarmGroupMark = Told<GroupMark, { severity: Severity }>;
/** The last thing a device was told; what it can be told stays open as kinds do. */
export type Command = Told<CommandData, { code: JurisdictionCode; action: string }>;

export type Alarm = Told<
  AlarmData,
  {
    kind: string;
    condition: string;
    severity: Severity;
    code: JurisdictionCode;
    detail: Readonly<Record<string, unknown>>;
    suppressed_by: string | null;
    group: AlarmGroupMark | null;
  }
>;

/** Equipment out of service for a time; kinds stay open as everywhere. */
export type MaintenanceWindow = Told<WindowData, { code: JurisdictionCode; kinds: readonly string[] }>;

/** Skills stay open as kinds do. */
export type Unit = Told<UnitData, { code: JurisdictionCode; skills: readonly string[] }>;

/** `owner` is responsible now: `code` itself or a jurisdiction above it. */
export type Incident = Told<
  IncidentData,
  { severity: Severity; code: JurisdictionCode; owner: JurisdictionCode; alarms: readonly number[] }
>;

export type Task = Told<TaskData, { code: JurisdictionCode }>;

/** To who holds a post of `role` at `code`; roles stay open as kinds do. */
export type Notice = Told<NoticeData, { role: string; code: JurisdictionCode }>;

/** Nothing is, or was, heard from a place; `until` is null while it lasts. */
export type Outage = Told<OutageData, { code: JurisdictionCode }>;

export type Seat = Readonly<SeatData>;

export type Conference = Told<
  ConferenceData,
  {
    severity: Severity;
    code: JurisdictionCode;
    about: Readonly<Required<ConferenceData["about"]>>;
    seats: readonly Seat[];
  }
>;

/** A planned conference; roles stay open as kinds do. */
export type Schedule = Told<
  ScheduleData,
  {
    severity: Severity;
    code: JurisdictionCode;
    weekdays: readonly number[];
    invite: readonly Readonly<{ code: JurisdictionCode; role: string | null }>[];
    run: Readonly<NonNullable<ScheduleData["run"]>> | null;
  }
>;

/** What the user points at, in the queue, on the map or in a list. */
export type Selection =
  | { readonly kind: "alarm"; readonly id: number }
  | { readonly kind: "device"; readonly id: string }
  | { readonly kind: "unit"; readonly id: number }
  | { readonly kind: "incident"; readonly id: number }
  | { readonly kind: "jurisdiction"; readonly id: JurisdictionCode };

export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

export interface Snapshot {
  readonly jurisdictions: readonly Jurisdiction[];
  readonly devices: readonly Device[];
  readonly commands: readonly Command[];
  readonly alarms: readonly Alarm[];
  readonly outages: readonly Outage[];
  readonly units: readonly Unit[];
  readonly incidents: readonly Incident[];
  readonly tasks: readonly Task[];
  readonly notices: readonly Notice[];
  readonly conferences: readonly Conference[];
  readonly schedules: readonly Schedule[];
  readonly windows: readonly MaintenanceWindow[];
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
  "alarm.placed",
  "alarm.settled",
  "alarm.grouped",
  "alarm.cleared",
  "alarm.acknowledged",
  "alarm.reset",
  "alarm.shelved",
  "alarm.unshelved",
  "alarm.out_of_service",
  "alarm.in_service",
  "alarm.suppressed",
  "alarm.unsuppressed",
  "alarm.assigned",
  "alarm.commented",
  "alarm.reminded",
  "alarm.escalated",
  "alarm.closed",
] as const;
export type AlarmEventKind = (typeof ALARM_EVENTS)[number];

/** What each kind of event carries: the whole object, or the key of what is gone. */
export interface EventData extends Readonly<Record<AlarmEventKind, Alarm>> {
  readonly "device.changed": Device;
  readonly "device.removed": { readonly id: string };
  readonly "command.changed": Command;
  readonly "command.removed": { readonly device_id: string };
  readonly "outage.changed": Outage;
  readonly "jurisdiction.changed": Jurisdiction;
  readonly "jurisdiction.removed": { readonly code: JurisdictionCode };
  readonly "unit.changed": Unit;
  readonly "unit.removed": { readonly id: number };
  readonly "incident.changed": Incident;
  readonly "incident.removed": { readonly id: number };
  readonly "task.changed": Task;
  readonly "task.removed": { readonly id: number };
  readonly "notice.changed": Notice;
  readonly "notice.removed": { readonly id: number };
  readonly "conference.changed": Conference;
  readonly "schedule.changed": Schedule;
  readonly "window.changed": MaintenanceWindow;
  readonly "window.removed": { readonly id: number };
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
