import { ActionIcon, Button, Group, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";

type Line = { id: string; key: string; value: string };
type Values = { attributes: Line[] };

/** What this part needs of a form with attributes. */
type Form = {
  values: Values;
  getInputProps(path: string): object;
  insertListItem(path: "attributes", line: Line): void;
  removeListItem(path: "attributes", place: number): void;
};

/** The attributes of a guest who is about to be made: a line each, and a button for one more. */
export function AttributeLines({ form, children }: { form: Form; children?: ReactNode }) {
  return (
    <>
      {form.values.attributes.map((line, place) => (
        <Group key={line.id} gap="xs" wrap="nowrap" align="flex-start">
          <TextInput
            flex={2}
            aria-label={`Key of attribute ${place + 1}`}
            placeholder="Key"
            {...form.getInputProps(`attributes.${place}.key`)}
          />
          <TextInput
            flex={3}
            aria-label={`Value of attribute ${place + 1}`}
            placeholder="Value"
            {...form.getInputProps(`attributes.${place}.value`)}
          />
          <ActionIcon
            aria-label={`Remove attribute ${place + 1}`}
            onClick={() => form.removeListItem("attributes", place)}
          >
            <IconX size={14} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <Group justify="space-between">
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={13} aria-hidden />}
          onClick={() => form.insertListItem("attributes", { id: crypto.randomUUID(), key: "", value: "" })}
        >
          Add attribute
        </Button>
        {children}
      </Group>
    </>
  );
}
