import { List, Skeleton, Table, Text } from "@mantine/core";
import { CopyText } from "../../parts/copy-text";
import { Section } from "../../parts/section";
import type { Dialect } from "./dialects";
import { useChoices } from "./place-field";
import classes from "./settings.module.css";

/** What an admin of the org prepares before anything can be connected. */
export function Needs({ dialect }: { dialect: Dialect }) {
  const permissions = useChoices()?.dialects.find(({ name }) => name === dialect)?.permissions;
  const isLive = dialect === "genesys-cloud";
  return (
    <Section title="1. What you need" purpose={isLive ? LIVE : GUEST_API}>
      {isLive && (
        <List size="sm" type="ordered" spacing={2} mb="sm">
          <List.Item>
            In the org: Admin, Roles: a role with the permissions below. Leave out what nobody is to do from here.
          </List.Item>
          <List.Item>
            Admin, Integrations, OAuth: a client whose grant type is Client Credentials, with that role.
          </List.Item>
          <List.Item>
            Give the role for every division whose guests are to be seen. Guests of other divisions appear in no list.
          </List.Item>
        </List>
      )}
      {permissions === undefined ? (
        <Skeleton h={160} />
      ) : (
        <div className={classes.needs}>
          <Table fz="xs" verticalSpacing={5} horizontalSpacing="xs" aria-label="What the client needs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{isLive ? "Permission" : "Scope"}</Table.Th>
                <Table.Th>Without it</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {permissions.map(({ name, without, isNeeded }) => (
                <Table.Tr key={name}>
                  <Table.Td className={classes.permission}>
                    <CopyText text={name} label={`Copy ${name}`} />
                  </Table.Td>
                  <Table.Td>
                    {without}
                    {isNeeded && (
                      <Text span inherit fw={600}>
                        {" "}
                        Always needed.
                      </Text>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Section>
  );
}

// vendor-fact: client-credentials, permissions
const LIVE = "A live org of Genesys Cloud. An admin of the org prepares this once.";

const GUEST_API = "An org that speaks the Guest API: an OAuth client with client credentials and these scopes.";
