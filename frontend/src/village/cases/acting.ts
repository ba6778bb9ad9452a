/** Doing what a button says: the requests of an act, in their order. */
import { api } from "@/api/client";
import type { Incident, Task } from "@/feed/types";
import { type Photo, photoForm } from "@/touch/photos";
import { newKey } from "@/ui/key";
import type { Act } from "./cases";

export interface Saying {
  readonly text: string;
  readonly photos: readonly Photo[];
  readonly minutes: number;
  /** The same for every try to send this. */
  readonly key: string;
}

/** Under what the words and photos of an act are kept until it is done. */
export function draftName(incident: number, act: Act): string {
  return `${String(incident)}:village:${act}`;
}

/** The same picture of the same person is attached once, however often it is sent. */
export async function attach(incident: number, photo: Photo): Promise<void> {
  const form = photoForm({ ...photo, agoMs: Date.now() - photo.takenAt });
  await api.post(`/incidents/${String(incident)}/attachments`, form);
}

export interface Doing {
  readonly incident: Incident;
  /** The task of the village's own unit, where it has one. */
  readonly task: number | null;
  readonly units: readonly number[];
}

/** Rejects with an ApiError where the server refuses. */
export async function doAct(act: Act, { incident, task, units }: Doing, said: Saying | null): Promise<void> {
  const path = `/incidents/${String(incident.id)}`;
  const { version } = incident;
  const text = said?.text ?? "";
  const key = said?.key ?? newKey();
  for (const photo of said?.photos ?? []) await attach(incident.id, photo);
  switch (act) {
    case "take": {
      const sent = await api.post<readonly Task[]>(`${path}/tasks`, { version, units, key });
      const [first] = sent;
      if (first !== undefined) await api.post(`/tasks/${String(first.id)}/acknowledge`, { key: newKey() });
      return;
    }
    case "acknowledge":
    case "start":
    case "arrive":
      await api.post(`/tasks/${String(task)}/${act}`, { key });
      return;
    case "done":
      await api.post(`/tasks/${String(task)}/done`, { feedback: text, key });
      return;
    case "decline":
      await api.post(`/tasks/${String(task)}/decline`, { reason: text, key });
      return;
    case "ask_extension":
      await api.post(`${path}/extensions`, { minutes: said?.minutes ?? 0, reason: text });
      return;
    case "ask_help":
      await api.post(`${path}/help`, { text });
      return;
    case "note":
      if (text !== "") await api.post(`${path}/comments`, { text });
      return;
    case "accept":
    case "verify":
    case "return":
    case "transfer_up":
      await api.post(`${path}/actions/${act}`, { version, text });
  }
}
