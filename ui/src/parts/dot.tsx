import { Box, Group, type MantineColor, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** A coloured dot with its word: colour never speaks alone. */
export function Dot({ color, children, fz = "sm" }: { color: MantineColor; children: ReactNode; fz?: string }) {
  return (
    <Group gap={6} wrap="nowrap" component="span" display="inline-flex">
      <Box component="span" w={8} h={8} bg={color} bdrs={8} flex="none" aria-hidden />
      <Text component="span" fz={fz} truncate>
        {children}
      </Text>
    </Group>
  );
}
