/** What can be done about a seat. Pure. */
import { isCalled, isCamera, isPresent } from "./seats";
import { spotlightOf, WHOLE } from "./subrooms";
import type { RoomState, SeatView } from "./types";

export type SeatDeed = "admit" | "grant" | "revoke" | "mute" | "permit" | "spotlight" | "unspotlight" | "bring_up" | "send_back" | "recall" | "ring" | "remove";

/** What this person may do about a seat now, most wanted first. */
export function deedsFor(state: RoomState, seat: SeatView): readonly SeatDeed[] {
  const mayInvite = state.may.includes("invite");
  const rules = state.rules.includes(seat.number);
  if (isCamera(seat)) {
    if (!rules || !isPresent(seat)) return [];
    const camera: SeatDeed[] = [];
    if (seat.raised) camera.push("send_back");
    else if (seat.room !== WHOLE && state.may.includes("bring_up")) camera.push("bring_up");
    if (state.perceives.includes(seat.number)) camera.push(spotlightOf(state) === seat.number ? "unspotlight" : "spotlight");
    return [...camera, "remove"];
  }
  if (seat.presence === "waiting") return rules ? ["admit", "remove"] : [];
  if (isCalled(seat)) return mayInvite ? ["recall", "ring"] : [];
  // A guest has no page that could ring.
  if (!isPresent(seat)) return mayInvite && seat.kind !== "guest" ? ["ring"] : [];
  const own = seat.number === state.you;
  const deeds: SeatDeed[] = [];
  if (rules) {
    if (state.conference.floor !== "open" && seat.role === "participant") deeds.push(seat.floor ? "revoke" : "grant");
    deeds.push(seat.muted_by === null ? "mute" : "permit");
  } else if (own && seat.floor) deeds.push("revoke");
  if (seat.raised && (rules || own)) deeds.push("send_back");
  else if (rules && seat.room !== WHOLE && state.may.includes("bring_up")) deeds.push("bring_up");
  if ((rules && state.perceives.includes(seat.number)) || (own && state.role === "chair")) {
    deeds.push(spotlightOf(state) === seat.number ? "unspotlight" : "spotlight");
  }
  if (rules) deeds.push("remove");
  return deeds;
}
