/** Reading QR codes with the camera, where the browser can: no library, and no picture leaves the page. */

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
type DetectorClass = (new (options: { formats: readonly string[] }) => Detector) & {
  getSupportedFormats(): Promise<readonly string[]>;
};

const FORMAT = "qr_code";
const PAUSE_MS = 150;

/** Null where this browser cannot; then the code is typed. */
export async function qrDetector(): Promise<Detector | null> {
  const known = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (known === undefined || !("mediaDevices" in navigator)) return null;
  try {
    return (await known.getSupportedFormats()).includes(FORMAT) ? new known({ formats: [FORMAT] }) : null;
  } catch {
    return null;
  }
}

/** The camera that looks away from the face; rejects when there is none or it is not allowed. */
export function openCamera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
}

export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** Looks until something is found or the signal says to stop; then null. */
export async function lookFor(
  video: HTMLVideoElement,
  detector: Detector,
  signal: AbortSignal,
): Promise<string | null> {
  while (!signal.aborted) {
    try {
      const [found] = await detector.detect(video);
      if (found !== undefined) return found.rawValue;
    } catch {
      // The picture is not there yet.
    }
    await new Promise((resolve) => window.setTimeout(resolve, PAUSE_MS));
  }
  return null;
}
