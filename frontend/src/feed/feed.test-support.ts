/** Doubles for the feed's tests: a hand-driven clock, a socket, and objects with every field. */
import type { Clock } from "./clock";
import type { FeedSocket } from "./client";
import type {
  Alarm,
  ClientFrame,
  Command,
  Conference,
  Device,
  EventData,
  EventKind,
  FeedEvent,
  Incident,
  Jurisdiction,
  MaintenanceWindow,
  Notice,
  Outage,
  Schedule,
  Task,
  Unit,
} from "./types";

export class FakeClock implements Clock {
  private time = Date.parse("2026-11-22T00:00:00.000Z");
  private timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Runs what falls due, in order, then stands `ms` later. */
  advance(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== due);
      this.time = Math.max(this.time, due.at);
      due.run();
    }
    this.time = until;
  }
}

export class FakeSocket implements FeedSocket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  readonly sent: ClientFrame[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }

  close(): void {
    this.closed = true;
  }

  deliver(frame: unknown): void {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
}

export function makeAlarm(change: Partial<Alarm> = {}): Alarm {
  return {
    id: 1,
    device_id: "FL-0231",
    device_name: "消防通道 1 号",
    kind: "fire_lane",
    condition: "lane_blocked",
    severity: 2,
    code: "640181100001",
    site: "东塔镇 1 号院",
    lat: 38.1,
    lng: 106.3,
    active: true,
    acknowledged: false,
    raised_at: "2026-11-22T00:00:00.000Z",
    last_at: "2026-11-22T00:00:00.000Z",
    cleared_at: null,
    acknowledged_at: null,
    acknowledged_by: null,
    note: "",
    count: 1,
    detail: {},
    title_zh: "",
    title_en: "",
    rule: null,
    rule_version: null,
    latching: false,
    latched: false,
    shelved_until: null,
    shelved_by: null,
    shelve_reason: "",
    out_of_service: false,
    suppressed_by: null,
    assignee: null,
    assignee_name: null,
    comments: 0,
    chattering: false,
    group: null,
    level: "",
    escalated_at: null,
    reminders: 0,
    ...change,
  };
}

export function makeDevice(change: Partial<Device> = {}): Device {
  return {
    id: "FL-0231",
    name: "消防通道 1 号",
    kind: "fire_lane",
    code: "640181100001",
    site: "东塔镇 1 号院",
    lat: 38.1,
    lng: 106.3,
    codec: "canonical",
    status: "online",
    battery: null,
    fault: null,
    out_of_service_until: null,
    out_of_service_reason: "",
    ...change,
  };
}

export function makeOutage(change: Partial<Outage> = {}): Outage {
  return {
    id: 1,
    cause: "site_silent",
    code: "640181100001",
    site: "东塔镇 1 号院",
    since: "2026-11-22T00:00:00.000Z",
    until: null,
    devices: 4,
    ...change,
  };
}

export function makeUnit(change: Partial<Unit> = {}): Unit {
  return {
    id: 1,
    name: "巡逻一组",
    kind: "patrol",
    code: "640181100",
    status: "available",
    status_reason: "",
    on_duty: true,
    skills: [],
    lat: null,
    lng: null,
    position_at: null,
    updated_at: "2026-11-22T00:00:00.000Z",
    ...change,
  };
}

export function makeIncident(change: Partial<Incident> = {}): Incident {
  return {
    id: 1,
    number: "20261122-0001",
    title: "东塔镇 1 号院 消防通道占用",
    category: "0101",
    severity: 2,
    source: "alarm",
    code: "640181100001",
    owner: "640181",
    lat: 38.1,
    lng: 106.3,
    place: "东塔镇 1 号院",
    stage: "accepted",
    stage_since: "2026-11-22T00:00:00.000Z",
    warn_at: "2026-11-22T00:08:00.000Z",
    due_at: "2026-11-22T00:10:00.000Z",
    order_warn_at: null,
    order_due_at: null,
    suspended_until: null,
    version: 1,
    reported_at: "2026-11-22T00:00:00.000Z",
    closed_at: null,
    score: null,
    returned: 0,
    reopened: 0,
    overdue: 0,
    supervised: 0,
    extension: false,
    help: null,
    redispatch: null,
    repeats: null,
    alarms: [],
    ...change,
  };
}

export function makeTask(change: Partial<Task> = {}): Task {
  return {
    id: 1,
    incident: 1,
    unit: 1,
    code: "640181100001",
    state: "created",
    order: "",
    created_at: "2026-11-22T00:01:00.000Z",
    created_by: "市指挥中心一席",
    delivered_at: null,
    acknowledged_at: null,
    en_route_at: null,
    on_scene_at: null,
    done_at: null,
    ended_at: null,
    answer_by: "2026-11-22T00:02:30.000Z",
    reminded: 0,
    check_in_minutes: null,
    check_in_by: null,
    reason: "",
    feedback: "",
    proposed: null,
    ...change,
  };
}

export function makeNotice(change: Partial<Notice> = {}): Notice {
  return {
    id: 1,
    incident: 1,
    role: "township_officer",
    code: "640181100",
    why: "plan",
    plan: "火情烟雾处置",
    due_at: null,
    at: "2026-11-22T00:01:00.000Z",
    sender: 1,
    sender_name: "市指挥中心一席",
    ...change,
  };
}

export function makeConference(change: Partial<Conference> = {}): Conference {
  return {
    id: 1,
    number: "HS20261122-0001",
    title: "消防通道占用",
    about: { kind: "incident", id: "1", label: "消防通道占用", code: "640181100001" },
    severity: 2,
    code: "640181",
    opened_by: "市指挥中心一席",
    opened_at: "2026-11-22T00:00:00.000Z",
    ended_at: null,
    seats: [
      {
        number: 1,
        kind: "post",
        name: "市指挥中心一席",
        place: "灵武市",
        level: "city",
        code: "640181",
        role: "chair",
        presence: "joined",
        since: "2026-11-22T00:00:00.000Z",
        automatic: false,
        device: "",
      },
    ],
    ...change,
  };
}

export function makeCommand(change: Partial<Command> = {}): Command {
  return {
    id: 1,
    device_id: "FG-0007",
    code: "640181100003",
    action: "open",
    state: "sent",
    reason: "救护车进入",
    by: "市指挥中心一席",
    issued_at: "2026-11-22T00:00:00.000Z",
    expires_at: "2026-11-22T00:00:15.000Z",
    ended_at: null,
    detail: "",
    late: false,
    ...change,
  };
}

export function makeSchedule(change: Partial<Schedule> = {}): Schedule {
  return {
    id: 1,
    title: "每日点名",
    code: "640181",
    severity: 3,
    repeats: "daily",
    weekdays: [],
    first_day: "2026-11-22",
    at: "09:00",
    until: null,
    lead_minutes: 10,
    by_itself: false,
    automatic: false,
    lobby: false,
    invite: [{ code: "640181100", role: null }],
    planned_by: "市指挥中心一席",
    next_at: "2026-11-22T01:00:00.000Z",
    run: null,
    ended_at: null,
    ...change,
  };
}

export function makeWindow(change: Partial<MaintenanceWindow> = {}): MaintenanceWindow {
  return {
    id: 1,
    code: "640181100001",
    device: "FL-0231",
    kinds: [],
    begins_at: "2026-11-22T00:00:00.000Z",
    ends_at: "2026-11-22T02:00:00.000Z",
    reason: "更换地磁",
    state: "running",
    by: "市指挥中心一席",
    planned_at: "2026-11-22T00:00:00.000Z",
    ended_at: null,
    ended_by: null,
    ...change,
  };
}

export function makeJurisdiction(change: Partial<Jurisdiction> = {}): Jurisdiction {
  return {
    code: "640181",
    name: "灵武市",
    level: "city",
    parent: null,
    centre: [106.33, 38.1],
    illustrative: false,
    ...change,
  };
}

export function makeEvent<K extends EventKind>(seq: number, kind: K, data: EventData[K]): FeedEvent {
  return { seq, kind, at: "2026-11-22T00:00:00.000Z", code: "640181", data } as FeedEvent;
}
