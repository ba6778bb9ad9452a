/** What is typed into the form of a new incident, and the request it becomes. Pure. */
import type { IncidentSource, JurisdictionCode, Severity } from "@/feed/types";

/** Alarms and other systems report by themselves. */
export const SOURCES = ["hotline", "village", "patrol", "manual"] as const satisfies readonly IncidentSource[];
export type ReportSource = (typeof SOURCES)[number];

/** Who calls: kept apart from the rest, in the tab only. */
export interface CallerDraft {
  readonly callerName: string;
  readonly phone: string;
  readonly address: string;
  readonly callback: boolean;
}

/** What may be kept in the browser. */
export interface CaseDraft {
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
}

export type ReportDraft = CaseDraft & CallerDraft;

export const NO_CALLER: CallerDraft = { callerName: "", phone: "", address: "", callback: false };

export const EMPTY_CASE: CaseDraft = {
  source: "hotline",
  category: "",
  severity: null,
  title: "",
  description: "",
  place: "",
  code: null,
  lng: null,
  lat: null,
};

export const EMPTY_REPORT: ReportDraft = { ...EMPTY_CASE, ...NO_CALLER };

/** Exactly its fields: what else lies there is not taken back. */
function isLike<T extends object>(blank: T, value: unknown): value is T {
  if (typeof value !== "object" || value === null) return false;
  const draft = value as Record<string, unknown>;
  const fields: [string, unknown][] = Object.entries(blank);
  return (
    Object.keys(draft).length === fields.length &&
    fields.every(
      ([key, empty]) =>
        typeof draft[key] === typeof empty ||
        (empty === null && (draft[key] === null || ["string", "number"].includes(typeof draft[key]))),
    )
  );
}

export function isCaseDraft(value: unknown): value is CaseDraft {
  return isLike(EMPTY_CASE, value);
}

export function isCallerDraft(value: unknown): value is CallerDraft {
  return isLike(NO_CALLER, value);
}

/** What of a form belongs to the case, and what to who calls. */
export function partsOf(draft: ReportDraft): readonly [CaseDraft, CallerDraft] {
  const { callerName, phone, address, callback, ...rest } = draft;
  return [rest, { callerName, phone, address, callback }];
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
