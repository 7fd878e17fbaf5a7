import { useEffect, useEffectEvent } from "react";

/** What Escape closes first, where it is open: each of them closes itself. */
const OVER_THE_SCREEN = "[role=dialog], [role=alertdialog], [role=menu], [role=listbox]";

/** Escape, where nothing lies over the screen and no control has a use of its own for it. */
export function useEscape(onEscape: () => void) {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
    if (document.querySelector(OVER_THE_SCREEN) === null) onEscape();
  });
  useEffect(() => {
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
}
