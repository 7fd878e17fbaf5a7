import "@mantine/core/styles.css";
import "@mantine/spotlight/styles.css";
import "@mantine/notifications/styles.css";
import "@fontsource-variable/inter/index.css";
import "./app.css";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { paintScheme } from "./color-scheme";
import type { Core } from "./ipc/core";
import { createQueryClient, keys } from "./queries";

async function door(): Promise<Core> {
  if (import.meta.env.MODE === "mock") return (await import("./ipc/mock")).mockFromAddress();
  return (await import("./ipc/core")).tauriCore();
}

async function start() {
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root");
  const core = await door();
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
