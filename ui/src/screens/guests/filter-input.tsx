import { Box, Code, Text, TextInput } from "@mantine/core";
import type { Failure } from "../../ipc/bindings";
import { asSentence, causeLines } from "../../parts/failure-words";

type Props = { value: string; onChange: (value: string) => void; problem: Failure | null };

/** A filter in the grammar of the org; what is wrong with it is said by the core. */
export function FilterInput({ value, onChange, problem }: Props) {
  const named = problem?.fields.find(({ field }) => field === "filter");
  const words = problem && (named ? asSentence(named.message) : causeLines(problem).join(" "));
  return (
    <Box px="md" pb="sm">
      <TextInput
        aria-label="Filter guests"
        placeholder='email contains "@example.com" AND attributes.tier = "gold"'
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={words}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        autoFocus
      />
      <Text size="xs" c="dimmed" mt={6}>
        Fields <Code fz={11}>id name email createdTime modifiedTime active attributes.key</Code> · tests{" "}
        <Code fz={11}>= != &lt; &lt;= &gt; &gt;= contains startswith</Code> · joined by{" "}
        <Code fz={11}>AND OR NOT ( )</Code> · times as <Code fz={11}>"2026-01-31T00:00:00Z"</Code>
      </Text>
    </Box>
  );
}
