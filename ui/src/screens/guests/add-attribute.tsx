import { Button, Group, Input, Paper, Select, Stack, TextInput } from "@mantine/core";
import type { DraftBodies } from "../../draft-bodies";
import { useDraft } from "../../drafts";
import { count } from "../../format";
import type { GuestView } from "../../ipc/bindings";
import { lookOf, spelled } from "../../parts/shown";
import { useCancel } from "../../parts/use-cancel";
import { useLimits } from "../../queries";
import { typeNames, ValueInput, valueTypes } from "./attribute-row";
import { read, type ValueType } from "./staging";

type Props = {
  guest: GuestView;
  taken: string[];
  onAdd: (key: string, type: ValueType, typed: string) => void;
  onCancel: () => void;
};

const nothing: DraftBodies["newAttribute"] = { key: "", type: "text", typed: "" };

/** The line that is being added, until it is staged. */
export const useNewAttribute = (guest: GuestView) =>
  useDraft({ kind: "newAttribute", id: guest.id, title: guest.name, first: nothing });

export function AddAttribute({ guest, taken, onAdd, onCancel }: Props) {
  const draft = useNewAttribute(guest);
  const { attributeKeyCharacters } = useLimits();
  const { key, type, typed } = draft.value;
  const change = (part: Partial<typeof draft.value>) => draft.set((old) => ({ ...old, ...part }));
  const cancel = useCancel(draft, onCancel);
  const name = key.trim();
  const keyProblem = taken.includes(name)
    ? "This key is there already."
    : [...name].length > attributeKeyCharacters
      ? `At most ${count(attributeKeyCharacters)} characters.`
      : null;
  // It is allowed, with a warning: two keys that look the same are hardly ever meant.
  const twin = taken.find((other) => other !== name && lookOf(other) === lookOf(name));
  const result = read(type, typed);
  const valueProblem = typed !== "" && "problem" in result ? result.problem : null;
  const ready = name !== "" && keyProblem === null && !("problem" in result);

  return (
    <Paper p="sm" mt="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready) return;
          onAdd(name, type, typed);
          draft.clear();
        }}
      >
        <Stack gap="xs">
          <Group gap="xs" align="flex-start" wrap="nowrap">
            <TextInput
              flex={1}
              label="Key"
              value={key}
              onChange={(event) => change({ key: event.currentTarget.value })}
              error={keyProblem}
              description={
                twin === undefined
                  ? undefined
                  : `Looks like a key that is there: this one is ${spelled(name)}, that one ${spelled(twin)}.`
              }
              autoFocus
              data-autofocus
              spellCheck={false}
            />
            <Select
              w={104}
              label="Type"
              value={type}
              onChange={(chosen) => {
                change({
                  type: (chosen as ValueType | null) ?? "text",
                  ...(chosen === "yesNo" ? { typed: "true" } : {}),
                });
              }}
              data={valueTypes.map((value) => ({ value, label: typeNames[value] }))}
            />
          </Group>
          <div>
            <Input.Label aria-hidden>Value</Input.Label>
            <ValueInput
              name="Value"
              type={type}
              typed={typed}
              placeholder="null"
              problem={valueProblem}
              readOnly={false}
              onChange={(next) => change({ typed: next })}
            />
          </div>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" size="compact-sm" onClick={cancel}>
              Cancel
            </Button>
            <Button type="submit" size="compact-sm" disabled={!ready}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
