/** Where one is on the page, as the address after `#`. Pure. */
export type Route =
  | { readonly name: "home" }
  | { readonly name: "report" }
  | { readonly name: "cases" }
  | { readonly name: "case"; readonly id: number }
  | { readonly name: "alarms" }
  | { readonly name: "me" }
  | { readonly name: "devices" };

const PLAIN = ["report", "cases", "alarms", "me", "devices"] as const;

export function parseRoute(hash: string): Route {
  const [, first = "", second = ""] = hash.replace(/^#/, "").split("/");
  if (first === "case" && /^[1-9]\d{0,17}$/.test(second)) return { name: "case", id: Number(second) };
  const name = PLAIN.find((one) => one === first);
  return { name: name ?? "home" };
}

export function hrefOf(route: Route): string {
  if (route.name === "home") return "#/";
  return route.name === "case" ? `#/case/${String(route.id)}` : `#/${route.name}`;
}

/** The page that a page belongs to: where "back" leads. */
export function above({ name }: Route): Route {
  if (name === "devices") return { name: "me" };
  return { name: name === "case" ? "cases" : "home" };
}
