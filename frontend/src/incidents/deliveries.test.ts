import { describe, expect, it } from "vitest";
import type { Delivery } from "@/api/types";
import { rungsOf } from "./deliveries";

function delivery(facts: Partial<Delivery>): Delivery {
  return { message: 1, rung: "webpush", state: "sent", at: "2026-11-22T06:00:00Z", who: "甲", detail: "", ...facts };
}

describe("the ways of a message", () => {
  it("are none of what was never sent", () => {
    expect(rungsOf([])).toEqual([]);
  });

  it("come in the order in which they are tried, and only the last message counts", () => {
    const found = rungsOf([
      delivery({ rung: "webhook", who: "群" }),
      delivery({ message: 2, rung: "webpush" }),
      delivery({ message: 2, rung: "websocket", state: "waiting" }),
    ]);
    expect(found.map(({ rung }) => rung)).toEqual(["websocket", "webpush"]);
  });

  it("put together for whom it stands alike, with the latest time, the reached ones first", () => {
    const found = rungsOf([
      delivery({ who: "丙", state: "failed", detail: "not_subscribed" }),
      delivery({ who: "甲" }),
      delivery({ who: "乙", at: "2026-11-22T06:00:09Z" }),
    ]);
    expect(found).toEqual([
      {
        rung: "webpush",
        standings: [
          { state: "sent", detail: "", at: "2026-11-22T06:00:09Z", who: ["甲", "乙"] },
          { state: "failed", detail: "not_subscribed", at: "2026-11-22T06:00:00Z", who: ["丙"] },
        ],
      },
    ]);
  });

  it("of several browsers take the one that was reached", () => {
    const [way] = rungsOf([delivery({ state: "gone", detail: "HTTP 410" }), delivery({}), delivery({ state: "failed" })]);
    expect(way?.standings).toEqual([{ state: "sent", detail: "", at: "2026-11-22T06:00:00Z", who: ["甲"] }]);
  });

  it("name no receiver where there is none", () => {
    const [way] = rungsOf([delivery({ rung: "webhook", state: "failed", detail: "no_webhook", who: "" })]);
    expect(way?.standings[0]?.who).toEqual([]);
  });
});
