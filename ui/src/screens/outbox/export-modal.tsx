import { Modal, Stack, Text } from "@mantine/core";
import { countOf } from "../../format";
import type { EntryQuery } from "../../ipc/bindings";
import { SaveFile } from "../../parts/save-file";

type Props = {
  query: EntryQuery;
  /** What is written, in words: `3 refused messages`. */
  what: string;
  onClose: () => void;
};

/** Writes what is shown to a file that the person names. */
export const ExportModal = ({ query, what, onClose }: Props) => (
  <Modal opened onClose={onClose} title="Export the outbox" size={480}>
    <Stack gap="sm">
      <Text size="sm">
        Writes {what} as JSON Lines, <b>with the texts that guests wrote</b>. Only you may read the file; delete it when
        it has served.
      </Text>
      <SaveFile
        name={`outbox-${new Date().toISOString().slice(0, 10)}.jsonl`}
        description="It goes to your downloads, or to exports in the data folder, and ends in .jsonl. A file that is there is never replaced."
        submit="Write the file"
        save={(core, file, elsewhere) =>
          elsewhere ? core.outboxExportElsewhere(query, file) : core.outboxExport(query, file)
        }
        pathOf={({ file }) => file}
        written={({ exported, damaged }) => (
          <Text size="sm">
            {countOf(exported, "message")} written
            {damaged > 0 && `; ${countOf(damaged, "message")} cannot be read, damaged on this disk`}.
          </Text>
        )}
        onClose={onClose}
      />
    </Stack>
  </Modal>
);
