import { Anchor, Button, Drawer, Group, Paper, Stack, Text } from "@mantine/core";
import { IconPencilCheck } from "@tabler/icons-react";
import { useEffect, useEffectEvent, useState } from "react";
import { draftLine, draftWords } from "../draft-words";
import { type Draft, useDraftStore, useDrafts } from "../drafts";
import { useSetPlace } from "../places";
import { useCommand, useStatusOf } from "../queries";
import { go } from "../routes";
import { useActions } from "./actions";
import { EmptyState } from "./empty-state";
import { shown } from "./shown";
import { Shown } from "./shown-text";

/** What was typed and not yet saved, of every connection: where it is, and the way there. */
export function DraftsDrawer({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const drafts = useDrafts();
  return (
    <Drawer opened={opened} onClose={onClose} size={480} title="Drafts">
      <Text size="sm" c="dimmed" mb="sm">
        What you typed and did not save or send yet. It is kept while the console runs, and never on disk.
      </Text>
      {drafts.length === 0 ? (
        <EmptyState icon={IconPencilCheck} title="Nothing is left unsaved">
          Changes and messages that you begin and leave are found here.
        </EmptyState>
      ) : (
        <Stack gap="xs" component="ul" className="plain-list" aria-label="Drafts">
          {drafts.map((draft) => (
            <Line key={`${draft.connection} ${draft.kind} ${draft.id}`} draft={draft} onOpened={onClose} />
          ))}
        </Stack>
      )}
    </Drawer>
  );
}

function Line({ draft, onOpened }: { draft: Draft; onOpened: () => void }) {
  const store = useDraftStore();
  const { askDiscard } = useActions();
  const connection = useStatusOf((status) => status.connection?.name ?? "");
  const setPlace = useSetPlace();
  const { lines, href, place } = draftWords(draft);
  const line = draftLine(draft);
  const open = () => {
    if (place) setPlace(draft.connection || connection, ...place);
    onOpened();
    go(href);
  };
  const [switched, setSwitched] = useState(false);
  const switchTo = useCommand((core) => core.connectionUse(draft.connection), {
    stale: ["connections"],
    done: () => setSwitched(true),
  });
  // Opened once the window shows the other connection. Earlier, what is opened would be looked for in the present org.
  const arrived = switched && connection === draft.connection;
  const openThere = useEffectEvent(open);
  useEffect(() => {
    if (arrived) openThere();
  }, [arrived]);
  const elsewhere = draft.connection !== "" && draft.connection !== connection;
  return (
    <Paper component="li" withBorder p="sm" aria-label={line}>
      <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
        {line}
      </Text>
      {elsewhere && (
        <Text size="xs" c="dimmed">
          Over the connection {draft.connection}
        </Text>
      )}
      {lines.map((text) => (
        <Text key={text} size="xs" c="dimmed" lineClamp={3} title={shown(text)} style={{ overflowWrap: "anywhere" }}>
          <Shown text={text} />
        </Text>
      ))}
      <Group gap="xs" mt="xs">
        <Button
          size="compact-xs"
          variant="default"
          loading={switchTo.isPending}
          aria-label={`${elsewhere ? `Use ${draft.connection} and open` : "Open"} ${line}`}
          onClick={() => (elsewhere ? switchTo.mutate() : open())}
        >
          {elsewhere ? `Use ${draft.connection} and open` : "Open"}
        </Button>
        <Button
          size="compact-xs"
          variant="subtle"
          color="red"
          aria-label={`Discard ${line}`}
          onClick={() => askDiscard({ lines: [line], discard: () => store.remove(draft) })}
        >
          Discard
        </Button>
      </Group>
    </Paper>
  );
}

/** What is kept of a guest who cannot be shown: deleted meanwhile, or the org does not answer. */
export function KeptOfGuest({ guest }: { guest: string }) {
  const { showDrafts } = useActions();
  const connection = useStatusOf((status) => status.connection?.name ?? "");
  const kept = useDrafts().filter(
    (draft) => draft.connection === connection && draftWords(draft).href.startsWith(`#/guests/${guest}`),
  );
  if (kept.length === 0) return null;
  return (
    <Text size="sm" role="status">
      What you typed for this guest is kept: {kept.map((draft) => draftWords(draft).what).join(", ")}.{" "}
      <Anchor component="button" type="button" size="sm" onClick={showDrafts}>
        Show drafts
      </Anchor>
    </Text>
  );
}
