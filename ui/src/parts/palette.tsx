import { Group, Kbd, Modal, Text, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Spotlight } from "@mantine/spotlight";
import {
  IconDownload,
  IconMessagePlus,
  IconMoon,
  IconPencil,
  IconPlugConnected,
  IconRefresh,
  IconSearch,
  IconSun,
  IconSunMoon,
  IconUser,
  IconWifi,
  IconZoomIn,
  IconZoomOut,
  IconZoomReset,
} from "@tabler/icons-react";
import { useState } from "react";
import { failureOf } from "../ipc/core";
import { keys, useAbilities, useAsk, useChatRefusal, useCommand, useStatus } from "../queries";
import { connectHref, exportHref, go, guestHref, screenHref } from "../routes";
import { type Action, offeredActions, useActions } from "./actions";
import { wordsOf } from "./failure-words";
import { useLastPlaces } from "./last-places";
import { screenMeta } from "./rail";
import { useRetentionActions } from "./retention-actions";
import { keysOf } from "./shortcuts";
import { shown } from "./shown";
import { Shown } from "./shown-text";
import { screenShortcut, useScreens } from "./use-screens";
import { useZoom } from "./zoom";

/** Every action by name, with its shortcut; and guests by a part of their name, e-mail or id. */
export function Palette() {
  const [typed, setTyped] = useState("");
  const words = typed.trim().toLowerCase();
  /** What the screen offers, read when the palette opens. */
  const [offered, setOffered] = useState<Action[]>([]);
  const actions = [...offered, ...useAllActions()].filter((action) => action.label.toLowerCase().includes(words));
  const { found, standing, problem, search } = useGuestsLike(typed);
  return (
    <Spotlight.Root
      query={typed}
      onQueryChange={setTyped}
      onSpotlightOpen={() => setOffered(offeredActions())}
      lockScroll={false}
      shadow="none"
      size={560}
      clearQueryOnClose
      overlayProps={{ blur: 0, backgroundOpacity: 0.4 }}
      styles={{ search: { height: 44, fontSize: "var(--mantine-font-size-md)" } }}
    >
      <VisuallyHidden>
        <Modal.Title>Command palette</Modal.Title>
      </VisuallyHidden>
      <Spotlight.Search
        placeholder="Find a guest or an action…"
        aria-label="Find a guest or an action"
        leftSection={<IconSearch size={16} aria-hidden />}
      />
      <Spotlight.ActionsList mah={420} style={{ overflowY: "auto" }}>
        {actions.length > 0 && (
          <Spotlight.ActionsGroup label="Actions">
            {actions.map((action) => (
              <Row key={action.id} {...action} />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {found.length > 0 && (
          <Spotlight.ActionsGroup label="Guests">
            {found.map((guest) => (
              <Row
                key={guest.id}
                id={guest.id}
                label={shown(guest.name)}
                hint={shown(guest.email ?? guest.id)}
                icon={IconUser}
                run={() => go(guestHref(guest.id))}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {standing !== "answered" && (
          <Text size="xs" c={standing === "failed" ? "var(--ink-minus)" : "dimmed"} px="md" py="xs" role="status">
            {standing === "failed"
              ? `Guests could not be looked for: ${wordsOf(failureOf(problem).code).cause.toLowerCase()}.`
              : "Looking for guests…"}
          </Text>
        )}
        {actions.length === 0 && found.length === 0 && standing === "answered" && (
          <Spotlight.Empty>
            {search.length < 2 ? `No action matches "${typed}".` : `No action and no guest matches "${typed}".`}
          </Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

/** How long the palette takes to close, in milliseconds. A dialog that opens before that would later give the focus back to
 * the closed palette. */
const PALETTE_CLOSED = 20;

function Row({ label, hint, icon: Glyph, shortcut, run }: Action) {
  return (
    <Spotlight.Action onClick={() => setTimeout(run, PALETTE_CLOSED)}>
      <Group w="100%" gap="sm" wrap="nowrap">
        <Glyph size={16} aria-hidden />
        <Text size="sm" truncate>
          <Shown text={label} />
        </Text>
        {hint && (
          <Text size="xs" c="dimmed" truncate>
            <Shown text={hint} />
          </Text>
        )}
        {shortcut && (
          <Kbd size="xs" ml="auto">
            {keysOf(shortcut)}
          </Kbd>
        )}
      </Group>
    </Spotlight.Action>
  );
}

/** The state of the search for guests. What is too short to be searched for counts as answered. */
type Standing = "answered" | "asked" | "failed";

function useGuestsLike(typed: string) {
  const [search] = useDebouncedValue(typed.trim(), 150);
  const looks = search.length >= 2 && typed.trim() !== "";
  const { data, error } = useAsk(
    keys.palette(search),
    (core) => core.guestsPage({ search, filter: null, sort: "modifiedTime", descending: true, page: 1 }),
    { enabled: looks, gcTime: 0 },
  );
  const settled = search === typed.trim();
  const standing: Standing =
    !looks && settled ? "answered" : error !== null ? "failed" : data && settled ? "answered" : "asked";
  return { found: looks ? (data?.guests.slice(0, 6) ?? []) : [], standing, problem: error, search };
}

function useAllActions(): Action[] {
  const { startChat, showDrafts } = useActions();
  const lastOf = useLastPlaces();
  const { online, outbox } = useStatus();
  const noChat = useChatRefusal();
  const can = useAbilities();
  const screens = useScreens();
  const { setColorScheme } = useMantineColorScheme();
  const setOnline = useCommand((core, on: boolean) => core.setOnline(on));
  const resume = useCommand((core) => core.outboxResume(), { stale: ["outbox"] });
  const retention = useRetentionActions();
  const zoom = useZoom();
  const actions: (Action | false)[] = [
    noChat === null &&
      (can.chat || can.chatBySocket) && {
        id: "chat",
        label: "Start a chat",
        icon: IconMessagePlus,
        shortcut: "mod+shift+C",
        run: startChat,
      },
    ...screens.map((name) => {
      const { name: label, icon } = screenMeta[name];
      const shortcut = screenShortcut(screens, name);
      return { id: name, label: `Go to ${label}`, icon, shortcut, run: () => go(lastOf(name)) };
    }),
    { id: "search", label: "Search guests", icon: IconSearch, shortcut: "/", run: focusSearch },
    {
      id: "online",
      label: online.switchedOn ? "Go offline" : "Go online",
      icon: IconWifi,
      shortcut: "mod+shift+O",
      run: () => setOnline.mutate(!online.switchedOn),
    },
    outbox.paused !== null && {
      id: "resume",
      label: "Resume the outbox",
      icon: IconRefresh,
      run: () => resume.mutate(),
    },
    { id: "export", label: "Export the outbox…", icon: IconDownload, run: () => go(exportHref) },
    ...retention,
    { id: "drafts", label: "Show drafts", icon: IconPencil, run: showDrafts },
    {
      id: "connections",
      label: "Change the connection",
      icon: IconPlugConnected,
      run: () => go(screenHref("settings")),
    },
    { id: "connect", label: "Connect to an org", icon: IconPlugConnected, run: () => go(connectHref) },
    { id: "light", label: "Light appearance", icon: IconSun, run: () => setColorScheme("light") },
    { id: "dark", label: "Dark appearance", icon: IconMoon, run: () => setColorScheme("dark") },
    { id: "auto", label: "Appearance as the system's", icon: IconSunMoon, run: () => setColorScheme("auto") },
    { id: "larger", label: "Zoom in", icon: IconZoomIn, shortcut: "mod+[plus]", run: zoom.larger },
    { id: "smaller", label: "Zoom out", icon: IconZoomOut, shortcut: "mod+-", run: zoom.smaller },
    { id: "zoom", label: "Zoom to 100 %", icon: IconZoomReset, shortcut: "mod+0", run: zoom.reset },
  ];
  return actions.filter((action) => action !== false);
}

/** Shows the guests and puts the cursor into their search. */
export function focusSearch() {
  go(screenHref("guests"));
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>("[data-search-guests]")?.select());
}
