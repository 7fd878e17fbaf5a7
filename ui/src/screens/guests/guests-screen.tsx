import { Box, Flex, Title, VisuallyHidden } from "@mantine/core";
import { ResizablePanel } from "../../parts/resizable-panel";
import { useEscape } from "../../parts/use-escape";
import { useAbilities } from "../../queries";
import { go, guestHref, screenHref, useRoute } from "../../routes";
import { ConversationPanel } from "../conversations/conversation-panel";
import { GuestDetailPanel } from "./guest-detail";
import { GuestTable } from "./guest-table";
import { LiveLists } from "./live-lists";

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
        <ResizablePanel label="Guest" edge="Width of the guest panel">
          <GuestDetailPanel key={guest} id={guest} tab={tab} onClose={close} />
        </ResizablePanel>
      )}
      {conversation && (
        <ResizablePanel label="Conversation without a contact" edge="Width of the conversation panel">
          <ConversationPanel key={conversation} id={conversation} onClose={close} />
        </ResizablePanel>
      )}
    </Flex>
  );
}
