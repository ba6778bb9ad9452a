/**
 * Parsers that turn what came over a boundary into typed values, or fail naming the field that is wrong.
 *
 * Unknown fields pass, and stay: a newer server may send some.
 */

export class FormatError extends Error {
  override readonly name = "FormatError";
}

export type Parser<T> = (value: unknown, path: string) => T;

export function fail(path: string, wanted: string): never {
  throw new FormatError(`${path}: expected ${wanted}`);
}

export const text: Parser<string> = (value, path) =>
  typeof value === "string" ? value : fail(path, "a string");
export const number: Parser<number> = (value, path) =>
  typeof value === "number" && Number.isFinite(value) ? value : fail(path, "a number");
export const integer: Parser<number> = (value, path) =>
  Number.isInteger(value) ? (value as number) : fail(path, "an integer");
export const flag: Parser<boolean> = (value, path) =>
  typeof value === "boolean" ? value : fail(path, "a boolean");
export const record: Parser<Record<string, unknown>> = (value, path) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : fail(path, "an object");

export function nullable<T>(inner: Parser<T>): Parser<T | null> {
  return (value, path) => (value === null ? null : inner(value, path));
}

export function oneOf<const T extends readonly (string | number)[]>(allowed: T): Parser<T[number]> {
  return (value, path) =>
    (allowed as readonly unknown[]).includes(value)
      ? (value as T[number])
      : fail(path, allowed.join(" | "));
}

export function list<T>(inner: Parser<T>): Parser<readonly T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((item, index) => inner(item, path === UNNAMED ? UNNAMED : `${path}[${String(index)}]`))
      : fail(path, "a list");
}

/**
 * What came is itself what is given back, unless a field is read as something else: a copy made key by key is ten times
 * as large as what `JSON.parse` makes, and a flood brings 60,000 of them.
 */
export function object<T extends object>(fields: { readonly [K in keyof T]: Parser<T[K]> }): Parser<T> {
  const entries = Object.entries<Parser<unknown>>(fields);
  return (value, path) => {
    const source = record(value, path);
    let result = source;
    for (const [key, parse] of entries) {
      const was = source[key];
      const is = parse(was, path === UNNAMED ? UNNAMED : `${path}.${key}`);
      if (is === was) continue;
      if (result === source) result = { ...source };
      result[key] = is;
    }
    return result as T;
  };
}

const UNNAMED = "";

/** Parses much without naming the places, which costs more than all the rest, and again with them if one is wrong. */
export function quickly<T>(parse: Parser<T>, value: unknown, path: string): T {
  try {
    return parse(value, UNNAMED);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return parse(value, path);
  }
}

/** A frame of a socket as an object. */
export function frameOf(raw: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    throw new FormatError("frame: not JSON");
  }
  return record(value, "frame");
}
