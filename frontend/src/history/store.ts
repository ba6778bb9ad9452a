/** What the history looks at: chosen here, or brought along from a device or a jurisdiction. */
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import { useFrame } from "@/frame/store";

/** A device, or a subtree; null is all that one may see. */
export type Subject =
  | { readonly kind: "device"; readonly id: string }
  | { readonly kind: "area"; readonly code: string | null };

export const useHistory = defineStore("history", () => {
  const frame = useFrame();
  const subject = shallowRef<Subject>({ kind: "area", code: null });
  /** Set once the records are to open here; whoever opens them takes it. */
  const asked = ref(false);

  /** Opens the records at the history of this. */
  function show(wanted: Subject): void {
    subject.value = wanted;
    asked.value = true;
    frame.records = true;
  }

  function take(): boolean {
    const was = asked.value;
    asked.value = false;
    return was;
  }

  return { subject, show, take };
});
