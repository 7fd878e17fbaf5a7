import { type UseFormInput, type UseFormReturnType, useForm } from "@mantine/form";
import { useEffect } from "react";
import { type HeldDraft, useDraft } from "./drafts";
import type { DraftKind } from "./ipc/bindings";

type Options<Values, Body> = Omit<UseFormInput<Values>, "initialValues" | "onValuesChange"> & {
  kind: DraftKind;
  title: string;
  shared?: boolean;
  first: Values;
  /** What of the values is kept: never a secret. */
  keep: (values: Values) => Body;
};

/** A form with rules of its own whose values are kept until it is sent or discarded. */
export function useDraftForm<Values extends Record<string, unknown>, Body extends Partial<Values>>({
  kind,
  title,
  shared = false,
  first,
  keep,
  ...rules
}: Options<Values, Body>): { form: UseFormReturnType<Values>; draft: HeldDraft<Body> } {
  const draft = useDraft<Body>({ kind, id: "", title, shared, first: keep(first) });
  const form = useForm<Values>({
    ...rules,
    initialValues: { ...first, ...draft.value },
    onValuesChange: (values) => draft.set(keep(values)),
  });
  // Sent, or discarded elsewhere: the form begins anew.
  const { begun } = draft;
  const left = !begun && JSON.stringify(keep(form.values)) !== JSON.stringify(keep(first));
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the draft has gone
  useEffect(() => {
    if (left) form.setValues(first);
  }, [begun]);
  return { form, draft };
}
