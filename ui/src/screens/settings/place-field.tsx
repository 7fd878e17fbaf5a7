import { Autocomplete, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { keys, useAsk } from "../../queries";

export const useChoices = () => useAsk(keys.connectionChoices, (core) => core.connectionChoices()).data;

type Props = { value?: string; error?: ReactNode; onChange: (place: string) => void };

/** Where an org lives: one of the vendor's regions, found by its name, or an address. */
export function PlaceField({ value = "", error, onChange, ...rest }: Props) {
  const regions = useChoices()?.regions ?? [];
  const typed = value.trim().toLowerCase();
  const named = regions.find(({ id, domain }) => id === typed || domain === typed);
  const names = new Map(regions.map(({ id, name }) => [id, name]));
  const found = (id: string) => id === typed || `${id} ${names.get(id)}`.toLowerCase().includes(typed);
  return (
    <Autocomplete
      label="Environment or base URL"
      placeholder="Ireland, eu-west-1 or https://host"
      description={named?.name}
      inputWrapperOrder={["label", "input", "description", "error"]}
      spellCheck={false}
      data={regions.map(({ id }) => id)}
      filter={() => regions.filter(({ id }) => found(id)).map(({ id }) => ({ value: id, label: id }))}
      renderOption={({ option }) => (
        <Group justify="space-between" gap="md" w="100%" wrap="nowrap">
          <Text size="sm" truncate>
            {names.get(option.value)}
          </Text>
          <Text size="xs" c="dimmed" flex="none">
            {option.value}
          </Text>
        </Group>
      )}
      maxDropdownHeight={260}
      comboboxProps={{ shadow: "none" }}
      {...rest}
      value={value}
      error={error}
      onChange={onChange}
    />
  );
}
