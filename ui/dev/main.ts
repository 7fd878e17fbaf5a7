/** The page in a browser: `cargo xtask bridge` says the address, with the options of a window after it. */
import { BridgeWindow, type WindowOptions } from "./bridge";

async function start() {
  const { bridge, token, ...rest } = Object.fromEntries(new URLSearchParams(window.location.search));
  if (!bridge || !token) {
    document.body.textContent = "Start `cargo xtask bridge` and open the address that it says.";
    return;
  }
  const options = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, read(value)]));
  const opened = await BridgeWindow.open({ url: bridge, token }, options as WindowOptions);
  opened.install();
  await import("../src/main");
}

/** `?guests=0&readOnly=true&kind=production`: numbers and truth as such, anything else as text. */
function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

void start();
