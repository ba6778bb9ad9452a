/** Camera, microphone and screen: opening them, and every way that it can fail as one of a few words. */

/** unsupported: the page has no access at all, as on plain HTTP from another machine. */
export type MediaProblem = "refused" | "in_use" | "missing" | "insecure" | "failed";

export interface MediaChoice {
  /** Small pictures for a weak line or an old machine: 180 lines, 12 a second. */
  readonly thin: boolean;
  /** The camera at the back of a phone. */
  readonly rear: boolean;
  readonly camera: string;
  readonly microphone: string;
}

export interface OwnMedia {
  readonly camera: MediaStreamTrack | null;
  readonly microphone: MediaStreamTrack | null;
  readonly cameraProblem: MediaProblem | null;
  readonly microphoneProblem: MediaProblem | null;
}

export const NO_MEDIA: OwnMedia = { camera: null, microphone: null, cameraProblem: null, microphoneProblem: null };

const PROBLEMS: Readonly<Record<string, MediaProblem>> = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotReadableError: "in_use",
  AbortError: "in_use",
  TrackStartError: "in_use",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
};

export function problemOf(error: unknown): MediaProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  return PROBLEMS[name] ?? "failed";
}

export function videoOf({ thin, rear, camera }: MediaChoice): MediaTrackConstraints {
  const size = thin
    ? { width: { ideal: 320 }, height: { ideal: 180 }, frameRate: { ideal: 12, max: 15 } }
    : { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } };
  const which = rear
    ? { facingMode: { ideal: "environment" } }
    : camera === ""
      ? { facingMode: { ideal: "user" } }
      : { deviceId: { ideal: camera } };
  return { ...size, ...which };
}

export function audioOf({ microphone }: MediaChoice): MediaTrackConstraints {
  const sound = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  return microphone === "" ? sound : { ...sound, deviceId: { ideal: microphone } };
}

async function one(constraints: MediaStreamConstraints): Promise<readonly [MediaStreamTrack | null, MediaProblem | null]> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    return [stream.getTracks()[0] ?? null, null];
  } catch (error) {
    return [null, problemOf(error)];
  }
}

export function isSupported(): boolean {
  return "mediaDevices" in navigator && typeof RTCPeerConnection !== "undefined";
}

/** Both at once, so that the browser asks once; if that fails each alone, so that one missing hinders not the other. */
export async function openMedia(choice: MediaChoice): Promise<OwnMedia> {
  if (!isSupported()) return { ...NO_MEDIA, cameraProblem: "insecure", microphoneProblem: "insecure" };
  const video = videoOf(choice);
  const audio = audioOf(choice);
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video, audio });
    return {
      ...NO_MEDIA,
      camera: stream.getVideoTracks()[0] ?? null,
      microphone: stream.getAudioTracks()[0] ?? null,
    };
  } catch {
    const [camera, cameraProblem] = await one({ video });
    const [microphone, microphoneProblem] = await one({ audio });
    return { camera, microphone, cameraProblem, microphoneProblem };
  }
}

export async function openCamera(choice: MediaChoice): Promise<readonly [MediaStreamTrack | null, MediaProblem | null]> {
  return isSupported() ? one({ video: videoOf(choice) }) : [null, "insecure"];
}

export async function openMicrophone(choice: MediaChoice): Promise<readonly [MediaStreamTrack | null, MediaProblem | null]> {
  return isSupported() ? one({ audio: audioOf(choice) }) : [null, "insecure"];
}

/** null when the person thought better of it. */
export async function openScreen(): Promise<MediaStreamTrack | null> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 8 } }, audio: false });
    const track = stream.getVideoTracks()[0] ?? null;
    if (track !== null) track.contentHint = "detail";
    return track;
  } catch (error) {
    if (problemOf(error) === "failed") throw error;
    return null;
  }
}

export function canShareScreen(): boolean {
  return isSupported() && "getDisplayMedia" in navigator.mediaDevices;
}

export interface DeviceNames {
  readonly cameras: readonly MediaDeviceInfo[];
  readonly microphones: readonly MediaDeviceInfo[];
}

/** With names once access was given. */
export async function listDevices(): Promise<DeviceNames> {
  if (!isSupported()) return { cameras: [], microphones: [] };
  const all = await navigator.mediaDevices.enumerateDevices();
  const known = all.filter(({ deviceId }) => deviceId !== "");
  return {
    cameras: known.filter(({ kind }) => kind === "videoinput"),
    microphones: known.filter(({ kind }) => kind === "audioinput"),
  };
}
