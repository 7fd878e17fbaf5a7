import { SegmentedControl, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { DraftBodies } from "../../draft-bodies";
import { useDraft } from "../../drafts";
import type { GuestView, HoldDraft } from "../../ipc/bindings";
import { failureOf } from "../../ipc/core";
import { FormFoot } from "../../parts/dialog-foot";
import { FailureNotice } from "../../parts/failure-notice";
import { useCancel } from "../../parts/use-cancel";
import { keys, useAsk, useCommand } from "../../queries";
import classes from "./holds.module.css";

type Props = {
  /** The guest it is for, where that is settled. */
  guest: GuestView | null;
  onClose: () => void;
  onAdded: () => void;
};

/** One id for one hold, however often the button is pressed. */
const newHold = (guest: GuestView | null): DraftBodies["hold"] => ({
  id: crypto.randomUUID(),
  by: "guest",
  who: guest?.id ?? "",
  reason: "",
  owner: null,
  until: "",
});

/** A new hold: whom, why, who answers for it, and until when it is meant. */
export function HoldForm({ guest, onClose, onAdded }: Props) {
  const [first] = useState(() => newHold(guest));
  const title = guest?.name ?? "A new hold";
  const draft = useDraft({ kind: "hold", id: guest?.id ?? "", title, first });
  const { id, by, who, reason, owner: typedOwner, until } = draft.value;
  // A date is checked once it is left, and not while it is still being typed.
  const [judged, setJudged] = useState(false);
  const { data: login } = useAsk(keys.holdOwner, (core) => core.holdOwner());
  const owner = typedOwner ?? login ?? "";
  const add = useCommand((to, draft: HoldDraft) => to.holdAdd(id, draft), {
    stale: ["holds", "audit", "retention"],
    failure: "inline",
    done: () => {
      draft.clear();
      onAdded();
    },
  });
  const named = add.error === null ? [] : failureOf(add.error).fields;
  const wrong = (field: string) => named.find((other) => other.field === field)?.message;
  const known = ["guest", "filter", "reason", "owner", "until"];
  const elsewhere = add.error !== null && !named.some(({ field }) => known.includes(field));
  const change = (field: "who" | "reason" | "owner" | "until", typed: string) => {
    if (add.error !== null) add.reset();
    draft.set((old) => ({ ...old, [field]: typed }));
  };
  const text = (field: "reason" | "owner", label: string, value: string) => ({
    label,
    value,
    onChange: (event: { currentTarget: { value: string } }) => change(field, event.currentTarget.value),
    error: wrong(field),
  });
  const cancel = useCancel(draft, onClose);
  const late = untilProblem(until.trim(), new Date());
  const ready = who.trim() !== "" && reason.trim() !== "" && owner.trim() !== "";
  return (
    <form
      aria-label="New hold"
      className={guest === null ? classes.form : undefined}
      onSubmit={(event) => {
        event.preventDefault();
        setJudged(true);
        if (!ready || late !== null) return;
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
                draft.set((old) => ({ ...old, by: value as "guest" | "filter" }));
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
              onChange={(event) => change("who", event.currentTarget.value)}
              error={wrong(by)}
              spellCheck={false}
              data-autofocus
            />
          </>
        )}
        <TextInput
          {...text("reason", "Reason", reason)}
          placeholder="Legal case 4711"
          data-autofocus={guest === null ? undefined : true}
        />
        <SimpleGrid cols={2} spacing="sm">
          <TextInput {...text("owner", "Owner", owner)} />
          <TextInput
            label="Until (optional)"
            placeholder="2027-03-31"
            value={until}
            onChange={(event) => {
              setJudged(false);
              change("until", event.currentTarget.value);
            }}
            onBlur={() => setJudged(true)}
            error={(judged && late) || wrong("until")}
            spellCheck={false}
          />
        </SimpleGrid>
        {elsewhere && <FailureNotice problem={add.error} />}
        <FormFoot onCancel={cancel} submit="Put on hold" disabled={!ready} loading={add.isPending} />
      </Stack>
    </form>
  );
}

/** What is wrong with the last day of a hold; a hold that is over when it begins would be overdue at once. */
export function untilProblem(until: string, now: Date): string | null {
  if (until === "") return null;
  const day = until.match(/^(\d{4})-(\d{2})-(\d{2})$/);
  const date = day && new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3]));
  if (!date || date.getMonth() !== Number(day[2]) - 1) return "A day such as 2027-03-31, or empty.";
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  return date < today ? "Today or later, or empty: this day is over." : null;
}
