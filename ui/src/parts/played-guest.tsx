import { TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import type { GuestToPlay } from "../draft-bodies";
import { byteLength, count } from "../format";
import { AttributeLines } from "./attribute-lines";
import { guestRules } from "./guest-rules";
import { Note } from "./note";

/** What the org takes of name, e-mail and attributes together, in bytes of JSON. */
const MOST = 2_048;

/** What may stand in the form of a guest of a deployment. */
export const playedGuestRules = {
  deployment: (id: string) => (id.trim() === "" ? "Name the deployment, as its page in the org's admin says." : null),
  ...guestRules,
};

/** The custom attributes of the form, by their names. */
export const attributesOf = ({ attributes }: GuestToPlay) =>
  Object.fromEntries(attributes.map(({ key, value }): [string, string] => [key.trim(), value]));

const bytesOf = ({ name, email, ...rest }: GuestToPlay) =>
  byteLength(JSON.stringify({ name, email, ...attributesOf({ name, email, ...rest }) }));

/** Whether the org would not take what is typed. */
export const isTooLong = (guest: GuestToPlay) => bytesOf(guest) > MOST;

/** Who a guest of a deployment is, and by which page they come in. */
export function PlayedGuestFields({ form }: { form: UseFormReturnType<GuestToPlay> }) {
  return (
    <>
      <TextInput label="Name" placeholder="Anonymous Guest" data-autofocus {...form.getInputProps("name")} />
      <TextInput label="E-mail" placeholder="Optional" type="email" {...form.getInputProps("email")} />
      <TextInput label="Deployment" required spellCheck={false} {...form.getInputProps("deployment")} />
      <TextInput
        label="Address of the page"
        description="Sent as the origin, such as https://shop.example. Many deployments take guests of certain pages only."
        placeholder="Optional"
        spellCheck={false}
        {...form.getInputProps("origin")}
      />
      <AttributeLines form={form}>
        <Bytes bytes={bytesOf(form.values)} />
      </AttributeLines>
    </>
  );
}

/** How much of what the org takes is used, once that comes near its end. */
function Bytes({ bytes }: { bytes: number }) {
  if (bytes < MOST * 0.85) return null;
  return (
    <Note warm={bytes > MOST} role="status">
      {count(bytes)} of {count(MOST)} bytes{bytes > MOST && ": shorten a value or remove an attribute"}
    </Note>
  );
}
