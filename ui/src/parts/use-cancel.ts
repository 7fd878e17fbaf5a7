import { draftLine } from "../draft-words";
import type { HeldDraft } from "../drafts";
import { useActions } from "./actions";

/** Leaves a form for good: what was typed in it is discarded, after a person has confirmed that. */
export function useCancel<Body>({ kept, clear }: HeldDraft<Body>, onClose: () => void): () => void {
  const { askDiscard } = useActions();
  return () => {
    if (kept === undefined) return onClose();
    const discard = () => {
      clear();
      onClose();
    };
    askDiscard({ lines: [draftLine(kept)], discard });
  };
}
