import { Button, Group, NativeSelect, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { RefObject } from "react";
import { NumberField } from "../../parts/number-field";
import { numberOf } from "../../parts/numbers";
import type { GridHandle } from "../../parts/virtual-grid";
import { usePlace } from "../../places";
import { type ListSays, MOST_DAYS } from "../guests/list-foot";
import { LookedList } from "./looked-list";
import { ReadList } from "./read-list";
import {
  attributeOf,
  DAYS,
  firstSearch,
  questionOf,
  type Search,
  searchOf,
  searchWords,
  type TypedSearch,
  wantedOf,
} from "./search";

type Props = { selected: string | null; grid: RefObject<GridHandle | null>; onSays: (says: ListSays) => void };

const stateNames: { value: TypedSearch["state"]; label: string }[] = [
  { value: "any", label: "Any state" },
  { value: "open", label: "Open" },
  { value: "unclear", label: "Unclear" },
  { value: "ended", label: "Ended" },
];

/** Conversations by time, state, queue and attribute. What is typed is looked for when a person says so. */
export function SearchList(props: Props) {
  const [typed, setTyped] = usePlace<TypedSearch>("conversations typed", firstSearch);
  const [asked, setAsked] = usePlace<Search>("conversations asked", searchOf(firstSearch) as Search);
  const next = searchOf(typed);
  const attribute = attributeOf(typed.attribute);
  const set = (part: Partial<TypedSearch>) => setTyped((old) => ({ ...old, ...part }));
  const isOther = next === null || JSON.stringify(next) !== JSON.stringify(asked);
  const wanted = wantedOf(asked);
  const list = {
    ...props,
    label: "Conversations found",
    query: questionOf(asked),
    words: searchWords(asked),
    empty: {
      title: "No conversation matches",
      text:
        asked.days < MOST_DAYS
          ? `${searchWords(asked)}: there is none. Look further back, up to ${MOST_DAYS} days, or leave something out.`
          : `${searchWords(asked)}: there is none. Leave something out; the org tells no older conversations here.`,
    },
  };
  return (
    <>
      <form
        aria-label="Search conversations"
        onSubmit={(event) => {
          event.preventDefault();
          if (next !== null) setAsked(next);
        }}
      >
        <Group px="md" pb="sm" gap="xs" align="flex-start">
          <Group gap={6} wrap="nowrap">
            <Text size="sm" c="dimmed" component="label" htmlFor="conversation-days">
              Last
            </Text>
            <NumberField
              id="conversation-days"
              range={DAYS}
              w={56}
              aria-label={`Days back, 1 to ${MOST_DAYS}`}
              value={typed.days}
              onType={(days) => set({ days })}
              error={numberOf(DAYS, typed.days) === null}
            />
            <Text size="sm" c="dimmed">
              {typed.days.trim() === "1" ? "day" : "days"}
            </Text>
          </Group>
          <NativeSelect
            aria-label="State"
            w={110}
            value={typed.state}
            onChange={(event) => set({ state: event.currentTarget.value as TypedSearch["state"] })}
            data={stateNames}
          />
          <TextInput
            aria-label="Queue"
            placeholder="Part of a queue's name"
            flex="1 1 120px"
            maw={200}
            value={typed.queue}
            spellCheck={false}
            onChange={(event) => set({ queue: event.currentTarget.value })}
          />
          <TextInput
            aria-label="Attribute"
            placeholder="Attribute, or attribute=value"
            flex="1 1 150px"
            maw={240}
            value={typed.attribute}
            spellCheck={false}
            error={"problem" in attribute ? attribute.problem : null}
            onChange={(event) => set({ attribute: event.currentTarget.value })}
          />
          <Button
            type="submit"
            variant={isOther ? "filled" : "default"}
            disabled={next === null || !isOther}
            leftSection={<IconSearch size={14} aria-hidden />}
          >
            Search
          </Button>
        </Group>
        {isOther && (
          <Text size="xs" c="dimmed" px="md" pb={6} role="status">
            Below: {searchWords(asked)}. Press Search for what you typed.
          </Text>
        )}
      </form>
      {wanted === null ? (
        <ReadList key="read" {...list} />
      ) : (
        <LookedList key={JSON.stringify(asked)} wanted={wanted} {...list} />
      )}
    </>
  );
}
