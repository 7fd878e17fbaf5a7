import { useEffect } from "react";

/** How many focused elements are remembered: more than Tab passes in a panel before it is closed. */
const REMEMBERED = 200;

/** An element that had the focus, then the elements around it that can take the focus, from the inside to the outside. */
type Step = HTMLElement[];

/**
 * Keeps the keyboard focus on an element. When the focused element is taken off the page (a dialog closes, a row is
 * removed), the focus goes to what stood around it, and otherwise to the element that had it before. For a dialog that
 * is what opened it. A person who clicks on empty space has put the focus away; then nothing is done.
 *
 * Mantine returns the focus for a dialog that is told to close, and not for one that is removed from the page.
 */
export function useFocusTrail() {
  useEffect(() => {
    let trail: Step[] = [];
    const remember = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement) || target === document.body) return;
      trail = [...trail.filter(([element]) => element !== target), stepOf(target)].slice(-REMEMBERED);
    };
    const restore = () => {
      const lost = document.activeElement === null || document.activeElement === document.body;
      const last = trail[trail.length - 1]?.[0];
      if (!lost || last === undefined || last.isConnected) return;
      trail = trail.filter((step) => step.some((element) => element.isConnected));
      if (trail.findLast((step) => step.some(focusOn)) === undefined) document.querySelector("main")?.focus();
    };
    const observer = new MutationObserver(restore);
    document.addEventListener("focusin", remember);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener("focusin", remember);
      observer.disconnect();
    };
  }, []);
}

function stepOf(target: HTMLElement): Step {
  const step = [target];
  // Not the screen itself, which stands around everything on it: it takes the focus where nothing else does.
  for (let around = target.parentElement; around && !around.matches("main"); around = around.parentElement) {
    if (around.hasAttribute("tabindex")) step.push(around);
  }
  return step;
}

/** Whether the element could take the focus and has it now. */
function focusOn(element: HTMLElement): boolean {
  if (!element.isConnected || element.closest("[inert], [aria-hidden=true]") !== null) return false;
  element.focus({ preventScroll: true });
  return document.activeElement === element;
}
