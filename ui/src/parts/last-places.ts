import { useEffect } from "react";
import { usePlace } from "../places";
import { type ScreenName, screenHref, useRoute } from "../routes";

/** Where each screen was left: the guest and tab, the half of Activity, what lay open. A link to another screen
 * leads there; the link to the screen that is shown leads to its start. */
export function useLastPlaces(): (screen: ScreenName) => string {
  const { screen } = useRoute();
  const [last, setLast] = usePlace<Partial<Record<ScreenName, string>>>("last", {});
  // A window that was just opened has no fragment yet.
  const hash = window.location.hash || screenHref(screen);

  // biome-ignore lint/correctness/useExhaustiveDependencies: kept when the person goes elsewhere, and by no other change
  useEffect(() => {
    if (last[screen] !== hash) setLast((old) => ({ ...old, [screen]: hash }));
  }, [screen, hash]);

  return (name) => (name === screen ? screenHref(name) : (last[name] ?? screenHref(name)));
}
