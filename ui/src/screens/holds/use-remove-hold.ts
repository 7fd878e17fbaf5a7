import type { HoldView } from "../../ipc/bindings";
import { useOfferUndo } from "../../parts/undo";
import { useCommand } from "../../queries";

/** Removes a hold, and offers to add the same one again. */
export function useRemoveHold() {
  const offerUndo = useOfferUndo();
  return useCommand((core, hold: HoldView) => core.holdRemove(hold.id), {
    stale: ["holds", "audit", "retention"],
    done: (_removed, hold) =>
      offerUndo({
        id: `hold-${hold.id}`,
        title: "Hold removed",
        message: hold.guestId === null ? "Guests that match can go again." : "The guest can go again.",
        undo: { did: "holdRemoved", hold },
      }),
  });
}
