import { Menu, NativeSelect, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import type { Boxed, FieldView } from "../../ipc/bindings";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { AttributeMenu } from "./attribute-menu";
import { fieldProblem, nameOfField, takes, typeOfField } from "./field-rules";
import classes from "./guests.module.css";
import { asTyped, type Staged } from "./staging";

type Edit = Omit<Staged, "before">;

type Props = {
  name: string;
  /** Absent for what stands in no field of the schema. */
  field: FieldView | undefined;
  current: Boxed | null;
  staged: Staged | undefined;
  /** Why the org refused what is staged; `undefined` where it did not. */
  refused: string | undefined;
  readOnly: boolean;
  /** It was added just now, and is typed in next. */
  fresh: boolean;
  onEdit: (edit: Edit) => void;
  onUndo: () => void;
};

/** One attribute by the schema: what it may hold decides its control. */
export function FieldRow({ name, field, current, staged, refused, readOnly, fresh, onEdit, onUndo }: Props) {
  const label = shown(nameOfField(name, field));
  const known = field !== undefined && field.kind !== "unknown";
  const type = field === undefined ? "text" : typeOfField(field);
  const edit: Edit = staged ?? { type, typed: current === null ? "" : asTyped(current.value) };
  const removed = staged !== undefined && staged.type === null;
  const problem = refused ?? (staged !== undefined && field !== undefined ? fieldProblem(field, edit) : null);
  const state = removed ? `${classes.staged} ${classes.removed}` : staged ? classes.staged : "";
  const locked = readOnly || !known;

  return (
    <div className={`${classes.attribute} ${state}`}>
      <div className={classes.key} title={field ? `${shown(name)}${takes(field) && `: ${takes(field)}`}` : shown(name)}>
        <Shown text={nameOfField(name, field)} cut />
        {field?.required && <span aria-hidden> *</span>}
      </div>
      <FieldInput
        label={label}
        field={field}
        typed={edit.typed}
        problem={problem}
        removed={removed}
        locked={locked}
        fresh={fresh}
        onType={(typed) => onEdit({ type, typed })}
      />
      <AttributeMenu
        label={label}
        name={nameOfField(name, field)}
        disabled={locked}
        staged={staged !== undefined}
        removed={removed}
        stays={field?.required === true && current !== null}
        onUndo={onUndo}
        onRemove={() => (current === null ? onUndo() : onEdit({ type: null, typed: "" }))}
      >
        <Menu.Label>
          <Shown text={name} cut />
        </Menu.Label>
      </AttributeMenu>
    </div>
  );
}

type InputProps = {
  label: string;
  field: FieldView | undefined;
  typed: string;
  problem: string | null;
  removed: boolean;
  locked: boolean;
  fresh: boolean;
  onType: (typed: string) => void;
};

function FieldInput({ label, field, typed, problem, removed, locked, fresh, onType }: InputProps) {
  const common = { "aria-label": label, error: problem, disabled: removed, autoFocus: fresh } as const;
  if (field === undefined || field.kind === "unknown") {
    const why =
      field === undefined ? "In no field of the schema: shown and kept." : "Of a type not known here: shown and kept.";
    return (
      <TextInput {...common} value={typed} readOnly description={why} inputWrapperOrder={["input", "description"]} />
    );
  }
  if (field.kind === "choice") {
    const listed = field.choices.some(({ key }) => key === typed);
    return (
      <NativeSelect
        {...common}
        value={typed}
        disabled={removed || locked}
        onChange={(event) => onType(event.currentTarget.value)}
        data={[
          ...(listed ? [] : [{ value: typed, label: typed === "" ? "Choose…" : shown(typed), disabled: true }]),
          ...field.choices.map(({ key, title }) => ({ value: key, label: shown(title ?? key) })),
        ]}
      />
    );
  }
  if (field.kind === "yesNo") {
    return (
      <SegmentedControl
        aria-label={label}
        value={typed === "true" ? "true" : "false"}
        onChange={onType}
        disabled={removed}
        readOnly={locked}
        data={[
          { value: "true", label: "Yes" },
          { value: "false", label: "No" },
        ]}
      />
    );
  }
  const text = {
    ...common,
    value: removed ? "" : typed,
    readOnly: locked,
    placeholder: removed ? "will be removed" : placeholders[field.kind],
    onChange: (event: { currentTarget: { value: string } }) => onType(event.currentTarget.value),
  };
  if (field.kind === "longText") return <Textarea {...text} autosize minRows={2} maxRows={8} />;
  const isNumber = field.kind === "integer" || field.kind === "number";
  return <TextInput {...text} inputMode={isNumber ? "decimal" : "text"} spellCheck={field.kind === "text"} />;
}

const placeholders: Partial<Record<FieldView["kind"], string>> = {
  date: "2026-01-31",
  dateTime: "2026-01-31T09:00:00Z",
  url: "https://",
  phone: "+15550100",
  tags: "words, with, commas",
};
