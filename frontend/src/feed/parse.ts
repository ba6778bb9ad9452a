/**
 * The boundary: text from the socket becomes typed frames here, or a `FormatError`.
 *
 * Unknown fields and event kinds pass (a newer server may add some); a missing or mistyped field
 * does not, since a console that guesses is worse than one that asks for a fresh snapshot.
 */
import { fail, flag, frameOf, integer, list, nullable, number, object, oneOf, type Parser, quickly, record, text } from "@/api/shape";
import {
  type Alarm,
  type AlarmGroupMark,
  ABOUT_KINDS,
  COMMAND_STATES,
  type Command,
  type Conference,
  type Cursor,
  DEVICE_STATUSES,
  type Device,
  type EventData,
  type EventKind,
  type FeedEvent,
  INCIDENT_SOURCES,
  type Incident,
  JURISDICTION_LEVELS,
  type Jurisdiction,
  type MaintenanceWindow,
  type Notice,
  OUTAGE_CAUSES,
  type Outage,
  type Schedule,
  PRESENCES,
  REPEATS,
  RUN_STATES,
  NOTICE_WHYS,
  SEAT_KINDS,
  SEAT_LEVELS,
  SEAT_ROLES,
  type Seat,
  SEVERITIES,
  type ServerFrame,
  STAGES,
  type Snapshot,
  TASK_STATES,
  type Task,
  UNIT_KINDS,
  UNIT_STATUSES,
  WINDOW_STATES,
  type Unit,
} from "./types";

const lngLat: Parser<readonly [number, number]> = (value, path) => {
  const [lng, lat, ...rest] = list(number)(value, path);
  return lng === undefined || lat === undefined || rest.length > 0
    ? fail(path, "[lng, lat]")
    : [lng, lat];
};

const cursor = object<Cursor>({ epoch: text, seq: integer });

const jurisdiction = object<Jurisdiction>({
  code: text,
  name: text,
  level: oneOf(JURISDICTION_LEVELS),
  parent: nullable(text),
  centre: nullable(lngLat),
  illustrative: flag,
});

const device = object<Device>({
  id: text,
  name: text,
  kind: text,
  code: text,
  site: text,
  lat: nullable(number),
  lng: nullable(number),
  codec: text,
  status: oneOf(DEVICE_STATUSES),
  battery: nullable(number),
  fault: nullable(text),
  out_of_service_until: nullable(text),
  out_of_service_reason: text,
});

const alarm = object<Alarm>({
  id: integer,
  device_id: text,
  device_name: text,
  kind: text,
  condition: text,
  severity: oneOf(SEVERITIES),
  code: text,
  site: text,
  lat: nullable(number),
  lng: nullable(number),
  active: flag,
  acknowledged: flag,
  raised_at: text,
  last_at: text,
  cleared_at: nullable(text),
  acknowledged_at: nullable(text),
  acknowledged_by: nullable(text),
  note: text,
  count: integer,
  detail: record,
  title_zh: text,
  title_en: text,
  rule: nullable(integer),
  rule_version: nullable(integer),
  latching: flag,
  latched: flag,
  shelved_until: nullable(text),
  shelved_by: nullable(text),
  shelve_reason: text,
  out_of_service: flag,
  suppressed_by: nullable(text),
  assignee: nullable(integer),
  assignee_name: nullable(text),
  comments: integer,
  chattering: flag,
  group: nullable(object<AlarmGroupMark>({ id: integer, rule: text, name: text, severity: oneOf(SEVERITIES) })),
  level: text,
  escalated_at: nullable(text),
  reminders: integer,
});

const unit = object<Unit>({
  id: integer,
  name: text,
  kind: oneOf(UNIT_KINDS),
  code: text,
  status: oneOf(UNIT_STATUSES),
  status_reason: text,
  on_duty: flag,
  skills: list(text),
  lat: nullable(number),
  lng: nullable(number),
  position_at: nullable(text),
  updated_at: text,
});

const incident = object<Incident>({
  id: integer,
  number: text,
  title: text,
  category: text,
  severity: oneOf(SEVERITIES),
  source: oneOf(INCIDENT_SOURCES),
  code: text,
  owner: text,
  lat: nullable(number),
  lng: nullable(number),
  place: text,
  stage: oneOf(STAGES),
  stage_since: text,
  warn_at: nullable(text),
  due_at: nullable(text),
  order_warn_at: nullable(text),
  order_due_at: nullable(text),
  suspended_until: nullable(text),
  version: integer,
  reported_at: text,
  closed_at: nullable(text),
  score: nullable(integer),
  returned: integer,
  reopened: integer,
  overdue: integer,
  supervised: integer,
  extension: flag,
  help: nullable(text),
  redispatch: nullable(text),
  repeats: nullable(integer),
  alarms: list(integer),
});

const task = object<Task>({
  id: integer,
  incident: integer,
  unit: integer,
  code: text,
  state: oneOf(TASK_STATES),
  order: text,
  created_at: text,
  created_by: nullable(text),
  delivered_at: nullable(text),
  acknowledged_at: nullable(text),
  en_route_at: nullable(text),
  on_scene_at: nullable(text),
  done_at: nullable(text),
  ended_at: nullable(text),
  answer_by: nullable(text),
  reminded: integer,
  check_in_minutes: nullable(integer),
  check_in_by: nullable(text),
  reason: text,
  feedback: text,
  proposed: nullable(integer),
});

const notice = object<Notice>({
  id: integer,
  incident: integer,
  role: text,
  code: text,
  why: oneOf(NOTICE_WHYS),
  plan: text,
  due_at: nullable(text),
  at: text,
  sender: nullable(integer),
  sender_name: text,
});

export const seatFields = {
  number: integer,
  kind: oneOf(SEAT_KINDS),
  name: text,
  place: text,
  level: oneOf(SEAT_LEVELS),
  code: text,
  role: oneOf(SEAT_ROLES),
  presence: oneOf(PRESENCES),
  since: text,
  automatic: flag,
  device: text,
} as const;

export const about = object<Conference["about"]>({
  kind: oneOf(ABOUT_KINDS),
  id: text,
  label: text,
  code: text,
});

const conference = object<Conference>({
  id: integer,
  number: text,
  title: text,
  about,
  severity: oneOf(SEVERITIES),
  code: text,
  opened_by: text,
  opened_at: text,
  ended_at: nullable(text),
  seats: list(object<Seat>(seatFields)),
});

const maintenance = object<MaintenanceWindow>({
  id: integer,
  code: text,
  device: nullable(text),
  kinds: list(text),
  begins_at: text,
  ends_at: text,
  reason: text,
  state: oneOf(WINDOW_STATES),
  by: text,
  planned_at: text,
  ended_at: nullable(text),
  ended_by: nullable(text),
});

const schedule = object<Schedule>({
  id: integer,
  title: text,
  code: text,
  severity: oneOf(SEVERITIES),
  repeats: oneOf(REPEATS),
  weekdays: list(integer),
  first_day: text,
  at: text,
  until: nullable(text),
  lead_minutes: integer,
  by_itself: flag,
  automatic: flag,
  lobby: flag,
  invite: list(object<Schedule["invite"][number]>({ code: text, role: nullable(text) })),
  planned_by: text,
  next_at: nullable(text),
  run: nullable(object<NonNullable<Schedule["run"]>>({ at: text, state: oneOf(RUN_STATES), conference: nullable(integer) })),
  ended_at: nullable(text),
});

const command = object<Command>({
  id: integer,
  device_id: text,
  code: text,
  action: text,
  state: oneOf(COMMAND_STATES),
  reason: text,
  by: text,
  issued_at: text,
  expires_at: text,
  ended_at: nullable(text),
  detail: text,
  late: flag,
});

const outage = object<Outage>({
  id: integer,
  cause: oneOf(OUTAGE_CAUSES),
  code: text,
  site: text,
  since: text,
  until: nullable(text),
  devices: integer,
});

/** A section that the session's posts may not see is left out of the snapshot. */
function section<T>(inner: Parser<T>): Parser<readonly T[]> {
  return (value, path) => (value === undefined ? [] : list(inner)(value, path));
}

const snapshot = object<Snapshot>({
  jurisdictions: section(jurisdiction),
  devices: section(device),
  commands: section(command),
  alarms: section(alarm),
  outages: section(outage),
  units: section(unit),
  incidents: section(incident),
  tasks: section(task),
  notices: section(notice),
  conferences: section(conference),
  schedules: section(schedule),
  windows: section(maintenance),
});

const DATA_BY_KIND: { readonly [K in EventKind]: Parser<EventData[K]> } = {
  "alarm.raised": alarm,
  "alarm.repeated": alarm,
  "alarm.placed": alarm,
  "alarm.settled": alarm,
  "alarm.grouped": alarm,
  "alarm.cleared": alarm,
  "alarm.acknowledged": alarm,
  "alarm.reset": alarm,
  "alarm.shelved": alarm,
  "alarm.unshelved": alarm,
  "alarm.out_of_service": alarm,
  "alarm.in_service": alarm,
  "alarm.suppressed": alarm,
  "alarm.unsuppressed": alarm,
  "alarm.assigned": alarm,
  "alarm.commented": alarm,
  "alarm.reminded": alarm,
  "alarm.escalated": alarm,
  "alarm.closed": alarm,
  "device.changed": device,
  "device.removed": object<{ id: string }>({ id: text }),
  "command.changed": command,
  "command.removed": object<{ device_id: string }>({ device_id: text }),
  "outage.changed": outage,
  "jurisdiction.changed": jurisdiction,
  "jurisdiction.removed": object<{ code: string }>({ code: text }),
  "unit.changed": unit,
  "unit.removed": object<{ id: number }>({ id: integer }),
  "incident.changed": incident,
  "incident.removed": object<{ id: number }>({ id: integer }),
  "task.changed": task,
  "task.removed": object<{ id: number }>({ id: integer }),
  "notice.changed": notice,
  "notice.removed": object<{ id: number }>({ id: integer }),
  "conference.changed": conference,
  "schedule.changed": schedule,
  "window.changed": maintenance,
  "window.removed": object<{ id: number }>({ id: integer }),
};

/** null for a kind this build does not know: it is about something this build does not show. */
const event: Parser<FeedEvent | null> = (value, path) => {
  const source = record(value, path);
  const kind = text(source["kind"], `${path}.kind`);
  if (!Object.hasOwn(DATA_BY_KIND, kind)) return null;
  const parseData: Parser<EventData[EventKind]> = DATA_BY_KIND[kind as EventKind];
  return {
    seq: integer(source["seq"], `${path}.seq`),
    kind,
    at: text(source["at"], `${path}.at`),
    code: text(source["code"], `${path}.code`),
    data: parseData(source["data"], `${path}.data`),
  } as FeedEvent;
};

function asFrame(source: Record<string, unknown>): ServerFrame {
  switch (source["type"]) {
    case "snapshot":
      return {
        type: "snapshot",
        cursor: cursor(source["cursor"], "cursor"),
        state: quickly(snapshot, source["state"], "state"),
      };
    case "resumed":
      return { type: "resumed", cursor: cursor(source["cursor"], "cursor") };
    case "events":
      return {
        type: "events",
        prev: integer(source["prev"], "prev"),
        head: integer(source["head"], "head"),
        events: quickly(list(event), source["events"], "events").filter((item) => item !== null),
      };
    case "heartbeat":
      return {
        type: "heartbeat",
        head: integer(source["head"], "head"),
        now: text(source["now"], "now"),
      };
    default:
      return fail("type", "snapshot | resumed | events | heartbeat");
  }
}

/** One frame of the live feed. Throws `FormatError` naming the field that is wrong. */
export function parseFrame(raw: string): ServerFrame {
  return asFrame(frameOf(raw));
}

export function parseSnapshot(value: unknown): Snapshot {
  return snapshot(value, "state");
}
