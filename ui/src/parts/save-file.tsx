import { Button, Stack, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { Core } from "../ipc/core";
import { failureOf } from "../ipc/core";
import { useCommand } from "../queries";
import { CopyText } from "./copy-text";
import { DialogFoot } from "./dialog-foot";
import { FailureNotice } from "./failure-notice";

type Props<Saved> = {
  /** The name that stands in the field at first. */
  name: string;
  description: string;
  submit: string;
  /** Writes the file under that name, or, `elsewhere`, where the person says in a dialog of the system; `null` where they
   * chose no place. */
  save: (core: Core, file: string, elsewhere: boolean) => Promise<Saved | null>;
  pathOf: (saved: Saved) => string;
  /** What is said of a file that was written. */
  written: (saved: Saved) => ReactNode;
  /** The way out, where the form is all that a dialog shows. */
  onClose?: () => void;
};

/** Writes a new file under a name or at a place that a person chooses. */
export function SaveFile<Saved>({ name, description, submit, save, pathOf, written, onClose }: Props<Saved>) {
  const [file, setFile] = useState(name);
  const command = useCommand((core, elsewhere: boolean) => save(core, file, elsewhere), { failure: "inline" });
  const { data: saved = null, error, isPending, variables: elsewhere } = command;
  const wrong = error === null ? undefined : failureOf(error).fields.find(({ field }) => field === "file")?.message;
  const disabled = file.trim() === "" || isPending;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!disabled) command.mutate(false);
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="File name"
          description={description}
          value={file}
          spellCheck={false}
          error={wrong}
          onChange={(event) => {
            setFile(event.currentTarget.value);
            if (error !== null) command.reset();
          }}
          data-autofocus={onClose ? true : undefined}
        />
        {wrong === undefined && <FailureNotice problem={error} />}
        {saved !== null && (
          <div role="status">
            {written(saved)}
            <CopyText text={pathOf(saved)} label="Copy the path" />
          </div>
        )}
        <DialogFoot>
          {onClose && (
            <Button variant="default" onClick={onClose}>
              {saved === null ? "Cancel" : "Done"}
            </Button>
          )}
          <Button
            variant="default"
            disabled={disabled}
            loading={isPending && elsewhere}
            onClick={() => command.mutate(true)}
          >
            Choose a place…
          </Button>
          <Button
            type="submit"
            variant={onClose ? "filled" : "default"}
            disabled={disabled}
            loading={isPending && !elsewhere}
          >
            {submit}
          </Button>
        </DialogFoot>
      </Stack>
    </form>
  );
}
