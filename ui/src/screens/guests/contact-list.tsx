import { IconUserSearch } from "@tabler/icons-react";
import { type RefObject, useCallback, useEffect, useState } from "react";
import { count, countOf } from "../../format";
import type { GuestView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { column } from "../../parts/column";
import { EmptyState } from "../../parts/empty-state";
import { RelativeTime } from "../../parts/relative-time";
import { Shown } from "../../parts/shown-text";
import { type GridHandle, VirtualGrid } from "../../parts/virtual-grid";
import { useAbilities } from "../../queries";
import { go, guestHref, useRoute } from "../../routes";
import { ListFoot, type ListSays } from "./list-foot";
import { useGuestPages } from "./use-guest-pages";

type Props = {
  search: string;
  selected: string | null;
  grid: RefObject<GridHandle | null>;
  onSays: (says: ListSays) => void;
};

/** The contacts that the org finds by a text; without one, the first of its list. */
export function ContactList({ search, selected, grid, onSays }: Props) {
  const { tab } = useRoute();
  const { ceiling } = useAbilities();
  const [rows, setRows] = useState({ first: 0, last: 0 });
  const asked = { search, filter: null, sort: "modifiedTime", descending: true } as const;
  const contacts = useGuestPages(asked, rows.first, rows.last, false);
  const onVisible = useCallback((first: number, last: number) => setRows({ first, last }), []);
  const { total, handedOut, exact, answers, problem } = contacts;
  const isCut = total !== null && handedOut !== null && (!exact || total > handedOut);

  useEffect(() => {
    const known = answers === null && total !== null;
    const words = !known ? " " : exact ? countOf(total, "contact") : `${count(total)} or more contacts`;
    onSays({ count: words, busy: contacts.searching || (total === null && problem === null) });
  }, [answers, total, exact, contacts.searching, problem, onSays]);

  return (
    <>
      <Answer
        problem={problem}
        onRetry={contacts.retry}
        known={total !== null}
        none={total === 0}
        of={answers && (answers.search === "" ? "the list of all contacts" : `the search for “${answers.search}”`)}
        empty={
          search === "" ? (
            <EmptyState icon={IconUserSearch} title="No contacts">
              This org keeps none that people or programs made. Visitors whom it met by itself stand under Recent chats.
            </EmptyState>
          ) : (
            <EmptyState icon={IconUserSearch} title="No contact matches">
              {/* vendor-fact: contacts-not-listed */}
              The org searches names, e-mail addresses and telephone numbers of curated contacts. An unknown visitor
              stands under Recent chats.
            </EmptyState>
          )
        }
      >
        <VirtualGrid
          ref={grid}
          label="Contacts"
          columns={columns}
          count={handedOut ?? 20}
          rowAt={contacts.guestAt}
          rowKey={(guest) => guest.id}
          selectedKey={selected}
          onOpen={(guest) => go(guestHref(guest.id, tab))}
          onVisible={onVisible}
          resetKey={contacts.shownKey}
          place="contacts"
        />
      </Answer>
      {isCut && ceiling !== null && (
        <ListFoot>
          {/* vendor-fact: search-ceiling */}
          {search === ""
            ? `The org lists its first ${count(ceiling)} contacts and does not say how many there are. Search for the one you want; every contact, one a line, is written by “innkeeper guests list”.`
            : `The org's search hands out the first ${count(ceiling)} and no more. Type more of the name, e-mail or telephone number.`}
        </ListFoot>
      )}
    </>
  );
}

const text = (value: string | null) => (value === null ? "—" : <Shown text={value} cut />);

const columns = [
  column<GuestView>("name", "Name", "minmax(130px, 1.3fr)", ({ name }) => <Shown text={name} cut />),
  column<GuestView>("email", "E-mail", "minmax(130px, 1.6fr)", ({ email }) => text(email), {
    dimmed: true,
    skeleton: 75,
  }),
  column<GuestView>("phone", "Phone", "minmax(100px, 0.8fr)", ({ phone }) => text(phone), { dimmed: true }),
  column<GuestView>("createdTime", "Created", "92px", ({ createdTime }) => <RelativeTime time={createdTime} />, {
    dimmed: true,
  }),
  column<GuestView>("modifiedTime", "Changed", "92px", ({ modifiedTime }) => <RelativeTime time={modifiedTime} />, {
    dimmed: true,
  }),
];
