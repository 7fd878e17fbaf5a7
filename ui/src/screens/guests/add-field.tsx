import { Button, Group, Select } from "@mantine/core";
import { useState } from "react";
import type { FieldView } from "../../ipc/bindings";
import { shown } from "../../parts/shown";
import { nameOfField } from "./field-rules";

type Props = { fields: FieldView[]; onAdd: (field: FieldView) => void; onCancel: () => void };

/** Chooses a field of the schema that has no value yet. */
export function AddField({ fields, onAdd, onCancel }: Props) {
  const [opened, setOpened] = useState(true);
  const free = fields.filter(({ kind }) => kind !== "unknown");
  return (
    <Group gap="xs" mt="sm" wrap="nowrap">
      <Select
        flex={1}
        aria-label="Field to fill in"
        placeholder="Field to fill in"
        searchable
        autoFocus
        data-autofocus
        dropdownOpened={opened}
        onDropdownOpen={() => setOpened(true)}
        onDropdownClose={() => setOpened(false)}
        nothingFoundMessage="The contact has no such field"
        data={free.map((field) => ({ value: field.key, label: shown(nameOfField(field.key, field)) }))}
        onChange={(key) => {
          const field = free.find((one) => one.key === key);
          if (field) onAdd(field);
        }}
      />
      <Button variant="default" size="compact-sm" onClick={onCancel}>
        Cancel
      </Button>
    </Group>
  );
}
