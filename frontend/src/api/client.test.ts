// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, api, csrfToken, whenUnauthenticated, withQuery } from "./client";

function answer(status: number, body: unknown, type = "application/json"): Response {
  const text = status === 204 ? null : typeof body === "string" ? body : JSON.stringify(body);
  return new Response(text, { status, headers: { "Content-Type": type } });
}

async function failure(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

afterEach(() => {
  vi.unstubAllGlobals();
  whenUnauthenticated(() => undefined);
});

describe("the API client", () => {
  it("sends the CSRF cookie back with what changes something, and JSON", async () => {
    document.cookie = "csrftoken=abc123";
    const fetch = vi.fn(() => Promise.resolve(answer(200, { ok: 1 })));
    vi.stubGlobal("fetch", fetch);
    await expect(api.post("/alarms/acknowledge", { ids: [1] })).resolves.toEqual({ ok: 1 });
    expect(fetch).toHaveBeenCalledWith(
      "/api/v1/alarms/acknowledge",
      expect.objectContaining({
        method: "POST",
        body: '{"ids":[1]}',
        headers: expect.objectContaining({ "X-CSRFToken": "abc123" }) as unknown,
      }),
    );
  });

  it("turns a problem into an error with its code and fields", async () => {
    const errors = [{ field: "note", message: "too long", code: "too_long" }];
    vi.stubGlobal("fetch", () =>
      Promise.resolve(answer(422, { code: "validation_error", detail: "wrong: note", errors })),
    );
    const error = await failure(api.get("/x"));
    expect(error).toMatchObject({ status: 422, code: "validation_error", fields: errors });
  });

  it.each([
    ["no network", () => Promise.reject(new TypeError("failed")), "network"],
    ["no answer in time", () => Promise.reject(new DOMException("", "TimeoutError")), "timeout"],
    ["an error page of a proxy", () => Promise.resolve(answer(502, "<html>")), "unreadable"],
    ["a page instead of data", () => Promise.resolve(answer(200, "<html>")), "unreadable"],
  ])("names %s", async (_name, fetch, code) => {
    vi.stubGlobal("fetch", fetch);
    expect((await failure(api.get("/x"))).code).toBe(code);
  });

  it("tells the page that the session is over, but not that a password was wrong", async () => {
    const ended = vi.fn();
    whenUnauthenticated(ended);
    vi.stubGlobal("fetch", () => Promise.resolve(answer(401, { code: "wrong_credentials" })));
    await failure(api.post("/session"));
    expect(ended).not.toHaveBeenCalled();
    vi.stubGlobal("fetch", () => Promise.resolve(answer(401, { code: "not_authenticated" })));
    await failure(api.get("/me"));
    expect(ended).toHaveBeenCalledOnce();
  });

  it("takes an empty answer", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(answer(204, "")));
    await expect(api.delete("/session")).resolves.toBeUndefined();
  });

  it("leaves empty values out of a query", () => {
    expect(withQuery("/a", { open: false, cursor: null, q: "", limit: 5 })).toBe("/a?open=false&limit=5");
    expect(withQuery("/a", {})).toBe("/a");
  });

  it("finds the token among other cookies", () => {
    expect(csrfToken("a=1; csrftoken=xyz; b=2")).toBe("xyz");
    expect(csrfToken("xcsrftoken=no")).toBe("");
  });
});
