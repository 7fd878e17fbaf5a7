import { Button, Group, Switch, Tabs } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { ScreenPage } from "../../parts/screen-page";
import { usePlace } from "../../places";
import { keys, useAsk, useReadOnly } from "../../queries";
import { go, scenariosHref, screenHref, useRoute } from "../../routes";
import { Scenarios } from "../scenarios/scenarios";
import classes from "./chat-lab.module.css";
import { Chats } from "./chats";
import type { LabDialog } from "./lab-dialog";

const purposes = {
  chats: "Be a guest: write, see what arrives, go offline and come back.",
  scenarios: "Scripted chats from files: run one or all, and see first what failed.",
};

export function ChatLabScreen() {
  const shown = useRoute().part === "scenarios" ? "scenarios" : "chats";
  return (
    <ScreenPage title="Chat lab" purpose={purposes[shown]} fill>
      <Tabs
        className={classes.tabs}
        value={shown}
        onChange={(value) => go(value === "scenarios" ? scenariosHref : screenHref("chat-lab"))}
        keepMounted={false}
      >
        <div className={classes.bar}>
          <Tabs.List className={classes.halves}>
            <Tabs.Tab value="chats" fz="sm">
              Chats
            </Tabs.Tab>
            <Tabs.Tab value="scenarios" fz="sm">
              Scenarios
            </Tabs.Tab>
          </Tabs.List>
          {shown === "chats" && <NewChats />}
        </div>
        <Tabs.Panel value="chats" className={classes.panel}>
          <Chats />
        </Tabs.Panel>
        <Tabs.Panel value="scenarios" className={classes.panel}>
          <Scenarios />
        </Tabs.Panel>
      </Tabs>
    </ScreenPage>
  );
}

/** How more chats are begun, once there is one; before that it stands where they will be. */
function NewChats() {
  const readOnly = useReadOnly();
  const [, ask] = usePlace<LabDialog | null>("lab dialog", null);
  const [agent, playAgent] = usePlace("lab agent", false);
  const { data: lab } = useAsk(keys.lab, (core) => core.labOverview());
  if (lab === undefined || lab.chats.length === 0) return null;
  return (
    <Group gap="xs" pb={6}>
      {lab.canPlayAgent && (
        <Switch
          mr="xs"
          label="Play the other side too"
          checked={agent}
          onChange={(event) => playAgent(event.currentTarget.checked)}
        />
      )}
      <Button variant="default" disabled={readOnly} onClick={() => ask({ kind: "resume" })}>
        Resume by token…
      </Button>
      <Button
        disabled={readOnly}
        leftSection={<IconUserPlus size={14} aria-hidden />}
        onClick={() => ask({ kind: "start" })}
      >
        Play a guest
      </Button>
    </Group>
  );
}
