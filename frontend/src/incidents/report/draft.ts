/** What is typed into the form of a new incident, and the request it becomes. Pure. */
import type { IncidentSource, JurisdictionCode, Severity } from "@/feed/types";

/** Alarms and other systems report by themselves. */
export const SOURCES = ["hotline", "village", "patrol", "manual"] as const satisfies readonly IncidentSource[];
export type ReportSource = (typeof SOURCES)[number];

export interface ReportDraft {
  readonly source: ReportSource;
  readonly category: string;
  /** null: as the category has it. */
  readonly severity: Severity | null;
  readonly title: string;
  readonly description: string;
  readonly place: string;
  readonly code: JurisdictionCode | null;
  readonly lng: number | null;
  readonly lat: number | null;
  readonly callerName: string;
  readonly phone: string;
  readonly address: string;
  readonly callback: boolean;
}

export const EMPTY_REPORT: ReportDraft = {
  source: "hotline",
  category: "",
  severity: null,
  title: "",
  description: "",
  place: "",
  code: null,
  lng: null,
  lat: null,
  callerName: "",
  phone: "",
  address: "",
  callback: false,
};

export function isReportDraft(value: unknown): value is ReportDraft {
  if (typeof value !== "object" || value === null) return false;
  const draft = value as Record<string, unknown>;
  return Object.entries(EMPTY_REPORT).every(
    ([key, blank]) =>
      typeof draft[key] === typeof blank ||
      (blank === null && (draft[key] === null || ["string", "number"].includes(typeof draft[key]))),
  );
}

/** Whether anything would be lost. */
export function isBlank(draft: ReportDraft): boolean {
  return Object.entries(EMPTY_REPORT).every(
    ([key, blank]) => key === "source" || draft[key as keyof ReportDraft] === blank,
  );
}

/** A phone number as the server takes it. */
export function isPhone(text: string): boolean {
  return /^[0-9+() -]*$/.test(text);
}

export function hasPlace({ code, lat }: ReportDraft): boolean {
  return code !== null || lat !== null;
}

/** The caller is kept apart, and only calls have one. */
export function requestOf(draft: ReportDraft): object {
  const caller = {
    name: draft.callerName.trim(),
    phone: draft.phone.trim(),
    address: draft.address.trim(),
    callback: draft.callback,
  };
  const hasCaller = draft.source === "hotline" && (caller.callback || Object.values(caller).some((part) => part !== "" && part !== false));
  return {
    source: draft.source,
    category: draft.category,
    severity: draft.severity,
    title: draft.title.trim(),
    description: draft.description.trim(),
    place: draft.place.trim(),
    code: draft.code ?? "",
    lat: draft.lat,
    lng: draft.lng,
    caller: hasCaller ? caller : null,
  };
}
