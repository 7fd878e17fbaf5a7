import { Table } from "@mantine/core";
import type { ReactNode } from "react";

/** Facts under each other, a name and a value a line. */
export const Facts = ({ label, children }: { label: string; children: ReactNode }) => (
  <Table verticalSpacing={4} horizontalSpacing={6} fz="sm" layout="fixed" aria-label={label}>
    <Table.Tbody>{children}</Table.Tbody>
  </Table>
);

export const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <Table.Tr>
    <Table.Th w={110} fw={400} c="dimmed" scope="row" style={{ verticalAlign: "top" }}>
      {name}
    </Table.Th>
    <Table.Td style={{ overflowWrap: "anywhere" }}>{children}</Table.Td>
  </Table.Tr>
);
