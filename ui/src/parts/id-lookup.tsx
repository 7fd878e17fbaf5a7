import { Anchor, Loader, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import type { ReactNode } from "react";
import { shownConversation } from "../draft-words";
import { type Core, failureOf } from "../ipc/core";
import { useSetPlace } from "../places";
import { keys, useAbilities, useAsk, useConnectionName } from "../queries";
import { conversationHref, go, guestHref } from "../routes";
import { wordsOf } from "./failure-words";
import { Shown } from "./shown-text";

/** What may be the id of a message or a conversation, and is no name, e-mail or number of a telephone. */
const ID = /^(?=.*\d)(?=.*[a-zA-Z])[a-zA-Z0-9_-]{16,64}$/;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Found = {
  of: "message" | "conversation" | "contact";
  guestId: string | null;
  conversationId: string | null;
};

/** The id of a contact has the form of a conversation's, and is typed into the same search. */
async function find(core: Core, id: string): Promise<Found> {
  try {
    const { messageId, ...found } = await core.guestOf(id);
    return { of: messageId === null ? "conversation" : "message", ...found };
  } catch (problem) {
    const [guest] = failureOf(problem).code === "not_found" && UUID.test(id) ? await core.guestsNamed([id]) : [];
    if (guest === undefined) throw problem;
    return { of: "contact", guestId: guest.id, conversationId: null };
  }
}

/** Where the id leads that a person typed into a search: a message's, a conversation's, or on a live org a contact's. */
export function useIdLookup(typed: string) {
  const [text] = useDebouncedValue(typed.trim(), 250);
  const { conversations } = useAbilities();
  const connection = useConnectionName();
  const setPlace = useSetPlace();
  const isId = ID.test(text) && text === typed.trim();
  const { data, error, isFetching } = useAsk(keys.guestOf(connection, text), (core) => find(core, text), {
    enabled: isId,
    gcTime: 0,
  });
  const found = isId && error === null && data !== undefined ? data : null;
  const { guestId = null, conversationId = null } = found ?? {};
  const href = guestId === null ? null : guestHref(guestId, conversationId === null ? "attributes" : "conversations");
  // The guest is shown with the conversation that was looked for.
  const show = () => {
    if (guestId !== null && conversationId !== null) setPlace(connection, shownConversation(guestId), conversationId);
  };
  return {
    isAsked: isId && isFetching,
    problem: isId && !isFetching ? error : null,
    found,
    guestHref: href,
    conversationHref: conversationId !== null && conversations ? conversationHref(conversationId) : null,
    show,
    /** Leads to the guest, if the id is somebody's. */
    enter: () => {
      if (href === null) return false;
      show();
      go(href);
      return true;
    },
  };
}

type Lookup = ReturnType<typeof useIdLookup>;

/** Below a search: whose the id is that was typed. */
export function IdFound({ lookup }: { lookup: Lookup }) {
  const { isAsked, problem, found } = lookup;
  if (isAsked) {
    return (
      <Line>
        <Loader size={12} mr={6} aria-hidden />
        Looking for a message or a conversation of this id…
      </Line>
    );
  }
  if (problem !== null) {
    const { code } = failureOf(problem);
    // Of an org that finds nobody by such an id nothing is said: the search goes on by other means.
    if (code === "not_in_this_dialect" || code === "invalid_input") return null;
    return (
      <Line>
        {code === "not_found"
          ? "No message and no conversation has this id."
          : `Whether a message has this id could not be asked: ${wordsOf(code).cause.toLowerCase()}.`}
      </Line>
    );
  }
  if (found === null) return null;
  return (
    <Line>
      This is the id of a {found.of}
      {found.guestId !== null && <Whose guest={found.guestId} />}
      {found.guestId === null && " without a contact"}.{" "}
      {lookup.guestHref && (
        <Anchor fz="xs" mr="sm" underline="always" href={lookup.guestHref} onClick={lookup.show}>
          Open the guest
        </Anchor>
      )}
      {lookup.conversationHref && (
        <Anchor fz="xs" underline="always" href={lookup.conversationHref}>
          Open the conversation
        </Anchor>
      )}
    </Line>
  );
}

function Whose({ guest }: { guest: string }) {
  const { data } = useAsk(keys.guestsNamed([guest]), (core) => core.guestsNamed([guest]));
  const [one] = data ?? [];
  return one === undefined ? null : (
    <>
      {" "}
      of <Shown text={one.name} />
    </>
  );
}

const Line = ({ children }: { children: ReactNode }) => (
  <Text size="xs" px="md" pb="sm" role="status">
    {children}
  </Text>
);
