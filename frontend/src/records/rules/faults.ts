/** Faults of a rule at the fields they concern. Pure. */
import type { InjectionKey, Ref } from "vue";
import type { FieldProblem } from "@/api/types";

/** The faults of each field, by its JSON pointer; of those with no field, under "". */
export type Placed = ReadonlyMap<string, readonly FieldProblem[]>;

export const FAULTS: InjectionKey<Readonly<Ref<Placed>>> = Symbol("faults of a rule");

/** A place as a JSON pointer: what the framework tells of a request's own fields has dots. */
export function pointerOf(field: string): string {
  return field === "" || field.startsWith("/") ? field : `/${field.replaceAll(".", "/")}`;
}

/** Each fault at the field that is nearest above its place. */
export function placed(problems: readonly FieldProblem[], known: readonly string[]): Placed {
  const fields = new Set(known);
  const found = new Map<string, FieldProblem[]>();
  for (const problem of problems) {
    let place = pointerOf(problem.field);
    while (place !== "" && !fields.has(place)) place = place.slice(0, place.lastIndexOf("/"));
    found.set(place, [...(found.get(place) ?? []), problem]);
  }
  return found;
}
