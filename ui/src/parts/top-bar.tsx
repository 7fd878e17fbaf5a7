import { Badge, Group, Input, Kbd, Progress, Switch, Text, Tooltip } from "@mantine/core";
import { spotlight } from "@mantine/spotlight";
import { IconLock, IconPlugConnected, IconPlugConnectedX, IconSearch } from "@tabler/icons-react";
import type { BudgetView, ConnectionView } from "../ipc/bindings";
import { useCommand, useStatus } from "../queries";
import { screenHref } from "../routes";
import { wayOf, wayWords } from "../states/connection";
import { kindColor, kindName } from "../theme";
import { Mark } from "./mark";
import { RelativeTime } from "./relative-time";
import { keysOf } from "./shortcuts";

export function TopBar() {
  const { connection, budget } = useStatus();
  return (
    <section className="shell-top" aria-label="Commands and connection">
      <Group gap="sm" wrap="nowrap" className="shell-mark">
        <Mark size={24} />
        <Text fw={650} size="md" className="shell-mark-name">
          Innkeeper
        </Text>
      </Group>
      {/* Its words lie over the button and are hidden from screen readers: the button has a name of its own. */}
      <Input
        component="button"
        type="button"
        pointer
        aria-label="Command palette"
        onClick={spotlight.open}
        flex="0 1 420px"
        miw={120}
        mx="auto"
        leftSectionWidth="100%"
        leftSection={
          <Group w="100%" px={8} gap={8} wrap="nowrap" aria-hidden>
            <IconSearch size={14} />
            <Text component="span" size="sm" truncate flex={1}>
              Find a guest or an action…
            </Text>
            <Kbd size="xs">{keysOf("mod+K")}</Kbd>
          </Group>
        }
      />
      <Group gap="md" wrap="nowrap" ml="auto" flex="none">
        <Budget budget={budget} />
        {connection && <ConnectionBadge connection={connection} />}
        <OnlineSwitch />
      </Group>
    </section>
  );
}

const budgetWords = (used: number, allowed: number) => `${used} of ${allowed} this minute`;

function Budget({ budget }: { budget: BudgetView }) {
  if (budget.allowed === 0) return null;
  const share = Math.min(100, (budget.count / budget.allowed) * 100);
  const words = budgetWords(budget.count, budget.allowed);
  const color = share >= 95 ? "red.6" : share >= 80 ? "yellow.6" : "teal.6";
  return (
    <Tooltip label={`Rate budget: requests of this token. The window ends in ${budget.resetSeconds} s.`}>
      <Group gap={8} wrap="nowrap">
        <Progress.Root w={64} size={6} className="budget-bar" aria-hidden>
          <Progress.Section value={share} color={color} withAria={false} />
        </Progress.Root>
        <Text size="xs" c="dimmed" className="budget-words" aria-label={`Rate budget: ${words}`} role="img">
          {/* As wide as when all of it is used: what stands beside it does not move while it counts. */}
          <span className="budget-room">{budgetWords(budget.allowed, budget.allowed)}</span>
          <span>{words}</span>
        </Text>
      </Group>
    </Tooltip>
  );
}

function ConnectionBadge({ connection }: { connection: ConnectionView }) {
  const kind = kindName[connection.kind];
  const same = connection.name.toLowerCase() === kind.toLowerCase();
  const { signIn } = connection;
  const place = `Connection "${connection.name}" to ${connection.environment}`;
  const words = `${same ? kind : `${connection.name} · ${kind}`}${connection.readOnly ? " · read-only" : ""}`;
  if (signIn !== null) {
    return (
      <Tooltip multiline maw={380} label={`${place}. ${signIn.message} ${signIn.next}`}>
        <Badge
          component="a"
          href={screenHref("settings")}
          size="md"
          color="red"
          variant="filled"
          leftSection={<IconPlugConnectedX size={12} aria-hidden />}
          maw={320}
          style={{ cursor: "pointer" }}
        >
          {words} · sign-in refused
        </Badge>
      </Tooltip>
    );
  }
  return (
    <Tooltip label={place}>
      <Badge
        size="md"
        color={kindColor[connection.kind]}
        leftSection={
          connection.readOnly ? <IconLock size={12} aria-hidden /> : <IconPlugConnected size={12} aria-hidden />
        }
        maw={260}
      >
        {words}
      </Badge>
    </Tooltip>
  );
}

function OnlineSwitch() {
  const { online } = useStatus();
  const set = useCommand((core, on: boolean) => core.setOnline(on));
  const shown = set.isPending ? set.variables : online.switchedOn;
  const { name, meaning, away } = wayWords[wayOf({ ...online, switchedOn: shown })];
  return (
    <Tooltip
      withinPortal={false}
      label={
        <>
          {meaning}
          {away && online.nextTry && (
            <>
              {" "}
              Next try <RelativeTime time={online.nextTry} />.
            </>
          )}
        </>
      }
    >
      <Switch
        aria-label="Online"
        label={<span aria-hidden>{name}</span>}
        checked={shown}
        onChange={(event) => set.mutate(event.currentTarget.checked)}
        color={away ? "orange" : "teal"}
        styles={{ label: { width: 66, fontSize: "var(--mantine-font-size-xs)" } }}
      />
    </Tooltip>
  );
}
