import { useEffect, useEffectEvent } from "react";

/** What Escape closes first, where it is open: each of them closes itself. */
const OVER_THE_SCREEN = "[role=dialog], [role=alertdialog], [role=menu], [role=listbox]";

/** The presses of Escape that found something over the screen. */
const taken = new WeakSet<Event>();

// Before every other listener: what closes itself may be off the page by the time the press reaches the screen.
window.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Escape" && document.querySelector(OVER_THE_SCREEN) !== null) taken.add(event);
  },
  { capture: true },
);

/** Escape, where nothing lies over the screen and no control has a use of its own for it. */
export function useEscape(onEscape: () => void) {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || taken.has(event)) return;
    onEscape();
  });
  useEffect(() => {
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
}
