import { Menu, SegmentedControl, TextInput } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { Boxed } from "../../ipc/bindings";
import { shown } from "../../parts/shown";
import { LookAlike, Shown } from "../../parts/shown-text";
import { AttributeMenu } from "./attribute-menu";
import classes from "./guests.module.css";
import { asTyped, meaning, type Staged, typeOf, type ValueType } from "./staging";

export const typeNames: Record<ValueType, string> = {
  text: "Text",
  number: "Number",
  yesNo: "Yes/no",
  date: "Date",
  empty: "Null",
};

export const valueTypes = Object.keys(typeNames) as ValueType[];

type Edit = Omit<Staged, "before">;

type Props = {
  name: string;
  /** How the key is written, where it looks like another one. */
  alike: string | undefined;
  current: Boxed | null;
  staged: Staged | undefined;
  readOnly: boolean;
  onEdit: (edit: Edit) => void;
  onUndo: () => void;
};

export function AttributeRow({ name, alike, current, staged, readOnly, onEdit, onUndo }: Props) {
  const label = alike === undefined ? shown(name) : `${shown(name)} (${alike})`;
  const edit: Edit = staged ?? {
    type: current === null ? "text" : typeOf(current.value),
    typed: current === null ? "" : asTyped(current.value),
  };
  const after = meaning(edit);
  const removed = edit.type === null;
  const state = removed ? `${classes.staged} ${classes.removed}` : staged ? classes.staged : "";

  return (
    <div className={`${classes.attribute} ${state}`}>
      <div className={classes.key} title={shown(name)}>
        <Shown text={name} cut />
        {alike !== undefined && <LookAlike spelled={alike} />}
      </div>
      <ValueInput
        name={label}
        type={edit.type ?? "empty"}
        typed={edit.typed}
        placeholder={removed ? "will be removed" : "null"}
        problem={"problem" in after ? after.problem : null}
        readOnly={readOnly || removed}
        onChange={(typed) => onEdit({ type: edit.type, typed })}
      />
      <AttributeMenu
        label={label}
        name={name}
        disabled={readOnly}
        staged={staged !== undefined}
        removed={removed}
        onUndo={onUndo}
        onRemove={() => (current === null ? onUndo() : onEdit({ type: null, typed: "" }))}
      >
        <Menu.Label>Type</Menu.Label>
        {valueTypes.map((type) => (
          <Menu.Item
            key={type}
            rightSection={edit.type === type ? <IconCheck size={13} aria-hidden /> : null}
            onClick={() => onEdit({ type, typed: retyped(type, edit.typed) })}
          >
            {typeNames[type]}
          </Menu.Item>
        ))}
        <Menu.Divider />
      </AttributeMenu>
    </div>
  );
}

const retyped = (type: ValueType, typed: string) => (type === "yesNo" ? String(typed === "true") : typed);

type InputProps = {
  name: string;
  type: ValueType;
  typed: string;
  placeholder: string;
  problem: string | null;
  readOnly: boolean;
  onChange: (typed: string) => void;
};

/** The control that fits the type. Text stays text while it is typed, so nothing is lost to rounding. */
export function ValueInput({ name, type, typed, placeholder, problem, readOnly, onChange }: InputProps) {
  if (type === "yesNo") {
    return (
      <SegmentedControl
        aria-label={name}
        value={typed === "true" ? "true" : "false"}
        onChange={onChange}
        readOnly={readOnly}
        data={[
          { value: "true", label: "Yes" },
          { value: "false", label: "No" },
        ]}
      />
    );
  }
  return (
    <TextInput
      aria-label={name}
      value={type === "empty" ? "" : typed}
      placeholder={type === "empty" ? placeholder : type === "date" ? "2026-01-31T09:30:00Z" : undefined}
      disabled={type === "empty"}
      readOnly={readOnly}
      error={problem}
      description={type !== "empty" && shown(typed) !== typed ? <Shown text={typed} /> : undefined}
      inputWrapperOrder={["input", "description", "error"]}
      inputMode={type === "number" ? "decimal" : "text"}
      spellCheck={type === "text"}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
