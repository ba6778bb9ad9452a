/** A JSON text (RFC 8259) with the line of every value, or the place where it stops being one. Pure. */

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Reading {
  /** Where reading had to end; null if all of it is JSON. */
  readonly fault: Place | null;
  /** The offset at which each value or its key begins, by JSON pointer. */
  readonly offsets: ReadonlyMap<string, number>;
}

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;

export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

class Stop extends Error {}

export function readJson(text: string): Reading {
  const offsets = new Map<string, number>();
  let at = 0;

  function take(pattern: RegExp): string | null {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  }
  function expect(mark: string): void {
    take(SPACE);
    if (text[at] !== mark) throw new Stop();
    at += 1;
  }
  function ahead(mark: string): boolean {
    take(SPACE);
    if (text[at] !== mark) return false;
    at += 1;
    return true;
  }
  function members(close: string, member: (index: number) => void): void {
    if (ahead(close)) return;
    for (let index = 0; ; index += 1) {
      take(SPACE);
      member(index);
      if (ahead(close)) return;
      expect(",");
    }
  }
  function value(pointer: string): void {
    take(SPACE);
    if (!offsets.has(pointer)) offsets.set(pointer, at);
    if (ahead("{")) {
      members("}", () => {
        const start = at;
        const key = take(STRING);
        if (key === null) throw new Stop();
        const inner = `${pointer}/${(JSON.parse(key) as string).replaceAll("~", "~0").replaceAll("/", "~1")}`;
        offsets.set(inner, start);
        expect(":");
        value(inner);
      });
    } else if (ahead("[")) members("]", (index) => value(`${pointer}/${String(index)}`));
    else if (take(STRING) === null && (take(SCALAR) ?? "") === "") throw new Stop();
  }

  try {
    value("");
    take(SPACE);
    if (at < text.length) throw new Stop();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return { fault: placeAt(text, at), offsets };
  }
  return { fault: null, offsets };
}

/** Where a pointer leads in a text, or what is nearest above it. */
export function offsetOf({ offsets }: Reading, pointer: string): number {
  let place = pointer;
  while (place !== "" && !offsets.has(place)) place = place.slice(0, place.lastIndexOf("/"));
  return offsets.get(place) ?? 0;
}
