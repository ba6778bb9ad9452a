/** The incident whose panel this is, for the parts of the panel. */
import { inject, type InjectionKey, provide } from "vue";
import type { UseIncident } from "../useIncident";

const KEY: InjectionKey<UseIncident> = Symbol("incident");

export function provideIncident(incident: UseIncident): UseIncident {
  provide(KEY, incident);
  return incident;
}

export function useThisIncident(): UseIncident {
  const found = inject(KEY);
  if (found === undefined) throw new Error("not in the panel of an incident");
  return found;
}
