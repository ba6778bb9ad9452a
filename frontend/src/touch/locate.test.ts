import { describe, expect, it } from "vitest";
import { navigationLink } from "./locate";

const HERE = { lat: 38.1, lng: 106.34 };

describe("the link to the phone's map", () => {
  it("is a geo link with the name, and Apple's own on an iPhone", () => {
    expect(navigationLink(HERE, "东塔大道(北口)", "Android")).toBe(
      "geo:38.100000,106.340000?q=38.100000,106.340000(%E4%B8%9C%E5%A1%94%E5%A4%A7%E9%81%93(%E5%8C%97%E5%8F%A3))",
    );
    expect(navigationLink(HERE, "x", "iPhone")).toBe("maps:?q=x&ll=38.100000,106.340000");
  });
});
