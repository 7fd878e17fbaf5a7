import { Badge, Box, NavLink, Stack } from "@mantine/core";
import {
  IconActivity,
  IconMessage2Search,
  IconMessages,
  IconOutbound,
  IconRecycle,
  IconSettings,
  IconUsers,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { count } from "../format";
import { usePolicies, useStatus } from "../queries";
import { type ScreenName, useRoute } from "../routes";
import { useLastPlaces } from "./last-places";
import { useScreens } from "./use-screens";

export const screenMeta = {
  guests: { name: "Guests", icon: IconUsers },
  conversations: { name: "Conversations", icon: IconMessage2Search },
  "chat-lab": { name: "Chat lab", icon: IconMessages },
  outbox: { name: "Outbox", icon: IconOutbound },
  retention: { name: "Retention", icon: IconRecycle },
  activity: { name: "Activity", icon: IconActivity },
  settings: { name: "Settings", icon: IconSettings },
} satisfies Record<ScreenName, unknown>;

export function Rail() {
  const { screen } = useRoute();
  const { outbox, run } = useStatus();
  const lastOf = useLastPlaces();
  const screens = useScreens();
  const asks = usePolicies().some((policy) => policy.asks !== null);
  const held = outbox.waiting + outbox.uncertain + outbox.dead;
  const badges: Partial<Record<ScreenName, ReactNode>> = {
    outbox: held > 0 && (
      <Badge size="sm" color={outbox.dead > 0 || outbox.paused !== null ? "red" : "yellow"} aria-hidden>
        {count(held)}
      </Badge>
    ),
    retention: asks ? (
      <Badge size="sm" color="orange" aria-hidden>
        Decide
      </Badge>
    ) : (
      run &&
      run.state !== "finished" &&
      run.state !== "cancelled" && (
        <Badge
          size="sm"
          color={run.state === "running" ? "teal" : run.state === "failed" ? "red" : "yellow"}
          aria-hidden
        >
          {run.state === "running" ? "Run" : run.state === "failed" ? "Stopped" : "Paused"}
        </Badge>
      )
    ),
  };
  return (
    <nav className="shell-rail" aria-label="Screens">
      <Stack gap={2}>
        {screens.map((name) => {
          const { name: label, icon: Glyph } = screenMeta[name];
          return (
            <Box key={name} pos="relative">
              <NavLink
                px={8}
                py={7}
                style={{ borderRadius: "var(--mantine-radius-sm)" }}
                href={lastOf(name)}
                label={label}
                aria-label={label}
                active={screen === name}
                aria-current={screen === name ? "page" : undefined}
                leftSection={<Glyph size={16} style={{ strokeWidth: "6.7%" }} aria-hidden />}
              />
              {badges[name] && <div className="rail-badge">{badges[name]}</div>}
            </Box>
          );
        })}
      </Stack>
    </nav>
  );
}
