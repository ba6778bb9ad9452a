/** Which answers the service worker keeps, and how it answers. Pure. */

/** `page`: the network first. `asset`: named by its content, so never old. `own`: kept, and renewed behind. */
export type Handling = "page" | "asset" | "own" | "network";

export const PAGE = "/patrol/";
/** Files of the page that are not named by their content. */
export const OWN_FILES: readonly string[] = [
  "/patrol/manifest.webmanifest",
  "/static/pages/theme.js",
  "/static/pages/icon.svg",
  "/static/pages/icon-192.png",
];

export function handlingOf(method: string, path: string, isNavigation: boolean): Handling {
  if (method !== "GET") return "network";
  if (isNavigation) return path === PAGE ? "page" : "network";
  if (path.startsWith("/static/assets/")) return "asset";
  return OWN_FILES.includes(path) ? "own" : "network";
}
