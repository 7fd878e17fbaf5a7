import { ActionIcon, Group, Menu, SegmentedControl, Select, Text } from "@mantine/core";
import { IconDotsVertical, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { NamedPolicyView } from "../../ipc/bindings";
import { Question } from "../../parts/dialogs";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { useCommand, useReadOnly } from "../../queries";
import { go, retentionHref } from "../../routes";

/** More of them stand in a list that can be searched. */
const MOST_TABS = 4;

type Props = {
  policies: NamedPolicyView[];
  chosen: NamedPolicyView;
  onChoose: (id: string) => void;
};

/** Which policy the cards below speak of, where there are several; and what can be done with it. */
export function PolicyTabs({ policies, chosen, onChoose }: Props) {
  const readOnly = useReadOnly();
  const [removing, setRemoving] = useState(false);
  const names = policies.map(({ id, name, asks }) => ({ value: id, label: asks ? `${name} · waits for you` : name }));
  return (
    <Group gap="xs" wrap="nowrap">
      {policies.length > MOST_TABS ? (
        <Select
          aria-label="Policy"
          w={280}
          searchable
          value={chosen.id}
          onChange={(id) => id && onChoose(id)}
          data={names}
        />
      ) : policies.length > 1 ? (
        <SegmentedControl
          aria-label="Policy"
          value={chosen.id}
          onChange={onChoose}
          data={names}
          style={{ overflowX: "auto" }}
        />
      ) : (
        <Text size="sm" c="dimmed">
          Policy{" "}
          <Text span inherit fw={600} c="var(--mantine-color-text)">
            <Shown text={chosen.name} cut />
          </Text>
        </Text>
      )}
      {!readOnly && (
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <ActionIcon aria-label={`More for the policy ${shown(chosen.name)}`} variant="default" size={28}>
              <IconDotsVertical size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={15} aria-hidden />} onClick={() => go(retentionHref("edit"))}>
              Edit <Shown text={chosen.name} />…
            </Menu.Item>
            <Menu.Item leftSection={<IconPlus size={15} aria-hidden />} onClick={() => go(retentionHref("new"))}>
              New policy…
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={15} aria-hidden />}
              disabled={policies.length === 1}
              onClick={() => setRemoving(true)}
            >
              Remove <Shown text={chosen.name} />…
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {removing && <RemovePolicy policy={chosen} onClose={() => setRemoving(false)} />}
    </Group>
  );
}

function RemovePolicy({ policy, onClose }: { policy: NamedPolicyView; onClose: () => void }) {
  const remove = useCommand((core) => core.retentionPolicyRemove(policy.id), {
    stale: ["retention", "guests", "audit"],
    failure: "inline",
    done: onClose,
  });
  return (
    <Question
      title={`Remove the policy ${shown(policy.name)}?`}
      size={420}
      act="Remove policy"
      onAct={() => remove.mutate()}
      problem={remove.error}
      loading={remove.isPending}
      onStay={onClose}
    >
      <Text size="sm">
        Its schedule ends and what was confirmed is forgotten. No guest is deleted because of it; runs, certificates and
        the audit log stay.
      </Text>
    </Question>
  );
}
