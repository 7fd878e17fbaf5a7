import { Text } from "@mantine/core";
import { Shown } from "../../parts/shown-text";

/** What is asked, above a picker or a form. */
export const OfferHead = ({ title, subtitle }: { title: string; subtitle: string | null }) => (
  <>
    <Text size="sm" fw={600}>
      <Shown text={title} />
    </Text>
    {subtitle && (
      <Text size="xs" c="dimmed">
        <Shown text={subtitle} />
      </Text>
    )}
  </>
);
