import {
  ActionIcon,
  Button,
  Code,
  Group,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  useMantineColorScheme,
} from "@mantine/core";
import { IconMinus, IconPlugConnected, IconPlus } from "@tabler/icons-react";
import { Fact, Facts } from "../../parts/facts";
import { ScreenPage } from "../../parts/screen-page";
import { Section } from "../../parts/section";
import { keysOf } from "../../parts/shortcuts";
import { useZoom } from "../../parts/zoom";
import { usePreferences, useSnapshot } from "../../queries";
import { connectHref, useRoute } from "../../routes";
import { AddConnection } from "./add-connection";
import { ConnectScreen } from "./connect-screen";
import { Connections } from "./connections";
import { Gateway } from "./gateway";

export function SettingsScreen() {
  const { part } = useRoute();
  return part === "connect" ? <ConnectScreen /> : <Overview />;
}

function Overview() {
  const snapshot = useSnapshot();
  return (
    <ScreenPage
      title="Settings"
      purpose="Which org this window talks to and how it looks. Secrets go to the secret store and never come back to a screen."
      actions={
        <Button component="a" href={connectHref} leftSection={<IconPlugConnected size={14} aria-hidden />}>
          Connect to an org
        </Button>
      }
    >
      <Stack gap="lg">
        <Connections />
        <AddConnection />
        <Gateway />
        <Appearance />
        <Background />
        <Section title="This installation">
          <Facts withRowBorders={false}>
            <Fact name="Data folder" width={140}>
              <Code fz={12}>{snapshot?.dataFolder}</Code>
            </Fact>
            <Fact name="Version">{snapshot?.version}</Fact>
          </Facts>
        </Section>
      </Stack>
    </ScreenPage>
  );
}

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Section title="Appearance" purpose="Kept with the window's preferences on this machine.">
      <SegmentedControl
        aria-label="Appearance"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as typeof colorScheme)}
        data={[
          { value: "auto", label: "As the system" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
      />
      <Zoom />
    </Section>
  );
}

function Zoom() {
  const { zoom, larger, smaller, reset } = useZoom();
  return (
    <Group gap="xs" mt="md" role="group" aria-label="Zoom">
      <Text size="sm" w={48} component="span">
        Zoom
      </Text>
      <ActionIcon variant="default" aria-label="Zoom out" disabled={zoom <= 50} onClick={smaller}>
        <IconMinus size={14} aria-hidden />
      </ActionIcon>
      <Text size="sm" w={48} ta="center" role="status">
        {zoom} %
      </Text>
      <ActionIcon variant="default" aria-label="Zoom in" disabled={zoom >= 300} onClick={larger}>
        <IconPlus size={14} aria-hidden />
      </ActionIcon>
      <Button variant="default" disabled={zoom === 100} onClick={reset}>
        100 %
      </Button>
      <Text size="xs" c="dimmed">
        Also with {keysOf("mod+[plus]")}, {keysOf("mod+-")} and {keysOf("mod+0")}.
      </Text>
    </Group>
  );
}

/** Offered only where there is a tray: without one a closed window could not be opened again. */
function Background() {
  const { preferences, change } = usePreferences();
  if (!preferences.tray) return null;
  return (
    <Section
      title="Background"
      purpose="Off, closing the window quits; what waits is delivered after the next start. The tray shows live counts either way."
    >
      <Switch
        label="Keep delivering in the tray when the window is closed"
        checked={preferences.keepInTray}
        onChange={(event) => change({ keepInTray: event.currentTarget.checked })}
      />
    </Section>
  );
}
