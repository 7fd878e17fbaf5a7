import { Center, Loader } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { spotlight } from "@mantine/spotlight";
import { lazy, Suspense, useState } from "react";
import { useCommand, useReadOnly, useStatus } from "../queries";
import { go, type ScreenName, screenHref, screens, useRoute } from "../routes";
import { GuestsScreen } from "../screens/guests/guests-screen";
import { StartChatModal } from "../screens/guests/start-chat-modal";
import { ActionsProvider } from "./actions";
import { ErrorBoundary } from "./error-boundary";
import { Notices } from "./notices";
import { focusSearch, Palette, screenShortcut } from "./palette";
import { Rail } from "./rail";
import { StatusStrip } from "./status-strip";
import { TopBar } from "./top-bar";

const OutboxScreen = lazy(() => import("../screens/outbox/outbox-screen"));
const RetentionScreen = lazy(() => import("../screens/retention/retention-screen"));
const ActivityScreen = lazy(() => import("../screens/activity/activity-screen"));
const SettingsScreen = lazy(() => import("../screens/settings/settings-screen"));

const shown: Record<ScreenName, () => React.JSX.Element> = {
  guests: () => <GuestsScreen />,
  outbox: () => <OutboxScreen />,
  retention: () => <RetentionScreen />,
  activity: () => <ActivityScreen />,
  settings: () => <SettingsScreen />,
};

export function Shell() {
  const { screen } = useRoute();
  const { connection, online } = useStatus();
  const readOnly = useReadOnly();
  const [chatting, setChatting] = useState(false);
  const setOnline = useCommand((core, on: boolean) => core.setOnline(on));
  const startChat = () => !readOnly && setChatting(true);

  // Also from within an input, except for the bare "/".
  useHotkeys(
    [
      ["mod+K", spotlight.open],
      ["mod+shift+C", startChat],
      ["mod+shift+O", () => setOnline.mutate(!online.switchedOn)],
      ...screens.map((name): [string, () => void] => [screenShortcut(name), () => go(screenHref(name))]),
    ],
    [],
  );
  useHotkeys([["/", focusSearch]]);

  return (
    <ActionsProvider value={{ startChat }}>
      <div className="shell" data-production={connection?.kind === "production" || undefined}>
        <TopBar />
        <Rail />
        {/* Another connection is another org: no half-made edit may move over to it. */}
        <main className="shell-main" key={connection?.name ?? "none"}>
          <Notices />
          <ErrorBoundary key={screen}>
            <Suspense
              fallback={
                <Center h="100%">
                  <Loader size="sm" aria-label="Loading the screen" />
                </Center>
              }
            >
              {shown[screen]()}
            </Suspense>
          </ErrorBoundary>
        </main>
        <StatusStrip />
      </div>
      <Palette />
      <StartChatModal opened={chatting} onClose={() => setChatting(false)} />
    </ActionsProvider>
  );
}
