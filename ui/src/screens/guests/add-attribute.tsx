import { Button, Group, Paper, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { lookOf, spelled } from "../../parts/shown";
import { typeNames, ValueInput, valueTypes } from "./attribute-row";
import { read, type ValueType } from "./staging";

type Props = { taken: string[]; onAdd: (key: string, type: ValueType, typed: string) => void; onCancel: () => void };

export function AddAttribute({ taken, onAdd, onCancel }: Props) {
  const [key, setKey] = useState("");
  const [type, setType] = useState<ValueType>("text");
  const [typed, setTyped] = useState("");
  const name = key.trim();
  const keyProblem = taken.includes(name)
    ? "This key is there already."
    : [...name].length > 128
      ? "At most 128 characters."
      : null;
  // Allowed, and said: two keys that cannot be told apart are hardly ever meant.
  const twin = taken.find((other) => other !== name && lookOf(other) === lookOf(name));
  const result = read(type, typed);
  const valueProblem = typed !== "" && "problem" in result ? result.problem : null;
  const ready = name !== "" && keyProblem === null && !("problem" in result);

  return (
    <Paper p="sm" mt="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) onAdd(name, type, typed);
        }}
      >
        <Stack gap="xs">
          <Group gap="xs" align="flex-start" wrap="nowrap">
            <TextInput
              flex={1}
              label="Key"
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
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
                setType((chosen as ValueType | null) ?? "text");
                if (chosen === "yesNo") setTyped("true");
              }}
              data={valueTypes.map((value) => ({ value, label: typeNames[value] }))}
            />
          </Group>
          <div>
            <ValueLabel />
            <ValueInput
              name="Value"
              type={type}
              typed={typed}
              placeholder="null"
              problem={valueProblem}
              readOnly={false}
              onChange={setTyped}
            />
          </div>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" size="compact-sm" onClick={onCancel}>
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

/** The controls for a value name themselves; this is for the eye. */
const ValueLabel = () => (
  <div aria-hidden style={{ fontSize: 12, fontWeight: 500, marginBottom: 2 }}>
    Value
  </div>
);
