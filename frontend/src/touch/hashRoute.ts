/** The address of the page as a route that follows it; one for each page. */
import { type Ref, shallowRef } from "vue";

export interface HashRoute<R> {
  readonly useRoute: () => Readonly<Ref<R>>;
  readonly go: (route: R) => void;
}

export function hashRoute<R>(parse: (hash: string) => R, hrefOf: (route: R) => string): HashRoute<R> {
  const current = shallowRef(parse(window.location.hash)) as Ref<R>;
  window.addEventListener("hashchange", () => {
    current.value = parse(window.location.hash);
  });
  return {
    useRoute: () => current,
    go: (route) => {
      window.location.hash = hrefOf(route);
    },
  };
}
