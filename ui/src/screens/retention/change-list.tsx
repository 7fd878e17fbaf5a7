import { Badge, Group, Text } from "@mantine/core";
import type { ChangeView } from "../../ipc/bindings";
import { fieldName } from "./policy-draft";
import classes from "./retention.module.css";

/** What differs, line by line; what could take guests that were safe before is marked. */
export function ChangeList({ changes, label }: { changes: ChangeView[]; label: string }) {
  return (
    <ul className={`plain-list ${classes.changes}`} aria-label={label}>
      {changes.map((change) => (
        <li key={change.field} data-field={change.field} data-stronger={change.stronger || undefined}>
          <Group gap={6} wrap="nowrap">
            <Text span size="xs" fw={600}>
              {fieldName(change.field)}
            </Text>
            {change.stronger && (
              <Badge size="xs" color="orange" title="Guests can go that could not before">
                Stronger
              </Badge>
            )}
          </Group>
          <Text size="xs" style={{ overflowWrap: "anywhere" }}>
            <span className={classes.minus}>{change.before}</span>
            <span aria-hidden> → </span>
            <span className="visually-hidden"> becomes </span>
            <span className={classes.plus}>{change.after}</span>
          </Text>
        </li>
      ))}
    </ul>
  );
}
