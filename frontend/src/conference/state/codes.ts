/** The codes of conferences, as lists: those that REST knows are generated, the others are told by their types. */
import type { ActName, FrameProblem, GoneReason, Path, RecordingTrouble, RejoinReason, Refusal, SourceKind } from "@generated/conference";
import type { aboutKindValues } from "@generated/api";

export type AboutKind = (typeof aboutKindValues)[number];

/** All members of a union, each exactly once, or it does not compile. */
function all<Code extends string>(codes: Record<Code, true>): readonly Code[] {
  return Object.keys(codes) as Code[];
}

export const SOURCES = all<SourceKind>({ camera: true, microphone: true, screen: true });
export const PATHS = all<Path>({ udp: true, tcp: true, relay: true });
export const ACT_NAMES = all<ActName>({ invite: true, set_rules: true, end: true, roll_call: true, mute_all: true, record: true, bring_up: true, announce: true });
export const RECORDING_TROUBLES = all<RecordingTrouble>({ "": true, disk_full: true, unwritable: true, cannot_record: true, failed: true });
export const REJOIN_REASONS = all<RejoinReason>({ media_moved: true, media_lost: true });
export const GONE_REASONS = all<GoneReason>({
  ended: true,
  empty: true,
  left: true,
  removed: true,
  not_admitted: true,
  called_away: true,
  taken_over: true,
});
export const REFUSALS = all<Refusal>({
  ended: true,
  not_seated: true,
  not_present: true,
  no_seat: true,
  not_allowed: true,
  not_ruled: true,
  outside: true,
  locked: true,
  full: true,
  muted: true,
  floor_needed: true,
  floor_taken: true,
  elsewhere: true,
  wrong_state: true,
});
export const FRAME_PROBLEMS = all<FrameProblem>({
  stale: true,
  not_joined: true,
  waiting: true,
  bad_offer: true,
  no_codec: true,
  room_full: true,
  node_full: true,
  media_unavailable: true,
});
