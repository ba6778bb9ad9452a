/** What a new conference would be about, from what is selected; and whom it would call. Pure. */
import type { components } from "@generated/api";
import type { FeedState } from "@/feed/reduce";
import type { Selection, Severity } from "@/feed/types";
import type { Titled } from "@/ui/titled";
import type { About } from "../state/types";

type Schemas = components["schemas"];
export type Proposal = Schemas["Proposal"];
export type ChainPlace = Proposal["chain"][number];
export type PersonAtPost = ChainPlace["people"][number];
export type NewConference = Schemas["NewConference"];

export interface Opening {
  readonly about: About;
  readonly title: string;
  readonly severity: Severity;
  /** Whose chain is proposed. */
  readonly code: string;
  /** Which places of the chain begin ticked; all, if not given. */
  readonly calls?: (place: ChainPlace) => boolean;
}

const NOTHING: About = { kind: "none", id: "", label: "", code: "" };
const DEFAULT_SEVERITY: Severity = 3;

/** Words for a title that nothing gives: the alarm's condition. */
export type ConditionWord = (alarm: Titled) => string;

/** null: there is nothing selected that a conference could be about. */
export function openingFor(selection: Selection | null, state: FeedState, word: ConditionWord): Opening | null {
  if (selection?.kind === "incident") {
    const found = state.incidents.get(selection.id);
    if (found === undefined) return null;
    const { id, title, severity, code } = found;
    return { about: { kind: "incident", id: String(id), label: title.slice(0, 120), code }, title, severity, code };
  }
  if (selection?.kind === "alarm") {
    const found = state.alarms.get(selection.id);
    if (found === undefined) return null;
    const title = [word(found), found.site || found.device_name].filter((part) => part !== "").join(" · ").slice(0, 120);
    return { about: { kind: "alarm", id: String(found.id), label: title, code: found.code }, title, severity: found.severity, code: found.code };
  }
  if (selection?.kind === "jurisdiction") {
    const found = state.jurisdictions.get(selection.id);
    if (found === undefined) return null;
    const { code, name } = found;
    return { about: { kind: "place", id: code, label: name, code }, title: name, severity: DEFAULT_SEVERITY, code };
  }
  return null;
}

/** About nothing in particular, at one's own post. */
export function openingAt(code: string, title: string): Opening {
  return { about: NOTHING, title, severity: DEFAULT_SEVERITY, code };
}

/** A person at one of their posts. */
export function keyOf({ user, code }: Pick<PersonAtPost, "user" | "code">): string {
  return `${String(user)} ${code}`;
}

/** Everybody of the responsible chain, each person once, at the post nearest to the place. */
export function firstTicked(places: readonly ChainPlace[], calls: (place: ChainPlace) => boolean = () => true): ReadonlySet<string> {
  const known = new Set<number>();
  const ticked = new Set<string>();
  for (const place of [...places].sort((a, b) => b.code.length - a.code.length)) {
    if (!place.proposed || !calls(place)) continue;
    for (const person of place.people) {
      if (known.has(person.user)) continue;
      known.add(person.user);
      ticked.add(keyOf(person));
    }
  }
  return ticked;
}

/** The same person at another post is unticked: nobody has two seats. */
export function toggled(ticked: ReadonlySet<string>, person: PersonAtPost): ReadonlySet<string> {
  const key = keyOf(person);
  if (ticked.has(key)) return new Set([...ticked].filter((one) => one !== key));
  return new Set([...[...ticked].filter((one) => !one.startsWith(`${String(person.user)} `)), key]);
}

export function invitedOf(ticked: ReadonlySet<string>): NewConference["invite"] & object {
  return [...ticked].map((key) => {
    const [user = "", code = ""] = key.split(" ");
    return { user: Number(user), code };
  });
}
