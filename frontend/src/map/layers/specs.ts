/** Keeps a marker's spec the same object as long as nothing about it changed, so that the pane can skip it. */
import type { MarkerSpec } from "../markerPane";

export class SpecCache {
  private readonly specs = new Map<
    string,
    { readonly inputs: readonly unknown[]; readonly spec: MarkerSpec }
  >();

  get(key: string, inputs: readonly unknown[], make: () => MarkerSpec): MarkerSpec {
    const known = this.specs.get(key);
    if (known !== undefined && known.inputs.every((input, index) => input === inputs[index]))
      return known.spec;
    const spec = make();
    this.specs.set(key, { inputs, spec });
    return spec;
  }

  /** Forgets what is no longer drawn. */
  prune(drawn: readonly MarkerSpec[]): void {
    if (this.specs.size < 2 * drawn.length + 500) return;
    const keep = new Set(drawn.map((spec) => spec.key));
    for (const key of this.specs.keys()) if (!keep.has(key)) this.specs.delete(key);
  }

  clear(): void {
    this.specs.clear();
  }
}
