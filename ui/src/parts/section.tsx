import { Paper, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

type Props = {
  title: string;
  /** What it is for. */
  purpose?: ReactNode;
  children: ReactNode;
};

/** A part of a screen in a frame, called by its title. */
export function Section({ title, purpose, children }: Props) {
  const id = useId();
  return (
    <Paper p="md" component="section" aria-labelledby={id}>
      <Title order={2} id={id} fz="sm" mb={purpose ? 0 : "xs"}>
        {title}
      </Title>
      {purpose && (
        <Text size="xs" c="dimmed" mb="sm">
          {purpose}
        </Text>
      )}
      {children}
    </Paper>
  );
}
