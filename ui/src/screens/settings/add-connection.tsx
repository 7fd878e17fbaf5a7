import { Button, Checkbox, Group, Paper, PasswordInput, Select, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus } from "@tabler/icons-react";
import { useRef } from "react";
import type { ConnectionKind, NewConnection } from "../../ipc/bindings";
import { failureOf } from "../../ipc/core";
import { FailureNotice } from "../../parts/failure-notice";
import { useCommand } from "../../queries";
import { kindName } from "../../theme";
import { useDraftForm } from "../../use-draft-form";
import classes from "./settings.module.css";

type Values = {
  name: string;
  kind: ConnectionKind;
  place: string;
  clientId: string;
  clientSecret: string;
  readOnly: boolean;
};

const empty: Values = { name: "", kind: "development", place: "", clientId: "", clientSecret: "", readOnly: false };

type Kept = Omit<Values, "clientSecret">;

/** Fields of the core, by the field of this form that they come from. */
const fieldOf: Record<string, keyof Values> = {
  name: "name",
  kind: "kind",
  environment: "place",
  baseUrl: "place",
  clientId: "clientId",
  clientSecret: "clientSecret",
  readOnly: "readOnly",
};

export function AddConnection() {
  const { form, draft } = useDraftForm<Values, Kept>({
    kind: "connection",
    title: "A new connection",
    shared: true,
    first: empty,
    keep: ({ clientSecret: _, ...kept }) => kept,
    validate: {
      name: (name) =>
        /^[\p{L}\p{N} _-]{1,40}$/u.test(name.trim()) ? null : "1 to 40 letters, digits, spaces, - or _.",
      place: placeProblem,
      clientId: (id) => (id.trim() ? null : "The id of the OAuth client."),
      clientSecret: (secret) => (secret ? null : "The secret of the OAuth client."),
    },
  });
  // Handed over once and forgotten: neither the form nor a command's input keeps it.
  const secret = useRef("");
  const takeSecret = () => {
    const taken = secret.current;
    secret.current = "";
    return taken;
  };
  const add = useCommand((core, values: Values) => core.connectionAdd(toConnection(values, takeSecret())), {
    stale: ["connections"],
    failure: "inline",
    done: ({ name }) => {
      draft.clear();
      notifications.show({
        color: "teal",
        title: "Connection added",
        message: `"${name}" can be tested and used now.`,
      });
    },
    failed: (problem) => {
      for (const { field, message } of failureOf(problem).fields) {
        const mine = fieldOf[field];
        if (mine) form.setFieldError(mine, message);
      }
    },
  });

  return (
    <Paper p="md" component="section" aria-labelledby="add-connection">
      <Title order={2} id="add-connection" fz="sm">
        Add a connection
      </Title>
      <Text size="xs" c="dimmed" mb="sm">
        An OAuth client with client credentials. It needs the scopes guest:read, guest:write, conversation:read and
        webchat:write. An address that is not on this computer is asked about in a window of its own before anything is
        stored or sent.
      </Text>
      <form
        noValidate
        onSubmit={form.onSubmit((values) => {
          secret.current = values.clientSecret;
          add.mutate({ ...values, clientSecret: "" });
          form.setFieldValue("clientSecret", "");
        })}
      >
        <div className={classes.form}>
          <TextInput label="Connection name" placeholder="Support EU" {...form.getInputProps("name")} />
          <Select
            label="Kind"
            data={Object.entries(kindName).map(([value, label]) => ({ value, label }))}
            {...form.getInputProps("kind")}
          />
          <TextInput
            label="Environment or base URL"
            placeholder="us-east-1 or https://host"
            spellCheck={false}
            {...form.getInputProps("place")}
          />
          <TextInput label="Client id" spellCheck={false} autoComplete="off" {...form.getInputProps("clientId")} />
          <PasswordInput label="Client secret" autoComplete="off" {...form.getInputProps("clientSecret")} />
          <Checkbox mt={26} size="xs" label="Read-only" {...form.getInputProps("readOnly", { type: "checkbox" })} />
        </div>
        {add.error !== null && (
          <div className={classes.problem}>
            <FailureNotice problem={add.error} />
          </div>
        )}
        <Group mt="md">
          <Button type="submit" loading={add.isPending} leftSection={<IconPlus size={14} aria-hidden />}>
            Add connection
          </Button>
        </Group>
      </form>
    </Paper>
  );
}

const isUrl = (place: string) => /^https?:\/\//i.test(place);

function placeProblem(place: string): string | null {
  const text = place.trim();
  if (text === "") return "A region such as us-east-1, its domain, or a base URL.";
  if (isUrl(text)) {
    return URL.canParse(text) ? null : "This is not a URL. Write it as https://host or http://127.0.0.1:8787.";
  }
  return /^[a-z0-9][a-z0-9._-]*$/i.test(text)
    ? null
    : "A region such as us-east-1, or a domain such as mypurecloud.de.";
}

function toConnection(values: Values, clientSecret: string): NewConnection {
  const place = values.place.trim();
  return {
    name: values.name.trim(),
    kind: values.kind,
    environment: isUrl(place) ? null : place,
    baseUrl: isUrl(place) ? place : null,
    clientId: values.clientId.trim(),
    clientSecret,
    readOnly: values.readOnly,
  };
}
