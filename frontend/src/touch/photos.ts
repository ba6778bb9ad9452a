/** Photos as they are sent: JPEG, at most 1600 pixels long, without what the camera wrote beside them. */

const LONGEST = 1600;
const QUALITY = 0.8;

export interface Photo {
  readonly blob: Blob;
  readonly url: string;
  readonly takenAt: number;
}

/** The size that fits, with the same proportions; never larger than it was. */
export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Rejects for a file that is no picture. */
export async function shrink(file: File): Promise<Photo> {
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
    return { blob, url: URL.createObjectURL(blob), takenAt: file.lastModified };
  } finally {
    picture.close();
  }
}
