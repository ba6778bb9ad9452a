/** What is sent, and in which sizes. Pure. */
import type { SourceKind } from "../state/types";

/** Quarter, half and full size of the camera; the node sends each receiver the one that fits its tile. */
const LAYERS: readonly RTCRtpEncodingParameters[] = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
];
const THIN: readonly RTCRtpEncodingParameters[] = [{ maxBitrate: 160_000, maxFramerate: 12 }];
const SCREEN: readonly RTCRtpEncodingParameters[] = [{ maxBitrate: 1_500_000, maxFramerate: 8 }];

/** `scalabilityMode` keeps the layers plain, so that they can be forwarded without being understood. */
export function cameraEncodings(thin: boolean): RTCRtpEncodingParameters[] {
  return thin ? THIN.map((one) => ({ ...one })) : LAYERS.map((one) => ({ ...one, scalabilityMode: "L1T1" }));
}

export function screenEncodings(): RTCRtpEncodingParameters[] {
  return SCREEN.map((one) => ({ ...one }));
}

/** VP8 before all else, then the rest: the node takes the first that it knows. */
export function byPreference<T extends { readonly mimeType: string }>(codecs: readonly T[]): T[] {
  const first = codecs.filter(({ mimeType }) => mimeType.toLowerCase() === "video/vp8");
  return [...first, ...codecs.filter((codec) => !first.includes(codec))];
}

/**
 * Which encodings stay switched on when only these layers are watched; one without a rid is named "". The smallest
 * stays on always: a camera that sends nothing counts as none, and nobody could ask for it again.
 */
export function activeOf(
  encodings: readonly Pick<RTCRtpEncodingParameters, "rid">[],
  rids: readonly string[],
): readonly boolean[] {
  return encodings.map(({ rid }, index) => index === 0 || rids.includes(rid ?? ""));
}

/** Address and port of the node, from the one candidate of its answer: what a firewall has to let through. */
export function nodeAddress(sdp: string): string {
  const found = /^a=candidate:\S+ \d+ udp \d+ (\S+) (\d+) /im.exec(sdp);
  return found === null ? "" : `${found[1] ?? ""}:${found[2] ?? ""}`;
}

export const VIDEO_SLOTS = 9;
export const AUDIO_SLOTS = 3;
export const SENT: readonly SourceKind[] = ["camera", "microphone", "screen"];
