/** What the patrol's page asks of the server, and what an answer means for the queue. */
import { ApiError, api, withQuery } from "@/api/client";
import { photoForm } from "@/touch/photos";
import { postForm } from "./http";
import { ageOf, type Clocks } from "./outbox/age";
import type { Entry, PhotoAct, ReportAct, VisitAct } from "./outbox/acts";
import { madeInLane } from "./outbox/acts";
import type { Outcome } from "./outbox/machine";
import { readClocks } from "./state/clocks";
import type { Attachment, Call, Category, Duty, Incident, Me, Position, Round, RoundPage, Task, TaskDetail } from "./types";

export const readMe = (): Promise<Me> => api.get<Me>("/me");
export const readTasks = (): Promise<readonly TaskDetail[]> =>
  api.get<readonly TaskDetail[]>("/me/tasks");
export const readDuty = (): Promise<Duty> => api.get<Duty>("/me/duty");
export const readCall = (): Promise<Call | null> => api.get<Call | null>("/me/sos");
export const readRounds = async (): Promise<readonly Round[]> =>
  (await api.get<RoundPage>(withQuery("/rounds", { mine: true, limit: 200 }))).items;
export const readCategories = (): Promise<readonly Category[]> =>
  api.get<readonly Category[]>("/incident-categories");
export const sendPosition = ({ lat, lng }: Position, at: number): Promise<Duty> =>
  api.post<Duty>("/me/position", { lat, lng, at: new Date(at).toISOString() });

/** How far the server's clock is ahead of this phone's, in ms; null when it cannot be told. */
export async function readClockOffset(): Promise<number | null> {
  try {
    const asked = Date.now();
    const response = await fetch("/healthz", { method: "HEAD", cache: "no-store" });
    const answered = Date.now();
    const said = Date.parse(response.headers.get("Date") ?? "");
    if (Number.isNaN(said)) return null;
    // The header is cut to the second: on average half a second is missing.
    const offset = said + 500 - (asked + answered) / 2;
    return Math.abs(offset) < 1_000 ? 0 : offset;
  } catch {
    return null;
  }
}

/** What the server made of a task's step: the page shows it at once. */
export type Answer = { readonly task: Task } | { readonly duty: Duty } | { readonly round: Round } | null;

interface Sent {
  readonly made: number | null;
  readonly answer: Answer;
}

/** Tell the server of an entry. Its key makes sure that it counts once. */
export async function deliver(
  entry: Entry,
  all: readonly Entry[],
  heard: (answer: Answer) => void,
): Promise<Outcome> {
  try {
    const { made, answer } = await tell(entry, all);
    heard(answer);
    return { kind: "answered", made };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return await outcomeOf(error);
  }
}

async function tell(entry: Entry, all: readonly Entry[]): Promise<Sent> {
  const { act, key, lane } = entry;
  // As late as can be: what is asked for again is older by then.
  const now = readClocks();
  const ago_ms = ageOf(entry, now);
  switch (act.kind) {
    case "step": {
      const words = act.step === "done" ? { feedback: act.text } : { reason: act.text };
      const task = await api.post<Task>(`/tasks/${String(act.task)}/${act.step}`, { ...words, ago_ms, key });
      return { made: null, answer: { task } };
    }
    case "duty":
      return { made: null, answer: { duty: await api.post<Duty>("/me/duty", { on: act.on }) } };
    case "sos":
      await api.post<Call>("/me/sos", { ...act.position, ago_ms, key });
      return { made: null, answer: null };
    case "sos_place":
      await api.post<Call>("/me/sos/place", act.position);
      return { made: null, answer: null };
    case "status": {
      const { status, reason } = act;
      const duty = await api.post<Duty>(`/me/units/${String(act.unit)}/status`, { status, reason });
      return { made: null, answer: { duty } };
    }
    case "check_in":
      return {
        made: null,
        answer: { task: await api.post<Task>(`/tasks/${String(act.task)}/check-in`, { ago_ms, key }) },
      };
    case "visit": {
      const path = `/rounds/${String(act.round)}/visits`;
      return { made: null, answer: { round: await api.post<Round>(path, { ...visitBody(act), ago_ms, key }) } };
    }
    case "report": {
      const { id } = await api.post<Incident>("/me/reports", { ...reportBody(act), key });
      return { made: id, answer: null };
    }
    case "photo": {
      const incident = act.incident ?? madeInLane(all, lane)?.made ?? null;
      if (incident === null) throw new ApiError(409, "report_refused", "");
      await upload(incident, act, now);
      return { made: null, answer: null };
    }
  }
}

function reportBody({ category, title, description, place, position }: ReportAct): object {
  return { category, title, description, place, position };
}

function visitBody({ checkpoint, method, token, position }: VisitAct): object {
  const place = position && { lat: position.lat, lng: position.lng, accuracy_m: position.accuracy };
  return { checkpoint, method, token, ...place };
}

/** The same picture of the same person is attached once, however often it is sent. */
async function upload(incident: number, { photo, takenAt, onSpot, position }: PhotoAct, now: Clocks): Promise<Attachment> {
  const form = photoForm({ blob: photo, agoMs: ageOf({ at: takenAt }, now), onSpot, position });
  return await postForm<Attachment>(`/incidents/${String(incident)}/attachments`, form);
}

const PASSING = [408, 425, 429];

/** Only the server's own word refuses; everything else may be tried again under the same key. */
export async function outcomeOf(error: ApiError): Promise<Outcome> {
  const { status, code, detail, fields } = error;
  if (code === "not_authenticated") return { kind: "signed_out" };
  if (code === "csrf_failed") {
    await readMe().catch(() => null); // the answer brings a fresh token
    return { kind: "failed" };
  }
  const isTheServers = status >= 400 && status < 500 && code !== "unreadable";
  if (!isTheServers || PASSING.includes(status)) return { kind: "failed" };
  const said = fields.map(({ message }) => message).join("; ") || detail;
  const [first] = fields;
  const reason = first === undefined ? {} : { reason: first.code };
  return { kind: "refused", refusal: { code, detail: said, status, ...reason } };
}

