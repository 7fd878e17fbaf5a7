import { Stack, Text } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

type Props = {
  icon: Icon;
  title: string;
  /** What to do, in a sentence. */
  children: ReactNode;
  action?: ReactNode;
};

/** Says why there is nothing and what to do about it. */
export function EmptyState({ icon: Glyph, title, children, action }: Props) {
  return (
    <Stack align="center" justify="center" gap={6} p="xl" mih={180} ta="center">
      <Glyph size={28} style={{ strokeWidth: "5.8%" }} color="var(--mantine-color-dimmed)" aria-hidden />
      <Text fw={600} size="sm">
        {title}
      </Text>
      <Text size="sm" c="dimmed" maw={420}>
        {children}
      </Text>
      {action}
    </Stack>
  );
}
