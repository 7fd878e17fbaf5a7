import type { MantineColor } from "@mantine/core";
import type { OutcomeKind, RunView } from "../../ipc/bindings";

export const outcomeKinds: OutcomeKind[] = ["deleted", "alreadyGone", "spared", "failed", "remaining"];

export const outcomeMeta: Record<OutcomeKind, { name: string; color: MantineColor; of: (run: RunView) => number }> = {
  deleted: { name: "Deleted", color: "teal.6", of: (run) => run.deleted },
  alreadyGone: { name: "Already gone", color: "gray.5", of: (run) => run.alreadyGone },
  spared: { name: "Spared", color: "yellow.6", of: (run) => run.spared },
  failed: { name: "Failed", color: "red.6", of: (run) => run.failed },
  remaining: { name: "Remaining", color: "gray.3", of: (run) => run.remaining },
};
