import { Group, Paper, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

type Props = {
  title: string;
  /** The title is small and pale, above a number or a form that speaks for itself. */
  quiet?: boolean;
  /** At the title's right. */
  aside?: ReactNode;
  children: ReactNode;
};

/** A part of a screen on a card, named by its title. */
export function SectionCard({ title, quiet = false, aside, children }: Props) {
  const id = useId();
  return (
    <Paper p="md" component="section" aria-labelledby={id}>
      <Group justify="space-between" mb={4}>
        <Title order={2} id={id} {...(quiet ? { fz: "xs", fw: 400, c: "dimmed" } : { fz: "sm" })}>
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </Paper>
  );
}
