import { Checkbox, PasswordInput, Select, TextInput } from "@mantine/core";
import type { FormRulesRecord, UseFormReturnType } from "@mantine/form";
import { useRef } from "react";
import type { ConnectionKind, Failure } from "../../ipc/bindings";
import { failureOf } from "../../ipc/core";
import { kindName } from "../../theme";
import { dialectNames, dialectOf, isRegion, isUrl, type NamedDialect, nameOf } from "./dialects";
import { PlaceField } from "./place-field";
import classes from "./settings.module.css";

export type ConnectionValues = {
  name: string;
  kind: ConnectionKind;
  place: string;
  /** Which API the org speaks; empty, it follows from the place. */
  dialect: NamedDialect;
  clientId: string;
  clientSecret: string;
  readOnly: boolean;
  /** The id of the deployment of the chat lab; may be empty. */
  deployment: string;
  /** What its guests send as the origin of their page; may be empty. */
  origin: string;
};

type Form = UseFormReturnType<ConnectionValues>;

/** The fields of this form, by the fields of the core that are read from them. */
export const connectionFields: Record<string, keyof ConnectionValues> = {
  name: "name",
  kind: "kind",
  environment: "place",
  baseUrl: "place",
  dialect: "dialect",
  clientId: "clientId",
  clientSecret: "clientSecret",
  readOnly: "readOnly",
  deployment: "deployment",
  origin: "origin",
};

/** What a test before saving can come to although the connection itself can be kept. */
const notTheFields = new Set<Failure["code"]>([
  "offline",
  "unreachable",
  "credentials_rejected",
  "forbidden",
  "not_found",
  "rate_limited",
  "org_failed",
]);

/** Whether a connection can be kept although its test came to this: the org may be away, or be made ready later. Of its fields only
 * those of the deployment are tested, whose form is checked by the rules of this form. */
export function canStillBeSaved({ code, fields }: Failure): boolean {
  const isOfDeployment = fields.length > 0 && fields.every(({ field }) => field === "deployment" || field === "origin");
  return notTheFields.has(code) || (code === "invalid_input" && isOfDeployment);
}

/** `keepsSecret`: one is kept already, so that the field may stay empty. */
export const rulesOf = (keepsSecret: boolean): FormRulesRecord<ConnectionValues> => ({
  name: (name) => (/^[\p{L}\p{N} _-]{1,40}$/u.test(name.trim()) ? null : "1 to 40 letters, digits, spaces, - or _."),
  place: placeProblem,
  clientId: (id) => (id.trim() ? null : "The id of the OAuth client."),
  clientSecret: (secret) => (secret || keepsSecret ? null : "The secret of the OAuth client."),
  deployment: (id) =>
    /^[^\s/\\?#]{0,128}$/u.test(id.trim()) ? null : "The id of a messenger deployment, without blanks and slashes.",
  origin: (origin) => (isOrigin(origin.trim()) ? null : "Write it as https://shop.example, without a path."),
});

/** Puts what the core refuses at the fields of a form. */
export function refuseAt<Values>(
  form: UseFormReturnType<Values>,
  problem: unknown,
  fieldOf: Record<string, keyof Values & string>,
) {
  for (const { field, message } of failureOf(problem).fields) {
    const mine = fieldOf[field];
    if (mine) form.setFieldError(mine, message);
  }
}

/** A secret on its way to the core: handed over once and forgotten, so that no command's input keeps it. */
export function useSecretOnce() {
  const secret = useRef("");
  return {
    put: (given: string) => {
      secret.current = given;
    },
    take: () => {
      const taken = secret.current;
      secret.current = "";
      return taken;
    },
  };
}

export function ConnectionFields({ form, keptSecret }: { form: Form; keptSecret?: string }) {
  const { place, dialect } = form.values;
  return (
    <div className={classes.form}>
      <TextInput label="Connection name" placeholder="Support EU" {...form.getInputProps("name")} />
      <Select
        label="Kind"
        data={Object.entries(kindName).map(([value, label]) => ({ value, label }))}
        {...form.getInputProps("kind")}
      />
      <PlaceField
        {...form.getInputProps("place")}
        onChange={(next) => {
          form.setFieldValue("place", next);
          // A region is a live org: a person takes its guards off by hand.
          if (isRegion(next) && !isRegion(place)) form.setValues({ kind: "production", readOnly: true });
        }}
      />
      <Select
        label="API of the org"
        data={[
          { value: "", label: `As the address says: ${nameOf(dialectOf(place, ""))}` },
          ...Object.entries(dialectNames).map(([value, label]) => ({ value, label })),
        ]}
        {...form.getInputProps("dialect")}
        value={dialect}
      />
      <TextInput label="Client id" spellCheck={false} autoComplete="off" {...form.getInputProps("clientId")} />
      <PasswordInput
        label="Client secret"
        placeholder={keptSecret}
        autoComplete="off"
        {...form.getInputProps("clientSecret")}
      />
      <Checkbox mt={26} size="xs" label="Read-only" {...form.getInputProps("readOnly", { type: "checkbox" })} />
      <TextInput
        label="Deployment of the chat lab"
        placeholder="Optional"
        spellCheck={false}
        autoComplete="off"
        {...form.getInputProps("deployment")}
      />
      <TextInput
        label="Address of the page"
        placeholder="Optional, such as https://shop.example"
        spellCheck={false}
        {...form.getInputProps("origin")}
      />
    </div>
  );
}

const isOrigin = (text: string) =>
  text === "" || (isUrl(text) && URL.canParse(text) && /^[^/]*\/\/[^/?#@]+\/?$/.test(text));

function placeProblem(place: string): string | null {
  const text = place.trim();
  if (text === "") return "A region such as us-east-1, its domain, or a base URL.";
  if (isUrl(text)) {
    return URL.canParse(text) ? null : "This is not a URL. Write it as https://host or http://127.0.0.1:8787.";
  }
  return /^[a-z0-9][a-z0-9._-]*$/i.test(text)
    ? null
    : // vendor-fact: regions
      "A region such as us-east-1, or a domain such as mypurecloud.de.";
}

/** All but the secret, as the core takes it. */
export function fieldsOf(values: ConnectionValues) {
  const place = values.place.trim();
  return {
    name: values.name.trim(),
    kind: values.kind,
    environment: isUrl(place) ? null : place,
    baseUrl: isUrl(place) ? place : null,
    // An empty text lets it follow from the address again.
    dialect: values.dialect,
    clientId: values.clientId.trim(),
    readOnly: values.readOnly,
    // An empty text takes off what was stored.
    deployment: values.deployment.trim(),
    origin: values.origin.trim(),
  };
}
