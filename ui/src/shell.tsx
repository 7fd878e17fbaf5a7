import { useHotkeys } from "@mantine/hooks";
import { spotlight } from "@mantine/spotlight";
import { type ComponentType, useEffect, useState } from "react";
import { ActionsProvider, type ChatOf } from "./parts/actions";
import { type Discarding, DiscardQuestion } from "./parts/discard-question";
import { DraftsDrawer } from "./parts/drafts-drawer";
import { ErrorBoundary } from "./parts/error-boundary";
import { useFocusTrail } from "./parts/focus-trail";
import { useLastPlaces } from "./parts/last-places";
import { Notices } from "./parts/notices";
import { focusSearch, Palette } from "./parts/palette";
import { Rail } from "./parts/rail";
import { StatusStrip } from "./parts/status-strip";
import { TopBar } from "./parts/top-bar";
import { screenShortcut, useScreens } from "./parts/use-screens";
import { useZoomKeys } from "./parts/zoom";
import { usePlace } from "./places";
import { useAbilities, useChatRefusal, useCommand, useStatus } from "./queries";
import { followLinks, go, type ScreenName, screenHref, useRoute } from "./routes";
import { ActivityScreen } from "./screens/activity/activity-screen";
import { ChatLabScreen } from "./screens/chat-lab/chat-lab-screen";
import { ConversationsScreen } from "./screens/conversations/conversations-screen";
import { GuestsScreen } from "./screens/guests/guests-screen";
import { StartChatModal } from "./screens/guests/start-chat-modal";
import { OutboxScreen } from "./screens/outbox/outbox-screen";
import { RetentionScreen } from "./screens/retention/retention-screen";
import { SettingsScreen } from "./screens/settings/settings-screen";

/** All screens are in one bundle, which comes from the binary: a screen that was loaded on demand would have to be waited for. */
const shown: Record<ScreenName, ComponentType> = {
  guests: GuestsScreen,
  conversations: ConversationsScreen,
  "chat-lab": ChatLabScreen,
  outbox: OutboxScreen,
  retention: RetentionScreen,
  activity: ActivityScreen,
  settings: SettingsScreen,
};

export function Shell() {
  const route = useRoute();
  const screens = useScreens();
  // A screen that this connection does not have leads to the guests, as after a change of the connection.
  const screen = screens.includes(route.screen) ? route.screen : "guests";
  const Screen = shown[screen];
  const { connection, online } = useStatus();
  const noChat = useChatRefusal();
  const [chatting, setChatting] = usePlace<boolean | ChatOf>("chatting", false);
  const [listing, setListing] = useState(false);
  const [discarding, setDiscarding] = useState<Discarding | null>(null);
  const lastOf = useLastPlaces();
  const setOnline = useCommand((core, on: boolean) => core.setOnline(on));
  const can = useAbilities();
  const startChatOf = (who: ChatOf | true) => noChat === null && (can.chat || can.chatBySocket) && setChatting(who);
  const startChat = () => startChatOf(true);

  useEffect(followLinks, []);
  useEffect(() => {
    if (route.screen !== screen) go(screenHref(screen));
  }, [route.screen, screen]);

  // Also from within an input, except for the bare "/".
  useHotkeys(
    [
      ["mod+K", spotlight.open],
      ["mod+shift+C", startChat],
      ["mod+shift+O", () => setOnline.mutate(!online.switchedOn)],
      ...screens.map((name): [string, () => void] => [screenShortcut(screens, name), () => go(lastOf(name))]),
    ],
    [],
  );
  useHotkeys(
    [
      [
        "/",
        (event) => {
          if (takesText(event.target)) return;
          event.preventDefault();
          focusSearch();
        },
        { preventDefault: false },
      ],
    ],
    [],
  );
  useZoomKeys();
  useFocusTrail();

  return (
    <ActionsProvider value={{ startChat, startChatOf, showDrafts: () => setListing(true), askDiscard: setDiscarding }}>
      <div className="shell" data-production={connection?.kind === "production" || undefined}>
        <TopBar />
        <Rail />
        {/* Drawn anew for each connection, so that what was begun over one org is not shown over another. */}
        <main className="shell-main" key={connection?.name ?? "none"} tabIndex={-1}>
          <Notices />
          <ErrorBoundary key={screen}>
            <Screen />
          </ErrorBoundary>
        </main>
        <StatusStrip />
      </div>
      <Palette />
      <StartChatModal
        key={`chat ${connection?.name}`}
        opened={chatting !== false}
        of={typeof chatting === "object" ? chatting : null}
        onClose={() => setChatting(false)}
      />
      <DraftsDrawer opened={listing} onClose={() => setListing(false)} />
      <DiscardQuestion asked={discarding} onClose={() => setDiscarding(null)} />
    </ActionsProvider>
  );
}

/** Whether a key that is pressed there writes something. A switch is an input too, and takes no text. */
function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const switches = ["checkbox", "radio", "button", "submit"];
  if (target instanceof HTMLInputElement) return !switches.includes(target.type);
  return target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName);
}
