/** What the REST API answers with, by the contract in the design. */
import type { Device, JurisdictionCode, Timestamp } from "@/feed/types";

export const PERMISSIONS = [
  "alarms.view",
  "alarms.acknowledge",
  "devices.view",
  "devices.manage",
  "units.view",
  "units.manage",
  "dead_letters.view",
  "dead_letters.manage",
  "audit.view",
  "accounts.manage",
  "jurisdictions.manage",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface Post {
  readonly id: number;
  readonly role: string;
  readonly code: JurisdictionCode;
  /** Name of the jurisdiction. */
  readonly name: string;
}

export interface Me {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly language: string;
  /** May open the administration pages. */
  readonly staff: boolean;
  readonly posts: readonly Post[];
  /** For each permission the prefixes under which it holds. */
  readonly permissions: Readonly<Partial<Record<Permission, readonly JurisdictionCode[]>>>;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface DeviceDetail extends Device {
  readonly last_seen: Timestamp | null;
  readonly maker: string;
  readonly model: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly topic: string;
}

export interface DeviceEvent {
  readonly id: number;
  readonly event_id: string;
  readonly type: string;
  /** The server's clock. */
  readonly at: Timestamp;
  readonly device_at: Timestamp | null;
  /** Device clock minus server clock. */
  readonly skew_ms: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface AlarmChange {
  readonly at: Timestamp;
  readonly change: string;
  readonly actor: string | null;
  readonly note: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AcknowledgeResult {
  readonly acknowledged: readonly number[];
  readonly already: readonly number[];
  readonly not_found: readonly number[];
}

export const LETTER_STATES = ["open", "queued", "replayed", "discarded"] as const;
export type LetterState = (typeof LETTER_STATES)[number];

export interface DeadLetter {
  readonly id: number;
  readonly at: Timestamp;
  readonly last_at: Timestamp;
  /** How many identical ones came. */
  readonly count: number;
  readonly topic: string;
  readonly device_id: string;
  readonly code: JurisdictionCode;
  readonly reason: string;
  readonly detail: string;
  /** Bytes as received. */
  readonly size: number;
  readonly state: LetterState;
  readonly closed_by: string;
  readonly closed_reason: string;
}

export interface DeadLetterDetail extends DeadLetter {
  readonly payload: string;
}

export interface ReplayOutcome {
  readonly outcome: "accepted" | "dead_letter";
  readonly reason: string;
  readonly detail: string;
}

export interface AuditEntry {
  readonly id: number;
  readonly at: Timestamp;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly code: JurisdictionCode;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly address: string | null;
}

export interface SystemProcess {
  readonly name: string;
  readonly ready: boolean;
  readonly detail: string;
  readonly age_s: number;
}

export interface SystemStatus {
  readonly processes: readonly SystemProcess[];
  readonly version: string;
}
