import { Button, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { countOf } from "../../format";
import type { EntryQuery } from "../../ipc/bindings";
import { failureOf } from "../../ipc/core";
import { CopyText } from "../../parts/copy-text";
import { DialogFoot } from "../../parts/dialog-foot";
import { FailureNotice } from "../../parts/failure-notice";
import { useCommand } from "../../queries";

type Props = {
  query: EntryQuery;
  /** What is written, in words: `3 refused messages`. */
  what: string;
  onClose: () => void;
};

/** Writes what is shown to a file that the person names. */
export function ExportModal({ query, what, onClose }: Props) {
  const [file, setFile] = useState(`outbox-${new Date().toISOString().slice(0, 10)}.jsonl`);
  const save = useCommand(
    (core, elsewhere: boolean) =>
      elsewhere ? core.outboxExportElsewhere(query, file) : core.outboxExport(query, file),
    { failure: "inline" },
  );
  const wrong =
    save.error === null ? undefined : failureOf(save.error).fields.find((field) => field.field === "file")?.message;
  const nameless = file.trim() === "";
  return (
    <Modal opened onClose={onClose} title="Export the outbox" size={480}>
      <Stack gap="sm">
        <Text size="sm">
          Writes {what} as JSON Lines, <b>with the texts that guests wrote</b>. Only you may read the file; delete it
          when it has served.
        </Text>
        <TextInput
          label="File name"
          description="It goes to your downloads, or to exports in the data folder, and ends in .jsonl. A file that is there is never replaced."
          value={file}
          spellCheck={false}
          error={wrong}
          onChange={(event) => {
            setFile(event.currentTarget.value);
            if (save.error !== null) save.reset();
          }}
          data-autofocus
        />
        {save.error !== null && wrong === undefined && <FailureNotice problem={save.error} />}
        {save.data && (
          <div role="status">
            <Text size="sm">
              {countOf(save.data.exported, "message")} written
              {save.data.damaged > 0 &&
                `; ${countOf(save.data.damaged, "message")} cannot be read, damaged on this disk`}
              .
            </Text>
            <CopyText text={save.data.file} label="Copy the path" />
          </div>
        )}
        <DialogFoot>
          <Button variant="default" onClick={onClose}>
            {save.data ? "Done" : "Cancel"}
          </Button>
          <Button
            variant="default"
            disabled={nameless || save.isPending}
            loading={save.isPending && save.variables}
            onClick={() => save.mutate(true)}
          >
            Choose a place…
          </Button>
          <Button
            disabled={nameless || save.isPending}
            loading={save.isPending && !save.variables}
            onClick={() => save.mutate(false)}
          >
            Write the file
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
