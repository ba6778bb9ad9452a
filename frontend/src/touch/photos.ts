/** Photos as they are sent: JPEG, at most 1600 pixels long, without what the camera wrote beside them. */
import type { Position } from "./locate";

const LONGEST = 1600;
const QUALITY = 0.8;

export interface Photo {
  readonly blob: Blob;
  /** By this phone's clock, epoch ms. */
  readonly takenAt: number;
  /** Taken by this page's camera a moment before it was picked. */
  readonly onSpot: boolean;
  /** Where the phone was then; null where nobody asked, or it is not from here. */
  readonly position: Position | null;
}

export type PhotoSource = "camera" | "collection";

const MOMENT_MS = 2 * 60_000;

/**
 * Whether a picture counts as taken on the spot: asked of the camera, and its file is hardly older than the
 * asking. No browser vouches for more: some open the collection where the camera was asked for.
 */
export function isOnSpot(source: PhotoSource, fileTime: number, picked: number): boolean {
  return source === "camera" && Math.abs(picked - fileTime) <= MOMENT_MS;
}

/** A picture as the server takes it. */
export function photoForm(photo: Pick<Photo, "blob" | "onSpot" | "position"> & { readonly agoMs: number }): FormData {
  const form = new FormData();
  form.set("file", photo.blob, "photo.jpg");
  form.set("taken_ago_ms", String(Math.max(0, Math.round(photo.agoMs))));
  form.set("on_spot", String(photo.onSpot));
  if (photo.position !== null) {
    form.set("lat", String(photo.position.lat));
    form.set("lng", String(photo.position.lng));
  }
  return form;
}

/** The size that fits, with the same proportions; never larger than it was. */
export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Rejects for a file that is no picture. */
export async function shrink(file: File, source: PhotoSource): Promise<Photo> {
  const onSpot = isOnSpot(source, file.lastModified, Date.now());
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    const { width, height } = fitted(picture.width, picture.height);
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const drawing = canvas.getContext("2d");
    if (drawing === null) throw new TypeError("there is no canvas to draw on");
    drawing.fillStyle = "#ffffff"; // what is transparent would be black in a JPEG
    drawing.fillRect(0, 0, width, height);
    drawing.drawImage(picture, 0, 0, width, height);
    const blob = await new Promise<Blob | null>((resolve) => {
      canvas.toBlob(resolve, "image/jpeg", QUALITY);
    });
    if (blob === null) throw new TypeError("the canvas made no picture");
    return { blob, takenAt: file.lastModified, onSpot, position: null };
  } finally {
    picture.close();
  }
}
