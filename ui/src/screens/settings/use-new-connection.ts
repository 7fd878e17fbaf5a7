import { useRef } from "react";
import type { AddedConnection } from "../../ipc/bindings";
import { failureOf } from "../../ipc/core";
import { useCommand } from "../../queries";
import { useDraftForm } from "../../use-draft-form";
import {
  type ConnectionValues,
  canStillBeSaved,
  connectionFields,
  fieldsOf,
  refuseAt,
  rulesOf,
} from "./connection-fields";

type Kept = Omit<ConnectionValues, "clientSecret">;

/** The form of a new connection and the command that adds it. What was typed is kept, and never the secret. */
export function useNewConnection(first: ConnectionValues, done: (added: AddedConnection) => void) {
  const { form, draft } = useDraftForm<ConnectionValues, Kept>({
    kind: "connection",
    title: "A new connection",
    shared: true,
    first,
    keep: ({ clientSecret: _, ...kept }) => kept,
    validate: rulesOf(false),
  });
  // It leaves the screen with the command, and comes back only where something has to be corrected.
  const secret = useRef("");
  const add = useCommand(
    (core, { values, test }: { values: ConnectionValues; test: boolean }) => {
      const fields = fieldsOf(values);
      const { deployment, origin, dialect } = fields;
      const named = { deployment: deployment || null, origin: origin || null, dialect: dialect || null };
      return core.connectionAdd({ ...fields, ...named, clientSecret: secret.current }, test);
    },
    {
      stale: ["connections"],
      failure: "inline",
      done: (added) => {
        secret.current = "";
        draft.clear();
        done(added);
      },
      failed: (problem) => {
        const failure = failureOf(problem);
        const isOther = failure.fields.some(({ field }) => field !== "clientSecret");
        if (isOther || canStillBeSaved(failure)) form.setFieldValue("clientSecret", secret.current);
        secret.current = "";
        refuseAt(form, problem, connectionFields);
      },
    },
  );
  const send = (values: ConnectionValues, test: boolean) => {
    secret.current = values.clientSecret;
    add.mutate({ values: { ...values, clientSecret: "" }, test });
    form.setFieldValue("clientSecret", "");
  };
  const isUntested = add.variables?.test === true && add.error !== null && canStillBeSaved(failureOf(add.error));
  return { form, add, send, isUntested };
}
