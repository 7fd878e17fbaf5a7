import { ActionIcon, Menu } from "@mantine/core";
import { IconArrowBackUp, IconDots, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Shown } from "../../parts/shown-text";

type Props = {
  /** The attribute as a screen reader says it. */
  label: string;
  /** The attribute as it is called. */
  name: string;
  disabled: boolean;
  /** A change of it is staged. */
  staged: boolean;
  /** That change removes it. */
  removed: boolean;
  /** The org does not let it go. */
  stays?: boolean;
  onUndo: () => void;
  onRemove: () => void;
  /** What else can be done, above. */
  children?: ReactNode;
};

/** What can be done with an attribute beside typing its value. */
export function AttributeMenu({ label, name, disabled, staged, removed, stays = false, ...rest }: Props) {
  return (
    <Menu position="bottom-end" width={190}>
      <Menu.Target>
        <ActionIcon aria-label={`More for ${label}`} mt={2} size={26} disabled={disabled}>
          <IconDots size={14} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {rest.children}
        {staged && (
          <Menu.Item leftSection={<IconArrowBackUp size={14} aria-hidden />} onClick={rest.onUndo}>
            Undo this change
          </Menu.Item>
        )}
        {!removed && (
          <Menu.Item
            color="red"
            disabled={stays}
            leftSection={<IconTrash size={14} aria-hidden />}
            onClick={rest.onRemove}
          >
            Remove <Shown text={name} cut />
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
