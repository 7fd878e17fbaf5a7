import { Box, Flex, Title, VisuallyHidden } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useEscape } from "../../parts/use-escape";
import { useAbilities, usePreferences } from "../../queries";
import { go, guestHref, screenHref, useRoute } from "../../routes";
import { ConversationPanel } from "./conversation-panel";
import { GuestDetailPanel } from "./guest-detail";
import { GuestTable } from "./guest-table";
import classes from "./guests.module.css";
import { LiveLists } from "./live-lists";

const NARROWEST = 320;
const WIDEST = 720;

/** The table of guests, and the panel of the one that is open. */
export function GuestsScreen() {
  const { guest, tab, conversation } = useRoute();
  const { recentChats } = useAbilities();
  const close = () => go(screenHref("guests"));
  useEscape(() => (guest !== null || conversation !== null) && close());
  return (
    <Flex pos="relative" h="100%" miw={0}>
      <VisuallyHidden>
        <Title order={1}>Guests</Title>
      </VisuallyHidden>
      <Box flex={1} miw={0} h="100%">
        {recentChats ? (
          <LiveLists selected={guest ?? conversation} />
        ) : (
          <GuestTable selected={guest} onOpen={(opened) => go(guestHref(opened.id, tab))} />
        )}
      </Box>
      {guest && (
        <ResizablePanel label="Guest">
          <GuestDetailPanel key={guest} id={guest} tab={tab} onClose={close} />
        </ResizablePanel>
      )}
      {conversation && (
        <ResizablePanel label="Conversation without a contact">
          <ConversationPanel key={conversation} id={conversation} onClose={close} />
        </ResizablePanel>
      )}
    </Flex>
  );
}

/** The edge can be dragged, or moved by the arrow keys; the width is kept with the preferences. */
function ResizablePanel({ label, children }: { label: string; children: React.ReactNode }) {
  const { preferences, change } = usePreferences();
  const [width, setWidth] = useState(preferences.detailWidth);
  const drag = useRef<{ from: number; width: number } | null>(null);
  const clamp = (value: number) => Math.round(Math.max(NARROWEST, Math.min(WIDEST, value)));

  useEffect(() => setWidth(preferences.detailWidth), [preferences.detailWidth]);

  return (
    <section className={classes.panel} style={{ width: clamp(width) }} aria-label={label}>
      {/* biome-ignore lint/a11y/useSemanticElements: a separator that moves has no element of its own */}
      <div
        className={classes.edge}
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the guest panel"
        aria-valuenow={clamp(width)}
        aria-valuemin={NARROWEST}
        aria-valuemax={WIDEST}
        tabIndex={0}
        onPointerDown={(event) => {
          drag.current = { from: event.clientX, width: clamp(width) };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (drag.current) setWidth(clamp(drag.current.width + drag.current.from - event.clientX));
        }}
        onPointerUp={() => {
          if (drag.current) change({ detailWidth: clamp(width) });
          drag.current = null;
        }}
        onKeyDown={(event) => {
          const step = event.key === "ArrowLeft" ? 20 : event.key === "ArrowRight" ? -20 : 0;
          if (step !== 0) change({ detailWidth: clamp(width + step) });
        }}
      />
      {children}
    </section>
  );
}
