import { Table, type TableProps } from "@mantine/core";
import type { ReactNode } from "react";

/** What is known of one thing, a line each. */
export const Facts = ({ children, ...rest }: TableProps) => (
  <Table verticalSpacing={4} horizontalSpacing={6} fz="sm" layout="fixed" {...rest}>
    <Table.Tbody>{children}</Table.Tbody>
  </Table>
);

type FactProps = {
  name: string;
  /** Of the names, in pixels; the first line sets it for all. */
  width?: number;
  children: ReactNode;
};

export const Fact = ({ name, width = 96, children }: FactProps) => (
  <Table.Tr>
    <Table.Th w={width} fw={400} c="dimmed" scope="row" style={{ verticalAlign: "top" }}>
      {name}
    </Table.Th>
    <Table.Td style={{ overflowWrap: "anywhere" }}>{children}</Table.Td>
  </Table.Tr>
);
