import { Anchor, Text } from "@mantine/core";
import { shortId } from "../../format";
import type { GuestDetail } from "../../ipc/bindings";
import { guestHref } from "../../routes";

/** Links to the guest before and the guest after this one, where a chat was started again from here. */
export function GuestChain({ detail: { predecessor, successors } }: { detail: GuestDetail }) {
  if (predecessor === null && successors.length === 0) return null;
  return (
    <Text size="xs" c="dimmed" mb="xs" component="nav" aria-label="Guests of this chat">
      {predecessor !== null && (
        <>
          Goes on for <Guest id={predecessor} />
          {successors.length > 0 ? " · " : ""}
        </>
      )}
      {successors.length > 0 && "Started again as "}
      {successors.map((id, at) => (
        <span key={id}>
          {at > 0 && ", "}
          <Guest id={id} />
        </span>
      ))}
    </Text>
  );
}

const Guest = ({ id }: { id: string }) => (
  <Anchor size="xs" href={guestHref(id, "conversations")} title={id}>
    guest {shortId(id)}
  </Anchor>
);
