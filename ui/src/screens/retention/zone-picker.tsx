import { Select } from "@mantine/core";
import { useState } from "react";
import { zoneName } from "../../format";

type Props = { label: string; value: string; problem?: string | undefined; onChange: (zone: string) => void };

/** A zone by its IANA name, found by typing a part of it. */
export function ZonePicker({ label, value, problem, onChange }: Props) {
  const [zones] = useState(() => [
    "UTC",
    ...Intl.supportedValuesOf("timeZone").filter((zone) => zoneName(zone) !== "UTC"),
  ]);
  const shown = zoneName(value);
  return (
    <Select
      label={label}
      searchable
      limit={60}
      data={zones.includes(shown) ? zones : [shown, ...zones]}
      value={shown}
      onChange={(zone) => zone && onChange(zone)}
      error={problem}
    />
  );
}
