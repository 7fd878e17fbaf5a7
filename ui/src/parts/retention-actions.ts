import {
  type Icon,
  IconChecklist,
  IconHandStop,
  IconHistory,
  IconListSearch,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlus,
  IconTrash,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import type { NamedPolicyView } from "../ipc/bindings";
import { useShownPolicy } from "../places";
import { keys, useCommand, usePolicies, useReadOnly, useRefusal, useStatus } from "../queries";
import { auditHref, go, type Part, retentionHref, screenHref } from "../routes";
import type { Action } from "./actions";
import { shown } from "./shown";

/** What can be done about retention, holds and the audit log from anywhere. */
export function useRetentionActions(): Action[] {
  const client = useQueryClient();
  const readOnly = useReadOnly();
  const noDelete = useRefusal("deleteGuests");
  const { run, planning } = useStatus();
  const policies = usePolicies();
  const pause = useCommand((core, name: string) => core.retentionPause(name), { stale: ["retention"] });
  const resume = useCommand((core, name: string) => core.retentionResume(name), { stale: ["retention"] });
  const [, show] = useShownPolicy();
  const preview = useCommand((core, { id, what }: NamedPolicyView) => core.retentionPreview(id, what), {
    stale: ["retention", "audit"],
    done: (plan) => client.setQueryData(keys.plan, plan),
  });

  const actions: Action[] = [];
  const add = (id: string, label: string, icon: Icon, run: () => void) => actions.push({ id, label, icon, run });
  const open = (part: Part) => () => go(retentionHref(part));

  if (run?.state === "running" && !readOnly) {
    add("pause-run", "Pause the retention run", IconPlayerPause, () => pause.mutate(run.run));
  }
  if (run && run.state !== "running" && run.state !== "finished" && run.state !== "cancelled" && !readOnly) {
    add("resume-run", "Resume the retention run", IconPlayerPlay, () => resume.mutate(run.run));
    add("cancel-run", "Cancel the retention run…", IconPlayerStop, open("cancel"));
  }
  if (planning === null && run?.state !== "running") {
    for (const policy of policies) {
      add(`preview-${policy.id}`, `Preview the plan of ${shown(policy.name)}`, IconListSearch, () => {
        show(policy.id);
        go(screenHref("retention"));
        preview.mutate(policy);
      });
    }
  }
  if (noDelete === null) add("run-now", "Run the retention policy now…", IconTrash, open("run"));
  if (!readOnly) {
    add("edit-policy", "Edit the retention policy", IconPencil, open("edit"));
    add("new-policy", "New retention policy", IconPlus, open("new"));
    if (policies[0] && policies[0].waiting.length > 0) {
      add("confirm-policy", "Confirm the retention policy", IconChecklist, open("confirm"));
    }
    add("add-hold", "Put a guest on hold", IconHandStop, open("hold"));
  }
  add("holds", "Show all holds", IconHandStop, open("holds"));
  add("audit", "Show and check the audit log", IconHistory, () => go(auditHref));
  return actions;
}
