import { Box, Button, Group, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import type { NamedPolicyView } from "../../ipc/bindings";
import { Dot } from "../../parts/dot";
import { FailureNotice } from "../../parts/failure-notice";
import { useGuestWords } from "../../parts/known-name";
import { Note } from "../../parts/note";
import { Section } from "../../parts/section";
import { Shown } from "../../parts/shown-text";
import { useCommand } from "../../queries";

type Props = {
  policy: NamedPolicyView;
  /** A guest picked elsewhere on the screen, whose answer is wanted at once. */
  picked: { guest: string } | null;
};

/** Whether one guest would go under the saved policy, and why. */
export function WhyGuest({ policy, picked }: Props) {
  const [typed, setTyped] = useState("");
  const words = useGuestWords();
  const explain = useCommand((core, id: string) => core.retentionExplain(id, policy.id), { failure: "inline" });
  const { mutate } = explain;

  useEffect(() => {
    if (picked === null) return;
    setTyped(picked.guest);
    mutate(picked.guest);
  }, [picked, mutate]);

  const id = typed.trim();
  const answer = explain.data;
  return (
    <Section title="Why one guest is deleted or stays">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (id !== "") explain.mutate(id);
        }}
      >
        <Group gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            aria-label="Guest id"
            placeholder="Id of a guest"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            spellCheck={false}
          />
          <Button type="submit" variant="default" disabled={id === ""} loading={explain.isPending}>
            Why?
          </Button>
        </Group>
      </form>
      <div role="status" aria-label="Answer about the guest">
        {answer && (
          <>
            <Group gap="xs" mt="xs">
              <Dot color={answer.due ? "orange.6" : "teal.6"}>{answer.due ? "Would be deleted" : "Stays"}</Dot>
              <Note>
                <Shown text={words(explain.variables ?? "")} />, under <Shown text={policy.name} /> as saved
              </Note>
            </Group>
            <ul className="plain-list">
              {answer.why.map((line) => (
                <Text component="li" size="xs" key={line}>
                  <Shown text={line} />
                </Text>
              ))}
            </ul>
          </>
        )}
      </div>
      {explain.error !== null && (
        <Box mt="xs">
          <FailureNotice problem={explain.error} />
        </Box>
      )}
    </Section>
  );
}
