import { Alert, Box, Button, Chip, Group, Text } from "@mantine/core";
import { IconChecks, IconDownload, IconPlayerPause } from "@tabler/icons-react";
import { count, countOf } from "../../format";
import type { EntryGroup, EntryQuery, EntryView, OutboxCounts } from "../../ipc/bindings";
import { Dot } from "../../parts/dot";
import { EmptyState } from "../../parts/empty-state";
import { ScreenPage } from "../../parts/screen-page";
import panes from "../../parts/two-panes.module.css";
import { usePlace } from "../../places";
import { useCommand, useStatus } from "../../queries";
import { exportHref, go, screenHref, useRoute } from "../../routes";
import { allOf, groupNames, groups, outboxWords } from "../../states/outbox";
import { EditModal } from "./edit-modal";
import { EntryList } from "./entry-list";
import { ExportModal } from "./export-modal";
import { LaneHead } from "./lane-head";
import { LaneList } from "./lane-list";

const PURPOSE =
  "Every message that is not yet delivered, in the order of its conversation. Nothing here is ever given up because of the network.";

export function OutboxScreen() {
  const { outbox, online } = useStatus();
  const exporting = useRoute().part === "export";
  const [picked, setPicked] = usePlace<EntryGroup | null>("outbox state", null);
  const [chosen, setChosen] = usePlace<string | null>("outbox conversation", null);
  const [edited, edit] = usePlace<EntryView | null>("edited entry", null);
  // Once nothing is in the chosen state any more, all states are shown again.
  const group = picked !== null && groups[picked].of(outbox) > 0 ? picked : null;
  const query: EntryQuery = { group, conversationId: chosen };
  const all = allOf(outbox);

  return (
    <ScreenPage
      title="Outbox"
      purpose={PURPOSE}
      fill
      actions={
        <>
          <Text size="xs" c="dimmed" role="status">
            {online.switchedOn ? outboxWords(outbox) : `Offline · ${outboxWords(outbox)}`}
          </Text>
          <Button
            variant="default"
            disabled={all === 0}
            leftSection={<IconDownload size={14} aria-hidden />}
            onClick={() => go(exportHref)}
          >
            Export
          </Button>
        </>
      }
    >
      {outbox.paused !== null && <Paused why={outbox.paused} />}
      {all === 0 ? (
        <EmptyState icon={IconChecks} title="Everything is delivered">
          Messages show up here while they wait: when you are offline, when the org limits or refuses them, or when an
          answer was lost on the way.
        </EmptyState>
      ) : (
        <>
          <States counts={outbox} value={group} onChange={setPicked} />
          <div className={panes.panes}>
            <LaneList group={group} chosen={chosen} onChoose={setChosen} />
            <Box className="fill" pt="sm">
              {chosen !== null && <LaneHead key={chosen} conversation={chosen} onClose={() => setChosen(null)} />}
              <EntryList
                key={`${group} ${chosen}`}
                query={query}
                onEdit={edit}
                empty={
                  <EmptyState
                    icon={IconChecks}
                    title={group === null ? "Everything of this conversation is delivered" : "None in this state"}
                    action={
                      <Button
                        mt="xs"
                        size="compact-sm"
                        variant="default"
                        onClick={() => {
                          setChosen(null);
                          setPicked(null);
                        }}
                      >
                        Show everything
                      </Button>
                    }
                  >
                    Other conversations still have messages here.
                  </EmptyState>
                }
              />
            </Box>
          </div>
        </>
      )}
      {edited && <EditModal key={edited.id} entry={edited} onClose={() => edit(null)} />}
      {exporting && (
        <ExportModal query={query} what={exportWords(query, outbox)} onClose={() => go(screenHref("outbox"))} />
      )}
    </ScreenPage>
  );
}

function exportWords({ group, conversationId }: EntryQuery, counts: OutboxCounts): string {
  const state = group === null ? "" : `${groups[group].name.toLowerCase()} `;
  if (conversationId !== null) return `the ${state}messages of the conversation that is shown`;
  return countOf(group === null ? allOf(counts) : groups[group].of(counts), `${state}message`);
}

function Paused({ why }: { why: string }) {
  const resume = useCommand((to) => to.outboxResume(), { stale: ["outbox"] });
  return (
    <Alert mb="md" color="red" icon={<IconPlayerPause size={18} aria-hidden />} title="The outbox is paused">
      <Text size="xs">{why}</Text>
      <Text size="xs" c="dimmed">
        Messages are kept in order, and none is sent. Correct the cause, then resume.
      </Text>
      <Button mt="xs" size="compact-sm" variant="default" loading={resume.isPending} onClick={() => resume.mutate()}>
        Resume
      </Button>
    </Alert>
  );
}

type StatesProps = { counts: OutboxCounts; value: EntryGroup | null; onChange: (group: EntryGroup | null) => void };

/** Which entries and conversations are shown, each with how many there are. */
function States({ counts, value, onChange }: StatesProps) {
  const chip = {
    size: "xs",
    radius: "sm",
    variant: "light",
    // The chosen chip is told by its ground; a tick would move its neighbours.
    styles: { iconWrapper: { display: "none" } },
  } as const;
  return (
    <Chip.Group value={value ?? "all"} onChange={(next) => onChange(next === "all" ? null : (next as EntryGroup))}>
      <Group gap={6} mb="sm" role="radiogroup" aria-label="State">
        <Chip {...chip} value="all">
          All <b>{count(allOf(counts))}</b>
        </Chip>
        {groupNames.map((name) => (
          <Chip {...chip} key={name} value={name} disabled={groups[name].of(counts) === 0}>
            <Dot color={groups[name].color} fz="xs">
              {groups[name].name} <b>{count(groups[name].of(counts))}</b>
            </Dot>
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  );
}
