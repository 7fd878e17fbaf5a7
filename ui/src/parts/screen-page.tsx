import { Box, Group, ScrollArea, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useScrollPlace } from "../places";

type Props = {
  title: string;
  /** What the screen is for, in one sentence. */
  purpose: string;
  actions?: ReactNode;
  /** Content that scrolls by itself (a virtualised list) instead of with the page. */
  fill?: boolean;
  children: ReactNode;
};

/** Title, purpose, actions, content: the frame of every screen but Guests. */
export function ScreenPage({ title, purpose, actions, fill, children }: Props) {
  const { box, onScroll } = useScrollPlace(fill ? null : title);
  const head = (
    <Group justify="space-between" align="flex-start" gap="md" mb="md">
      <Box>
        <Title order={1} fz="xl" lh={1.3}>
          {title}
        </Title>
        <Text size="sm" c="dimmed">
          {purpose}
        </Text>
      </Box>
      {actions && <Group gap="xs">{actions}</Group>}
    </Group>
  );
  if (fill) {
    return (
      <Box className="screen-fill" p="lg" pb={0}>
        {head}
        {children}
      </Box>
    );
  }
  return (
    <ScrollArea
      h="100%"
      viewportRef={box}
      onScrollPositionChange={onScroll}
      viewportProps={{ tabIndex: 0, "aria-label": title, role: "region" }}
    >
      <Box p="lg" maw={1120}>
        {head}
        {children}
      </Box>
    </ScrollArea>
  );
}
