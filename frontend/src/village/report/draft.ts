/** What a village officer reports, and the request it becomes. Pure. */
import type { JurisdictionCode } from "@/feed/types";

export interface ReportDraft {
  readonly category: string;
  readonly code: JurisdictionCode;
  readonly place: string;
  readonly text: string;
  /** Degrees WGS-84 as text, so that it can be kept; empty while not taken. */
  readonly lat: string;
  readonly lng: string;
}

export const EMPTY: ReportDraft = { category: "", code: "", place: "", text: "", lat: "", lng: "" };

export type Missing = "place" | "text" | null;

export function missingIn(draft: ReportDraft, step: 2 | 3): Missing {
  if (step === 2) return draft.place.trim() === "" && draft.lat === "" ? "place" : null;
  return draft.text.trim() === "" ? "text" : null;
}

const TITLE_LENGTH = 40;

/** The first line is its name; a long one is cut there, and told in full below. */
export function titleOf(said: string): string {
  const [first = ""] = said.trim().split("\n");
  return first.length > TITLE_LENGTH ? `${first.slice(0, TITLE_LENGTH)}…` : first;
}

/** A position says best where it is; without one the chosen village holds. */
export function requestOf(draft: ReportDraft, key: string): object {
  const said = draft.text.trim();
  const title = titleOf(said);
  const isPlaced = draft.lat !== "" && draft.lng !== "";
  return {
    category: draft.category,
    title,
    description: title === said ? "" : said,
    place: draft.place.trim(),
    code: isPlaced ? "" : draft.code,
    position: isPlaced ? { lat: Number(draft.lat), lng: Number(draft.lng) } : null,
    key,
  };
}
