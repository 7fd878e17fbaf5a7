import { Button, SegmentedControl, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { HoldDraft } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { failureOf } from "../../ipc/core";
import { DialogFoot } from "../../parts/dialog-foot";
import { FailureNotice } from "../../parts/failure-notice";
import { keys, useCommand } from "../../queries";
import classes from "./holds.module.css";

type Props = {
  /** The guest it is for, where that is settled. */
  guest: string | null;
  onClose: () => void;
  onAdded: () => void;
};

/** A new hold: whom, why, who answers for it, and until when it is meant. */
export function HoldForm({ guest, onClose, onAdded }: Props) {
  const core = useCore();
  // One id for one hold, however often the button is pressed.
  const [id] = useState(() => crypto.randomUUID());
  const [by, setBy] = useState<"guest" | "filter">("guest");
  const [who, setWho] = useState(guest ?? "");
  const [reason, setReason] = useState("");
  const [typedOwner, setOwner] = useState<string | null>(null);
  const [until, setUntil] = useState("");
  const { data: login } = useQuery({ queryKey: keys.holdOwner, queryFn: () => core.holdOwner() });
  const owner = typedOwner ?? login ?? "";
  const add = useCommand((to, draft: HoldDraft) => to.holdAdd(id, draft), {
    stale: ["holds", "audit", "retention"],
    failure: "inline",
    done: onAdded,
  });
  const named = add.error === null ? [] : failureOf(add.error).fields;
  const wrong = (field: string) => named.find((other) => other.field === field)?.message;
  const known = ["guest", "filter", "reason", "owner", "until"];
  const elsewhere = add.error !== null && !named.some(({ field }) => known.includes(field));
  const change = (set: (text: string) => void) => (event: { currentTarget: { value: string } }) => {
    if (add.error !== null) add.reset();
    set(event.currentTarget.value);
  };
  const ready = who.trim() !== "" && reason.trim() !== "" && owner.trim() !== "";
  return (
    <form
      aria-label="New hold"
      className={guest === null ? classes.form : undefined}
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        add.mutate({
          guest: by === "guest" ? who.trim() : null,
          filter: by === "filter" ? who.trim() : null,
          reason: reason.trim(),
          owner: owner.trim(),
          until: until.trim() || null,
        });
      }}
    >
      <Stack gap="sm">
        {guest === null && (
          <>
            <SegmentedControl
              aria-label="Whom it keeps"
              value={by}
              onChange={(value) => {
                add.reset();
                setBy(value as "guest" | "filter");
              }}
              data={[
                { value: "guest", label: "One guest" },
                { value: "filter", label: "Everyone who matches a filter" },
              ]}
              style={{ alignSelf: "flex-start" }}
            />
            <TextInput
              label={by === "guest" ? "Guest id" : "Filter"}
              description={by === "guest" ? undefined : "Also those who match later."}
              placeholder={by === "guest" ? "6e2f1f6c-…" : 'attributes.tier = "gold"'}
              value={who}
              onChange={change(setWho)}
              error={wrong(by)}
              spellCheck={false}
              data-autofocus
            />
          </>
        )}
        <TextInput
          label="Reason"
          placeholder="Legal case 4711"
          value={reason}
          onChange={change(setReason)}
          error={wrong("reason")}
          data-autofocus={guest === null ? undefined : true}
        />
        <SimpleGrid cols={2} spacing="sm">
          <TextInput label="Owner" value={owner} onChange={change(setOwner)} error={wrong("owner")} />
          <TextInput
            label="Until (optional)"
            placeholder="2027-03-31"
            value={until}
            onChange={change(setUntil)}
            error={wrong("until")}
            spellCheck={false}
          />
        </SimpleGrid>
        {elsewhere && <FailureNotice problem={add.error} />}
        <DialogFoot>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!ready} loading={add.isPending}>
            Put on hold
          </Button>
        </DialogFoot>
      </Stack>
    </form>
  );
}
