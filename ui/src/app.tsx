import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { type QueryClient, QueryClientProvider, useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { colorSchemeManager } from "./color-scheme";
import { DraftsProvider } from "./drafts";
import { CoreProvider, useCore } from "./ipc/context";
import { type Core, CoreFailure } from "./ipc/core";
import { ClosedPage } from "./parts/closed-page";
import { LeaveQuestion } from "./parts/leave-question";
import { UndoOwner } from "./parts/undo";
import { PlacesProvider } from "./places";
import { usePreferences, useSnapshot } from "./queries";
import { Shell } from "./shell";
import { cssVariables, styleNonce, theme } from "./theme";
import { follow } from "./updates";

type Props = { core: Core; client: QueryClient };

export function App({ core, client }: Props) {
  return (
    <CoreProvider value={core}>
      <QueryClientProvider client={client}>
        <PlacesProvider>
          <Themed client={client} />
        </PlacesProvider>
      </QueryClientProvider>
    </CoreProvider>
  );
}

function Themed({ client }: { client: QueryClient }) {
  const core = useCore();
  const { preferences, change } = usePreferences();
  const [manager] = useState(() =>
    colorSchemeManager(preferences.colorScheme, (colorScheme) => change({ colorScheme })),
  );
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={manager}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <Notifications position="top-center" limit={4} containerWidth={380} />
      <DraftsProvider core={core}>
        <UndoOwner>
          <Gate client={client} />
        </UndoOwner>
        <LeaveQuestion />
      </DraftsProvider>
    </MantineProvider>
  );
}

/** The window shows its screens once the core has answered, and says why when it cannot. */
function Gate({ client }: { client: QueryClient }) {
  const core = useCore();
  const snapshot = useSnapshot();
  const [problem, setProblem] = useState<unknown>(null);
  const [round, setRound] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks for a new subscription
  useEffect(() => follow(core, client, setProblem), [core, client, round]);

  const reopen = useMutation({
    mutationFn: () => core.reopen(),
    onSuccess: () => setProblem(null),
    onError: setProblem,
    onSettled: () => setRound((old) => old + 1),
  });
  const trouble = problem ?? (snapshot?.failure ? new CoreFailure(snapshot.failure) : null);
  if (trouble !== null) {
    return (
      <ClosedPage
        problem={trouble}
        dataFolder={snapshot?.dataFolder ?? null}
        trying={reopen.isPending}
        onTry={() => reopen.mutate()}
      />
    );
  }
  return snapshot ? <Shell /> : null;
}
