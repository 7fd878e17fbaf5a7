import { Group, Paper, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

type Props = {
  title: string;
  /** What it is for. */
  purpose?: ReactNode;
  /** The title is small and pale, above a number or a form that speaks for itself. */
  quiet?: boolean;
  /** At the right of the title. */
  aside?: ReactNode;
  children: ReactNode;
};

/** A part of a screen in a frame, called by its title. */
export function Section({ title, purpose, quiet = false, aside, children }: Props) {
  const id = useId();
  return (
    <Paper p="md" component="section" aria-labelledby={id}>
      <Group justify="space-between" mb={purpose || quiet ? 0 : "xs"}>
        <Title order={2} id={id} {...(quiet ? { fz: "xs", fw: 400, c: "dimmed" } : { fz: "sm" })}>
          {title}
        </Title>
        {aside}
      </Group>
      {purpose && (
        <Text size="xs" c="dimmed" mb="sm">
          {purpose}
        </Text>
      )}
      {children}
    </Paper>
  );
}
