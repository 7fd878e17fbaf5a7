import { ActionIcon, Box, Group, Menu, Switch, Text, Title, Tooltip } from "@mantine/core";
import {
  IconCode,
  IconDeviceFloppy,
  IconDotsVertical,
  IconDownload,
  IconEraser,
  IconLogout,
  IconRefresh,
  IconX,
} from "@tabler/icons-react";
import type { LabAct, LabChatView } from "../../ipc/bindings";
import { Dot } from "../../parts/dot";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { useCommand, useStatusOf } from "../../queries";
import { chatName, chatStates } from "../../states/chat";
import classes from "./chat-lab.module.css";
import type { LabDialog } from "./lab-dialog";
import { Unread } from "./unread";

type Props = {
  chat: LabChatView;
  inspected: boolean;
  onInspect: () => void;
  onDialog: (dialog: LabDialog) => void;
};

/** Who is played, where the chat stands, and what can be done with all of it. */
export function ChatHead({ chat, inspected, onInspect, onDialog }: Props) {
  const { name, color, over } = chatStates[chat.state];
  const act = useCommand((core, what: LabAct) => core.labAct(chat.id, what), { stale: ["chatLab"] });
  const online = act.isPending ? act.variables !== "goOffline" : chat.state !== "offline";
  const who = shown(chatName(chat));
  const consoleIsOnline = useStatusOf((status) => status.online.switchedOn);
  const switchWords = consoleIsOnline
    ? online
      ? "Takes this guest offline: what they write waits"
      : "Brings this guest back"
    : "The console is switched offline, and its guests with it";
  return (
    <header className={classes.head}>
      <Box flex={1} miw={0}>
        <Group gap={6} wrap="nowrap" miw={0}>
          <Title order={2} fz="sm" lh={1.35} miw={0}>
            <Shown text={chatName(chat)} cut />
          </Title>
          <Unread chat={chat} />
        </Group>
        <Group gap={6} wrap="nowrap" miw={0}>
          <Dot color={color} fz="xs">
            {name}
          </Dot>
          <Text size="xs" c="dimmed" truncate title={`${chat.host}, deployment ${chat.deployment}`}>
            <Shown text={chat.host} />
          </Text>
        </Group>
      </Box>
      {!over && (
        <Tooltip label={switchWords}>
          <Switch
            aria-label={`${who} is online`}
            checked={online}
            disabled={!consoleIsOnline}
            onChange={(event) => act.mutate(event.currentTarget.checked ? "comeBack" : "goOffline")}
            flex="none"
          />
        </Tooltip>
      )}
      {/* Once they are shown, it would lie over their own head. */}
      <Tooltip
        label="Shows the frames: what this guest and the org send each other, as JSON"
        multiline
        maw={260}
        disabled={inspected}
      >
        <ActionIcon
          aria-label={`Frames of ${who}`}
          aria-pressed={inspected}
          variant={inspected ? "light" : "subtle"}
          onClick={onInspect}
        >
          <IconCode size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={`More about the chat of ${who}`}>
            <IconDotsVertical size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconDeviceFloppy size={14} aria-hidden />}
            onClick={() => onDialog({ kind: "save", chat })}
          >
            Save as a scenario…
          </Menu.Item>
          <Menu.Item
            leftSection={<IconDownload size={14} aria-hidden />}
            onClick={() => onDialog({ kind: "export", chat })}
          >
            Export the frames…
          </Menu.Item>
          <Menu.Divider />
          {over ? (
            <Menu.Item
              leftSection={<IconRefresh size={14} aria-hidden />}
              onClick={() => onDialog({ kind: "again", chat })}
            >
              Start again as a new guest…
            </Menu.Item>
          ) : (
            <>
              <Menu.Item
                leftSection={<IconRefresh size={14} aria-hidden />}
                onClick={() => onDialog({ kind: "newSession", chat })}
              >
                New session…
              </Menu.Item>
              <Menu.Item
                leftSection={<IconEraser size={14} aria-hidden />}
                disabled={chat.offers?.clear === false}
                onClick={() => onDialog({ kind: "clear", chat })}
              >
                Clear the conversation…
                {chat.offers?.clear === false && (
                  <Text size="xs" c="dimmed">
                    The deployment does not allow it
                  </Text>
                )}
              </Menu.Item>
              <Menu.Item
                leftSection={<IconLogout size={14} aria-hidden />}
                onClick={() => onDialog({ kind: "end", chat })}
              >
                End the chat…
              </Menu.Item>
            </>
          )}
          {over && (
            <Menu.Item leftSection={<IconX size={14} aria-hidden />} onClick={() => act.mutate("remove")}>
              Remove from the list
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </header>
  );
}
