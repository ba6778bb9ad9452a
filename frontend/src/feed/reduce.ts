/** Folding the feed: state + events = new state. Pure; what did not change keeps its identity. */
import { assertNever } from "@/ui/assertNever";
import { BucketMap } from "./bucketMap";
import type { Alarm, Command, Conference, Device, FeedEvent, Incident, Jurisdiction, MaintenanceWindow, Notice, Outage, Schedule, Snapshot, Task, Unit } from "./types";

export interface FeedState {
  readonly jurisdictions: ReadonlyMap<string, Jurisdiction>;
  readonly devices: ReadonlyMap<string, Device>;
  /** The last one of each device, by the device's id, until an hour after it has ended. */
  readonly commands: ReadonlyMap<string, Command>;
  /** Open alarms: active, unacknowledged, latched or shelved. */
  readonly alarms: BucketMap<Alarm>;
  /** While they last. */
  readonly outages: ReadonlyMap<number, Outage>;
  readonly units: ReadonlyMap<number, Unit>;
  /** Until archived or merged. */
  readonly incidents: ReadonlyMap<number, Incident>;
  readonly tasks: ReadonlyMap<number, Task>;
  /** Until somebody of the post has seen it. */
  readonly notices: ReadonlyMap<number, Notice>;
  /** Until they are over. */
  readonly conferences: ReadonlyMap<number, Conference>;
  /** Planned conferences, until they are ended. */
  readonly schedules: ReadonlyMap<number, Schedule>;
  /** Maintenance, planned or under way. */
  readonly windows: ReadonlyMap<number, MaintenanceWindow>;
}

export const EMPTY_STATE: FeedState = {
  jurisdictions: new Map(),
  devices: new Map(),
  commands: new Map(),
  alarms: BucketMap.of<Alarm>([]),
  outages: new Map(),
  units: new Map(),
  incidents: new Map(),
  tasks: new Map(),
  notices: new Map(),
  conferences: new Map(),
  schedules: new Map(),
  windows: new Map(),
};

export function isOpen(alarm: Alarm): boolean {
  return alarm.active || !alarm.acknowledged || alarm.latched || alarm.shelved_until !== null;
}

export function isLasting(outage: Outage): boolean {
  return outage.until === null;
}

export function isShown(incident: Incident): boolean {
  return incident.stage !== "archived" && incident.stage !== "merged";
}

export function isUnderWay(conference: Conference): boolean {
  return conference.ended_at === null;
}

export function isPlanned(schedule: Schedule): boolean {
  return schedule.ended_at === null;
}

export function isAhead(window: MaintenanceWindow): boolean {
  return window.ended_at === null;
}

export function fromSnapshot(snapshot: Snapshot): FeedState {
  return {
    jurisdictions: new Map(snapshot.jurisdictions.map((item) => [item.code, item])),
    devices: new Map(snapshot.devices.map((item) => [item.id, item])),
    commands: new Map(snapshot.commands.map((item) => [item.device_id, item])),
    alarms: BucketMap.of(snapshot.alarms.filter(isOpen).map((item) => [item.id, item])),
    outages: new Map(snapshot.outages.filter(isLasting).map((item) => [item.id, item])),
    units: new Map(snapshot.units.map((item) => [item.id, item])),
    incidents: new Map(snapshot.incidents.filter(isShown).map((item) => [item.id, item])),
    tasks: new Map(snapshot.tasks.map((item) => [item.id, item])),
    notices: new Map(snapshot.notices.map((item) => [item.id, item])),
    conferences: new Map(snapshot.conferences.filter(isUnderWay).map((item) => [item.id, item])),
    schedules: new Map(snapshot.schedules.filter(isPlanned).map((item) => [item.id, item])),
    windows: new Map(snapshot.windows.filter(isAhead).map((item) => [item.id, item])),
  };
}

/** A copy made once, when first written to, so a frame of many events copies each map at most once. */
class Draft<K, V> {
  private copy: Map<K, V> | null = null;
  constructor(private readonly base: ReadonlyMap<K, V>) {}

  set(key: K, value: V): void {
    this.writable().set(key, value);
  }

  remove(key: K): void {
    if ((this.copy ?? this.base).has(key)) this.writable().delete(key);
  }

  result(): ReadonlyMap<K, V> {
    return this.copy ?? this.base;
  }

  private writable(): Map<K, V> {
    this.copy ??= new Map(this.base);
    return this.copy;
  }
}

/** Folds the events of one frame, in order. Folding the same events again changes nothing. */
export function reduceAll(state: FeedState, events: readonly FeedEvent[]): FeedState {
  if (events.length === 0) return state;
  const jurisdictions = new Draft(state.jurisdictions);
  const devices = new Draft(state.devices);
  const commands = new Draft(state.commands);
  const alarms = new Map<number, Alarm | undefined>();
  const outages = new Draft(state.outages);
  const units = new Draft(state.units);
  const incidents = new Draft(state.incidents);
  const tasks = new Draft(state.tasks);
  const notices = new Draft(state.notices);
  const conferences = new Draft(state.conferences);
  const schedules = new Draft(state.schedules);
  const windows = new Draft(state.windows);
  for (const event of events) {
    switch (event.kind) {
      case "alarm.raised":
      case "alarm.repeated":
      case "alarm.placed":
      case "alarm.settled":
      case "alarm.grouped":
      case "alarm.cleared":
      case "alarm.acknowledged":
      case "alarm.reset":
      case "alarm.shelved":
      case "alarm.unshelved":
      case "alarm.out_of_service":
      case "alarm.in_service":
      case "alarm.suppressed":
      case "alarm.unsuppressed":
      case "alarm.assigned":
      case "alarm.commented":
      case "alarm.reminded":
      case "alarm.escalated":
      case "alarm.closed":
        if (event.kind !== "alarm.closed" && isOpen(event.data)) alarms.set(event.data.id, event.data);
        else alarms.set(event.data.id, undefined);
        break;
      case "device.changed":
        devices.set(event.data.id, event.data);
        break;
      case "device.removed":
        devices.remove(event.data.id);
        break;
      case "command.changed":
        commands.set(event.data.device_id, event.data);
        break;
      case "command.removed":
        commands.remove(event.data.device_id);
        break;
      case "outage.changed":
        if (isLasting(event.data)) outages.set(event.data.id, event.data);
        else outages.remove(event.data.id);
        break;
      case "jurisdiction.changed":
        jurisdictions.set(event.data.code, event.data);
        break;
      case "jurisdiction.removed":
        jurisdictions.remove(event.data.code);
        break;
      case "unit.changed":
        units.set(event.data.id, event.data);
        break;
      case "unit.removed":
        units.remove(event.data.id);
        break;
      case "incident.changed":
        if (isShown(event.data)) incidents.set(event.data.id, event.data);
        else incidents.remove(event.data.id);
        break;
      case "incident.removed":
        incidents.remove(event.data.id);
        break;
      case "task.changed":
        tasks.set(event.data.id, event.data);
        break;
      case "task.removed":
        tasks.remove(event.data.id);
        break;
      case "notice.changed":
        notices.set(event.data.id, event.data);
        break;
      case "notice.removed":
        notices.remove(event.data.id);
          break;
      case "conference.changed":
        if (isUnderWay(event.data)) conferences.set(event.data.id, event.data);
        else conferences.remove(event.data.id);
        break;
      case "schedule.changed":
        if (isPlanned(event.data)) schedules.set(event.data.id, event.data);
        else schedules.remove(event.data.id);
        break;
      case "window.changed":
        if (isAhead(event.data)) windows.set(event.data.id, event.data);
        else windows.remove(event.data.id);
        break;
      case "window.removed":
        windows.remove(event.data.id);
        break;
      default:
        assertNever(event);
    }
  }
  return {
    jurisdictions: jurisdictions.result(),
    devices: devices.result(),
    commands: commands.result(),
    alarms: state.alarms.with(alarms),
    outages: outages.result(),
    units: units.result(),
    incidents: incidents.result(),
    tasks: tasks.result(),
    notices: notices.result(),
    conferences: conferences.result(),
    schedules: schedules.result(),
    windows: windows.result(),
  };
}

export function reduce(state: FeedState, event: FeedEvent): FeedState {
  return reduceAll(state, [event]);
}

function sorted<T>(items: Iterable<T>, key: (item: T) => string | number): T[] {
  return [...items].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

/** The state as plain data in a fixed order, comparable with a snapshot of the server. */
export function toSnapshot(state: FeedState): Snapshot {
  return {
    jurisdictions: sorted(state.jurisdictions.values(), (item) => item.code),
    devices: sorted(state.devices.values(), (item) => item.id),
    commands: sorted(state.commands.values(), (item) => item.device_id),
    alarms: sorted(state.alarms.values(), (item) => item.id),
    outages: sorted(state.outages.values(), (item) => item.id),
    units: sorted(state.units.values(), (item) => item.id),
    incidents: sorted(state.incidents.values(), (item) => item.id),
    tasks: sorted(state.tasks.values(), (item) => item.id),
    notices: sorted(state.notices.values(), (item) => item.id),
    conferences: sorted(state.conferences.values(), (item) => item.id),
    schedules: sorted(state.schedules.values(), (item) => item.id),
    windows: sorted(state.windows.values(), (item) => item.id),
  };
}
