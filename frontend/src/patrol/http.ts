/** Requests that the shared client does not make: forms. */
import { ApiError, csrfToken } from "@/api/client";
import type { FieldProblem } from "@/api/types";

const TIMEOUT_MS = 60_000;

async function request<T>(method: string, path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      ...init,
      method,
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        Accept: "application/json",
        "X-CSRFToken": csrfToken(document.cookie),
        ...init.headers,
      },
    });
  } catch (error) {
    throw new ApiError(0, "network", String(error));
  }
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  const { code, detail, errors } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const fields = Array.isArray(errors) ? (errors as FieldProblem[]) : [];
  throw new ApiError(response.status, String(code ?? "unreadable"), String(detail ?? ""), fields);
}

export const postForm = <T>(path: string, form: FormData): Promise<T> =>
  request("POST", path, { body: form });
