import { ActionIcon, Box, Flex, Group, SegmentedControl, Title, VisuallyHidden } from "@mantine/core";
import { IconMessages, IconRefresh, IconSearch, IconX } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useOffered } from "../../parts/actions";
import { IdFound, useIdLookup } from "../../parts/id-lookup";
import { ResizablePanel } from "../../parts/resizable-panel";
import { SearchInput } from "../../parts/search-input";
import { useEscape } from "../../parts/use-escape";
import type { GridHandle } from "../../parts/virtual-grid";
import { usePlace } from "../../places";
import { go, screenHref, useRoute } from "../../routes";
import { type ListSays, ListStatus } from "../guests/list-foot";
import { ConversationPanel } from "./conversation-panel";
import classes from "./conversations.module.css";
import { OpenNow } from "./open-now";
import { SearchList } from "./search-list";

type List = "open" | "search";

/** The conversations of the org, and the one that is open. */
export function ConversationsScreen() {
  const { conversation } = useRoute();
  const close = () => go(screenHref("conversations"));
  useEscape(() => conversation !== null && close());
  return (
    <Flex pos="relative" h="100%" miw={0}>
      <VisuallyHidden>
        <Title order={1}>Conversations</Title>
      </VisuallyHidden>
      <Box flex={1} miw={0} h="100%">
        <Lists selected={conversation} />
      </Box>
      {conversation && (
        <ResizablePanel label="Conversation to read" edge="Width of the conversation panel">
          <ConversationPanel key={conversation} id={conversation} onClose={close} />
        </ResizablePanel>
      )}
    </Flex>
  );
}

function Lists({ selected }: { selected: string | null }) {
  const [list, setList] = usePlace<List>("conversations list", "open");
  const [typed, setTyped] = usePlace("conversations id", "");
  const [says, setSays] = useState<ListSays>({ count: " ", busy: false });
  const grid = useRef<GridHandle>(null);
  const lookup = useIdLookup(typed);
  const props = { selected, grid, onSays: setSays };
  const { refresh } = says;
  useOffered([
    { id: "conversations open", label: "List open conversations", icon: IconMessages, run: () => setList("open") },
    { id: "conversations search", label: "Search conversations", icon: IconSearch, run: () => setList("search") },
    ...(refresh
      ? [{ id: "conversations again", label: "Read the conversations again", icon: IconRefresh, run: refresh }]
      : []),
  ]);
  return (
    <div className="screen-fill">
      <Group px="md" py="sm" justify="space-between" gap="xs">
        <Group gap="xs" className={classes.asks}>
          <SegmentedControl
            aria-label="Which conversations"
            value={list}
            onChange={(value) => setList(value as List)}
            data={[
              { value: "open", label: "Open now" },
              { value: "search", label: "Search" },
            ]}
          />
          <SearchInput
            flex="1 1 200px"
            maw={300}
            aria-label="Find by id"
            placeholder="Id of a message or a conversation"
            value={typed}
            onType={setTyped}
            onLeave={() => (lookup.conversationHref ? go(lookup.conversationHref) : grid.current?.focus())}
            rightSection={
              typed ? (
                <ActionIcon size={20} aria-label="Clear the id" onClick={() => setTyped("")}>
                  <IconX size={13} aria-hidden />
                </ActionIcon>
              ) : null
            }
          />
        </Group>
        <Group gap="xs" wrap="nowrap">
          <ListStatus {...says} />
        </Group>
      </Group>
      <IdFound lookup={lookup} />
      <div className={`fill ${classes.list}`}>
        {list === "open" ? <OpenNow {...props} /> : <SearchList {...props} />}
      </div>
    </div>
  );
}
