/** What this page sends: camera, microphone and screen, and the words for what is missing. */
import { ref, shallowRef } from "vue";
import type { SourceKind } from "../state/types";
import { type MediaProblem, NO_MEDIA, openCamera, openMedia, openMicrophone, openScreen, type OwnMedia } from "./devices";
import { choice } from "./settings";


export function useOwnMedia(onTrack: (source: SourceKind, track: MediaStreamTrack | null) => void) {
  const media = shallowRef<OwnMedia>(NO_MEDIA);
  const screen = shallowRef<MediaStreamTrack | null>(null);
  const cameraOff = ref(false);
  const rear = ref(false);
  /** The tracks, opened once: whoever asks meanwhile waits for the same. */
  let opening: Promise<OwnMedia> | null = null;

  function watchEnd(track: MediaStreamTrack | null, problem: (why: MediaProblem) => void): void {
    track?.addEventListener("ended", () => {
      problem("missing");
    });
  }

  async function open(): Promise<OwnMedia> {
    opening ??= openMedia(choice(rear.value));
    const found = await opening;
    if (media.value === NO_MEDIA) {
      media.value = found;
      watchCamera(found.camera);
      watchMicrophone(found.microphone);
    }
    return found;
  }

  function watchCamera(camera: MediaStreamTrack | null): void {
    watchEnd(camera, (why) => {
      media.value = { ...media.value, camera: null, cameraProblem: why };
      onTrack("camera", null);
    });
  }

  function watchMicrophone(microphone: MediaStreamTrack | null): void {
    watchEnd(microphone, (why) => {
      media.value = { ...media.value, microphone: null, microphoneProblem: why };
      onTrack("microphone", null);
    });
  }

  /** Off means off: the lamp of the camera goes out. */
  async function setCamera(on: boolean): Promise<void> {
    if (!on) {
      media.value.camera?.stop();
      media.value = { ...media.value, camera: null, cameraProblem: null };
      cameraOff.value = true;
      onTrack("camera", null);
      return;
    }
    const [camera, cameraProblem] = await openCamera(choice(rear.value));
    media.value = { ...media.value, camera, cameraProblem };
    cameraOff.value = false;
    watchCamera(camera);
    onTrack("camera", camera);
  }

  /** What could not be opened, once more: the person has allowed it, or closed the program that had it. */
  async function mend(): Promise<void> {
    const { cameraProblem, microphoneProblem } = media.value;
    if (cameraProblem !== null) await setCamera(true);
    if (microphoneProblem === null) return;
    const [microphone, problem] = await openMicrophone(choice(rear.value));
    media.value = { ...media.value, microphone, microphoneProblem: problem };
    watchMicrophone(microphone);
    onTrack("microphone", microphone);
  }

  async function turnAround(): Promise<void> {
    rear.value = !rear.value;
    media.value.camera?.stop();
    await setCamera(true);
  }

  function speak(enabled: boolean): void {
    if (media.value.microphone !== null) media.value.microphone.enabled = enabled;
  }

  async function share(onEnd: () => void): Promise<boolean> {
    const track = await openScreen();
    if (track === null) return false;
    screen.value = track;
    track.addEventListener("ended", onEnd);
    onTrack("screen", track);
    return true;
  }

  function unshare(): void {
    screen.value?.stop();
    screen.value = null;
    onTrack("screen", null);
  }

  function close(): void {
    for (const track of [media.value.camera, media.value.microphone, screen.value]) track?.stop();
    media.value = NO_MEDIA;
    screen.value = null;
    cameraOff.value = false;
    opening = null;
  }

  /** As `close`, for devices that were chosen anew. */
  async function reopen(): Promise<void> {
    close();
    const { camera, microphone } = await open();
    onTrack("camera", camera);
    onTrack("microphone", microphone);
  }

  function track(source: SourceKind): MediaStreamTrack | null {
    return source === "screen" ? screen.value : media.value[source];
  }

  return { media, screen, cameraOff, rear, open, setCamera, mend, turnAround, speak, share, unshare, close, reopen, track };
}
