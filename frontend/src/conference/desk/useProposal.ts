/** Whom to call about a place, as the server proposes, and who of them is ticked. */
import { ref, shallowRef, watch } from "vue";
import { api } from "@/api/client";
import { useLoad } from "@/detail/useLoad";
import { firstTicked, type Opening, type PersonAtPost, type Proposal, toggled } from "./opening";

/** `all`: the responsible chain begins ticked, or of it the places that `calls` says. */
export function useProposal(code: () => string | null, all: boolean, calls: () => Opening["calls"] = () => undefined) {
  const load = useLoad(code, (key) => api.get<Proposal>("/conferences/proposal", { code: key }));
  const ticked = shallowRef<ReadonlySet<string>>(new Set());
  const automatic = ref(false);

  watch(load.value, (proposal) => {
    ticked.value = proposal === null || !all ? new Set() : firstTicked(proposal.chain, calls());
  });

  function toggle(person: PersonAtPost): void {
    ticked.value = toggled(ticked.value, person);
  }

  return { load, ticked, automatic, toggle };
}
