/** The REST API: typed calls, and every way they can fail as one error with a code. */

import type { FieldProblem } from "./types";

const BASE = "/api/v1";
const TIMEOUT_MS = 15_000;

/** A problem-details answer (RFC 9457), or `network` / `timeout` / `unreadable` when there was none. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly fields: readonly FieldProblem[] = [],
  ) {
    super(`${code}: ${detail}`);
  }
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

let onUnauthenticated: () => void = () => undefined;

/** What to do when the server says that the session is over, whichever call it was. */
export function whenUnauthenticated(run: () => void): void {
  onUnauthenticated = run;
}

export function csrfToken(cookies: string): string {
  return /(?:^|;\s*)csrftoken=([^;]*)/.exec(cookies)?.[1] ?? "";
}

export function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

async function problem(response: Response): Promise<ApiError> {
  try {
    const body = (await response.json()) as {
      code?: unknown;
      detail?: unknown;
      title?: unknown;
      errors?: unknown;
    };
    const detail = body.detail ?? body.title ?? response.statusText;
    const fields = Array.isArray(body.errors) ? (body.errors as FieldProblem[]) : [];
    return new ApiError(response.status, String(body.code ?? "unreadable"), String(detail), fields);
  } catch {
    return new ApiError(response.status, "unreadable", response.statusText);
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const isForm = body instanceof FormData;
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      method,
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        Accept: "application/json",
        // A form names its own type, with the boundary between its parts.
        ...(body === undefined || isForm ? {} : { "Content-Type": "application/json" }),
        ...(method === "GET" ? {} : { "X-CSRFToken": csrfToken(document.cookie) }),
      },
      body: body === undefined ? null : isForm ? body : JSON.stringify(body),
    });
  } catch (error) {
    const timedOut = error instanceof DOMException && error.name === "TimeoutError";
    throw new ApiError(0, timedOut ? "timeout" : "network", String(error));
  }
  if (!response.ok) {
    const failure = await problem(response);
    if (failure.code === "not_authenticated") onUnauthenticated();
    throw failure;
  }
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError(response.status, "unreadable", "not JSON");
  }
}

export const api = {
  get: <T>(path: string, query: Query = {}): Promise<T> => call("GET", withQuery(path, query)),
  /** `body`: anything that JSON can carry, or a form with files. */
  post: <T>(path: string, body: unknown = {}): Promise<T> => call("POST", path, body),
  put: <T>(path: string, body: unknown): Promise<T> => call("PUT", path, body),
  patch: <T>(path: string, body: unknown): Promise<T> => call("PATCH", path, body),
  delete: <T>(path: string): Promise<T> => call("DELETE", path),
};
