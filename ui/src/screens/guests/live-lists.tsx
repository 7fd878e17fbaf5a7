import { ActionIcon, Checkbox, Group, SegmentedControl, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { IdFound, useIdLookup } from "../../parts/id-lookup";
import { NumberField } from "../../parts/number-field";
import { numberOf } from "../../parts/numbers";
import { SearchInput } from "../../parts/search-input";
import type { GridHandle } from "../../parts/virtual-grid";
import { usePlace } from "../../places";
import { ContactList } from "./contact-list";
import classes from "./guests.module.css";
import { type ListSays, ListStatus, MOST_DAYS } from "./list-foot";
import { RecentChats } from "./recent-chats";
import { StartChatButton } from "./start-chat-button";

const DAYS = { least: 1, most: MOST_DAYS };

type List = "recent" | "contacts";

type Props = { selected: string | null };

/** The two lists of an org that keeps contacts: the guests of recent chats, whatever their kind, and the contacts that its search
 * finds. */
export function LiveLists({ selected }: Props) {
  const [list, setList] = usePlace<List>("guests list", "recent");
  const [typed, setTyped] = usePlace("guests searched", "");
  const [days, setDays] = usePlace("recent days", 7);
  /** As they were typed; asked for is the last that can be. */
  const [typedDays, setTypedDays] = useState(String(days));
  const [onlyOpen, setOnlyOpen] = usePlace("recent open", false);
  const [says, setSays] = useState<ListSays>({ count: " ", busy: false });
  const [search] = useDebouncedValue(typed.trim(), 250);
  const [askedDays] = useDebouncedValue(days, 400);
  const grid = useRef<GridHandle>(null);
  const looks = useRef(false);
  const lookup = useIdLookup(typed);

  function typeDays(text: string) {
    setTypedDays(text);
    setDays((old) => numberOf(DAYS, text) ?? old);
  }
  function type(text: string) {
    setTyped(text);
    looks.current = true;
  }
  // Who types looks for somebody: the search is the org's, and it finds contacts.
  useEffect(() => {
    if (search !== "" && looks.current) setList("contacts");
    if (search !== "") looks.current = false;
  });

  return (
    <div className="screen-fill">
      <Group px="md" py="sm" justify="space-between" gap="xs">
        <Group gap="xs" className={classes.asks}>
          <SegmentedControl
            aria-label="Which list"
            value={list}
            onChange={(value) => setList(value as List)}
            data={[
              { value: "recent", label: "Recent chats" },
              { value: "contacts", label: "Contacts" },
            ]}
          />
          <SearchInput
            flex="1 1 200px"
            maw={300}
            aria-label="Search contacts"
            placeholder="Name, e-mail, phone, message id"
            value={typed}
            onType={type}
            onLeave={() => lookup.enter() || grid.current?.focus()}
            data-search-guests
            rightSection={
              typed ? (
                <ActionIcon size={20} aria-label="Clear the search" onClick={() => setTyped("")}>
                  <IconX size={13} aria-hidden />
                </ActionIcon>
              ) : null
            }
          />
          {list === "recent" && (
            <Group gap={6} wrap="nowrap">
              <Text size="sm" c="dimmed" component="label" htmlFor="recent-days">
                Last
              </Text>
              <NumberField
                id="recent-days"
                range={DAYS}
                w={64}
                aria-label={`Days, 1 to ${MOST_DAYS}`}
                value={typedDays}
                onType={typeDays}
                error={numberOf(DAYS, typedDays) === null}
              />
              <Text size="sm" c="dimmed">
                {days === 1 ? "day" : "days"}
              </Text>
              <Checkbox
                ml={4}
                size="xs"
                label="Without an end"
                checked={onlyOpen}
                onChange={(event) => setOnlyOpen(event.currentTarget.checked)}
              />
            </Group>
          )}
        </Group>
        <Group gap="xs" wrap="nowrap">
          <ListStatus {...says} />
          <StartChatButton />
        </Group>
      </Group>
      <IdFound lookup={lookup} />
      <div className={`fill ${classes.list}`}>
        {list === "recent" ? (
          <RecentChats days={askedDays} onlyOpen={onlyOpen} selected={selected} grid={grid} onSays={setSays} />
        ) : (
          <ContactList search={search} selected={selected} grid={grid} onSays={setSays} />
        )}
      </div>
    </div>
  );
}
