/** What this machine sends with: chosen once, remembered. */
import { isBoolean, isText, stored } from "@/state/storage";
import type { MediaChoice } from "./devices";

export const thinLine = stored<boolean>("conference.thin", false, isBoolean);
export const cameraId = stored<string>("conference.camera", "", isText);
export const microphoneId = stored<string>("conference.microphone", "", isText);
/** The devices of this machine were looked at once, by the person. */
export const wasChecked = stored<boolean>("conference.checked", false, isBoolean);

export function choice(rear: boolean): MediaChoice {
  return { thin: thinLine.value, rear, camera: cameraId.value, microphone: microphoneId.value };
}
