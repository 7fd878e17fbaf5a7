import { Button, Group, Stack } from "@mantine/core";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import classes from "./conversation-box.module.css";

/** Nearer to the end than this, in pixels, is at the end. */
const END = 40;

/** Messages drawn at once; older ones come on demand. */
const WINDOW = 200;

type BoxProps = {
  /** What is shown; the end is shown again when it changes. */
  newest: unknown;
  /** Where a person has scrolled up, it stays there. */
  stays?: boolean;
  children: ReactNode;
};

/** A conversation in a box that scrolls and is opened at its end. */
export function ConversationBox({ newest, stays = false, children }: BoxProps) {
  const box = useRef<HTMLElement>(null);
  const atEnd = useRef(true);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the end moves when messages come or change their height
  useLayoutEffect(() => {
    if (box.current && (atEnd.current || !stays)) box.current.scrollTop = box.current.scrollHeight;
  }, [newest, stays]);

  return (
    <section
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard
      tabIndex={0}
      aria-label="Conversation"
      className={classes.box}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < END;
      }}
    >
      {children}
    </section>
  );
}

type MessagesProps<Message> = {
  /** Oldest first. */
  messages: Message[];
  /** A message as an item of the list. */
  children: (message: Message) => ReactNode;
};

/** The messages of a conversation, of a long one the newest. */
export function Messages<Message>({ messages, children }: MessagesProps<Message>) {
  const [drawn, setDrawn] = useState(WINDOW);
  const hidden = Math.max(0, messages.length - drawn);
  return (
    <>
      {hidden > 0 && (
        <Group justify="center" mb="sm">
          <Button size="compact-xs" variant="default" onClick={() => setDrawn((old) => old + WINDOW)}>
            Show {Math.min(WINDOW, hidden)} earlier
          </Button>
        </Group>
      )}
      {/* Safari forgets that a list without bullets is one. */}
      <Stack component="ul" role="list" gap={8} className="plain-list" aria-label="Messages">
        {messages.slice(hidden).map(children)}
      </Stack>
    </>
  );
}
