import { Group } from "@mantine/core";
import type { ReactNode } from "react";

type Props = {
  /** Beside the actions. */
  note?: ReactNode;
  children: ReactNode;
};

/** The actions at the end of a dialog: in view however long the dialog is. */
export const DialogFoot = ({ note, children }: Props) => (
  <Group justify={note ? "space-between" : "flex-end"} gap="xs" className="dialog-foot">
    {note}
    {note ? <Group gap="xs">{children}</Group> : children}
  </Group>
);
