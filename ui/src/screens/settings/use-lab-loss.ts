import { countOf } from "../../format";
import type { LabOverview, ScenarioOverview } from "../../ipc/bindings";
import { keys, useAsk } from "../../queries";

/** What of the chat lab is in this window only and goes when the open connection is closed: chats that ended, and what is open of scenarios. */
export type LabLoss = {
  /** By its edit, after which scenario files and their results are there again; `null` where nothing goes. */
  byEdit: string | null;
  /** By the use of another one; `null` where nothing goes. */
  byUse: string | null;
};

export function useLabLoss(): LabLoss {
  const { data: lab } = useAsk(keys.lab, (core) => core.labOverview());
  const { data: scenarios } = useAsk(keys.scenarios, (core) => core.scenarioFiles());
  return labLoss(lab, scenarios);
}

function labLoss(lab: LabOverview | undefined, scenarios: ScenarioOverview | undefined): LabLoss {
  const ended = lab?.chats.filter(({ state }) => state === "ended").length ?? 0;
  const files = scenarios?.files.length ?? 0;
  const { passed = 0, failed = 0, errored = 0, skipped = 0 } = scenarios?.totals ?? {};
  const results = passed + failed + errored + skipped;
  const chats = ended > 0 ? [`${countOf(ended, "chat")} that ended, with what was said`] : [];
  const shown = results > 0 ? [countOf(results, "scenario result")] : [];
  const open = files > 0 ? [countOf(files, "open scenario file")] : [];
  return { byEdit: sentence(chats), byUse: sentence([...chats, ...open, ...shown]) };
}

const sentence = (parts: string[]): string | null =>
  parts.length === 0
    ? null
    : `The chat lab loses what is in this window only: ${parts.join("; ")}. Save what you want to keep first.`;
