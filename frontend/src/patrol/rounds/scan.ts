/** Reading QR codes with the camera: by the browser where it can, else by a decoder of our own. No picture leaves the page. */

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
type DetectorClass = (new (options: { formats: readonly string[] }) => Detector) & {
  getSupportedFormats(): Promise<readonly string[]>;
};

const FORMAT = "qr_code";
const PAUSE_MS = 150;
/** Pixels of the longer side: a code that fills a fifth of the picture is read, and a phone does so in a blink. */
const LOOKED_AT = 800;

/** Null without a camera; then the code is typed. */
export async function qrDetector(): Promise<Detector | null> {
  if (!("mediaDevices" in navigator)) return null;
  return (await nativeDetector()) ?? (await ownDetector().catch(() => null)); // or it could not be fetched
}

async function nativeDetector(): Promise<Detector | null> {
  const known = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (known === undefined) return null;
  try {
    return (await known.getSupportedFormats()).includes(FORMAT) ? new known({ formats: [FORMAT] }) : null;
  } catch {
    return null;
  }
}

/** Safari and Firefox have no detector. The decoder is JavaScript alone, fetched when it is first wanted. */
async function ownDetector(): Promise<Detector | null> {
  const { default: decode } = await import("qr/decode.js");
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  if (drawing === null) return null;
  return {
    detect(video) {
      const scale = Math.min(1, LOOKED_AT / Math.max(video.videoWidth, video.videoHeight, 1));
      const width = Math.round(video.videoWidth * scale);
      const height = Math.round(video.videoHeight * scale);
      if (width === 0 || height === 0) return Promise.resolve([]);
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      drawing.drawImage(video, 0, 0, width, height);
      try {
        return Promise.resolve([{ rawValue: decode(drawing.getImageData(0, 0, width, height)) }]);
      } catch {
        return Promise.resolve([]); // no code in this picture
      }
    },
  };
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
