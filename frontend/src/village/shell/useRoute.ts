/** The address of the page as a route that follows it. */
import { ref } from "vue";
import { hrefOf, parseRoute, type Route } from "./route";

const current = ref<Route>(parseRoute(window.location.hash));
window.addEventListener("hashchange", () => {
  current.value = parseRoute(window.location.hash);
});

export function useRoute(): Readonly<typeof current> {
  return current;
}

export function go(route: Route): void {
  window.location.hash = hrefOf(route);
}
