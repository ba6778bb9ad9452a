/** Which notices are for whom. Pure. */
import type { Me } from "@/api/types";
import type { Incident, Notice } from "@/feed/types";

/** To a post that this person holds at that very place, and told by somebody else. */
export function isTo(notice: Notice, { id, posts }: Pick<Me, "id" | "posts">): boolean {
  return notice.sender !== id && posts.some(({ role, code }) => role === notice.role && code === notice.code);
}

export interface ShownNotice {
  readonly notice: Notice;
  readonly incident: Incident;
}

/** A person's notices with their incidents: the gravest first, then the oldest. A notice without one is on its way out. */
export function noticesOf(
  notices: Iterable<Notice>,
  incidents: ReadonlyMap<number, Incident>,
  me: Pick<Me, "id" | "posts">,
): readonly ShownNotice[] {
  return [...notices]
    .filter((notice) => isTo(notice, me))
    .flatMap((notice) => {
      const incident = incidents.get(notice.incident);
      return incident === undefined ? [] : [{ notice, incident }];
    })
    .sort((a, b) => a.incident.severity - b.incident.severity || a.notice.id - b.notice.id);
}
