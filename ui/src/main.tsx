import "@mantine/core/styles.css";
import "@mantine/spotlight/styles.css";
import "@mantine/notifications/styles.css";
import "@fontsource-variable/inter/index.css";
import "./app.css";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { paintScheme } from "./color-scheme";
import { tauriCore } from "./ipc/core";
import { createQueryClient, keys } from "./queries";

async function start() {
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root");
  const core = tauriCore();
  const client = createQueryClient();
  // Appearance first, so that nothing flashes; a failure here is told by the subscription.
  try {
    const preferences = await core.preferences();
    client.setQueryData(keys.preferences, preferences);
    paintScheme(preferences.colorScheme);
  } catch {
    paintScheme("auto");
  }
  createRoot(root).render(<App core={core} client={client} />);
}

void start();
