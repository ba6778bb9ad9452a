/** Where the members of a marker go when they are spread out: pixel offsets from the marker's place. */
export interface Offset {
  readonly x: number;
  readonly y: number;
}

const CIRCLE_UP_TO = 9;

/** A circle for a few, a spiral for many; `spacing` is the distance between neighbours in pixels. */
export function spiderOffsets(count: number, spacing: number): Offset[] {
  if (count <= CIRCLE_UP_TO) {
    const radius = Math.max(spacing, (count * spacing) / (2 * Math.PI));
    return Array.from({ length: count }, (_, index) => {
      const angle = (index / count) * 2 * Math.PI - Math.PI / 2;
      return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
    });
  }
  const offsets: Offset[] = [];
  let angle = -Math.PI / 2;
  let radius = spacing * 1.4;
  for (let index = 0; index < count; index++) {
    offsets.push({ x: radius * Math.cos(angle), y: radius * Math.sin(angle) });
    angle += spacing / radius;
    radius += (spacing * spacing) / (2 * Math.PI * radius) + 0.4;
  }
  return offsets;
}
