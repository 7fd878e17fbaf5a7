import { Select } from "@mantine/core";
import { useState } from "react";

type Props = { label: string; value: string; problem?: string | undefined; onChange: (zone: string) => void };

/** A zone by its IANA name, found by typing a part of it. */
export function ZonePicker({ label, value, problem, onChange }: Props) {
  const [zones] = useState(() => [...new Set([value, "UTC", ...Intl.supportedValuesOf("timeZone")])]);
  return (
    <Select
      label={label}
      searchable
      limit={60}
      data={zones.includes(value) ? zones : [value, ...zones]}
      value={value}
      onChange={(zone) => zone && onChange(zone)}
      error={problem}
    />
  );
}
