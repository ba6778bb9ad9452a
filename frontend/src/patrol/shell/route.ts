/** Where one is on the page, as the address after `#`. Pure. */
export type Route =
  | { readonly name: "tasks" }
  | { readonly name: "task"; readonly id: number }
  | { readonly name: "round"; readonly id: number }
  | { readonly name: "report" }
  | { readonly name: "me" };

export function parseRoute(hash: string): Route {
  const [, first = "", second = ""] = hash.replace(/^#/, "").split("/");
  if (first === "report" || first === "me") return { name: first };
  if ((first === "task" || first === "round") && /^[1-9]\d{0,17}$/.test(second)) {
    return { name: first, id: Number(second) };
  }
  return { name: "tasks" };
}

export function hrefOf(route: Route): string {
  return "id" in route ? `#/${route.name}/${String(route.id)}` : `#/${route.name}`;
}
