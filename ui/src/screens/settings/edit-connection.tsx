import { Modal, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useDraftStore } from "../../drafts";
import type { ConnectionView } from "../../ipc/bindings";
import { failureOf } from "../../ipc/core";
import { FormFoot } from "../../parts/dialog-foot";
import { FailureNotice } from "../../parts/failure-notice";
import { Note } from "../../parts/note";
import { tell } from "../../parts/tell";
import { useCommand } from "../../queries";
import {
  ConnectionFields,
  type ConnectionValues,
  canStillBeSaved,
  connectionFields,
  fieldsOf,
  refuseAt,
  rulesOf,
  useSecretOnce,
} from "./connection-fields";
import { dialectOf, type NamedDialect } from "./dialects";

type Props = {
  connection: ConnectionView;
  /** What goes when it is closed for the edit; `null` where nothing does. */
  loss: string | null;
  onClose: () => void;
};

/** What is saved, and whether it is tried before. */
type Edit = { values: ConnectionValues; test: boolean };

/** Changes a connection; what its sign-in depends on, and its deployment, is tried before it is kept. */
export function EditConnection({ connection, loss, onClose }: Props) {
  const { name, kind, environment, clientId, readOnly, deployment, origin, namedDialect, current } = connection;
  const form = useForm<ConnectionValues>({
    initialValues: {
      name,
      kind,
      place: environment,
      dialect: (namedDialect ?? "") as NamedDialect,
      clientId,
      clientSecret: "",
      readOnly,
      deployment: deployment ?? "",
      origin: origin ?? "",
    },
    validate: rulesOf(true),
  });
  const secret = useSecretOnce();
  const drafts = useDraftStore();
  // A secret that was given stays until the edit is kept or the dialog closed: it may be wanted for a second try.
  const [isSecretGiven, setSecretGiven] = useState(false);
  const { place, dialect, clientId: client, clientSecret, deployment: lab, origin: page } = form.values;
  const moves = place.trim() !== environment || dialectOf(place, dialect) !== connection.dialect;
  const signsIn = isSecretGiven || clientSecret !== "" || moves || client.trim() !== clientId;
  const chatsElsewhere = moves || lab.trim() !== (deployment ?? "") || page.trim() !== (origin ?? "");
  const tests = signsIn || (chatsElsewhere && lab.trim() !== "");
  const edit = useCommand(
    (core, { values, test }: Edit) => {
      const given = secret.take();
      return core.connectionEdit(name, { ...fieldsOf(values), clientSecret: given === "" ? null : given }, test);
    },
    {
      stale: ["connections"],
      failure: "inline",
      done: (saved, { test }) => {
        if (saved.name !== name) drafts.follow(name, saved.name);
        onClose();
        tell("Connection saved", test && signsIn ? `"${saved.name}" signs in.` : `"${saved.name}" was changed.`);
      },
      failed: (problem) => refuseAt(form, problem, connectionFields),
    },
  );

  function save(values: ConnectionValues, test: boolean) {
    secret.put(values.clientSecret);
    setSecretGiven(values.clientSecret !== "");
    edit.mutate({ values: { ...values, clientSecret: "" }, test });
  }

  const isUntested = edit.variables?.test === true && edit.error !== null && canStillBeSaved(failureOf(edit.error));
  return (
    <Modal opened onClose={onClose} title={`Edit the connection "${name}"`} size={640}>
      <form noValidate onSubmit={form.onSubmit((values) => save(values, tests))}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            Its outbox, policies and runs stay with it. {current && "It is in use, so it is closed for a moment. "}
            Another address or client id needs the secret anew. One that leads to another org is taken only while
            nothing of the present org waits here.
          </Text>
          {loss !== null && <Note warm>{loss}</Note>}
          <ConnectionFields form={form} keptSecret={isSecretGiven ? undefined : "Kept as it is"} />
          <FailureNotice
            problem={edit.error}
            action="Save without a test"
            onAction={isUntested ? () => save(form.values, false) : undefined}
          />
          <FormFoot
            onCancel={onClose}
            submit={tests ? "Test and save" : "Save"}
            disabled={!form.isDirty()}
            loading={edit.isPending}
          />
        </Stack>
      </form>
    </Modal>
  );
}
