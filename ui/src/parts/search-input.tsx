import { TextInput, type TextInputProps } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";

type Props = Omit<TextInputProps, "value" | "onChange" | "onKeyDown"> & {
  value: string;
  onType: (typed: string) => void;
  /** Goes on to what was found. */
  onLeave: () => void;
};

/** Searches while it is typed in. Enter and the arrow down lead to the list; Escape empties the search. */
export const SearchInput = ({ value, onType, onLeave, ...rest }: Props) => (
  <TextInput
    {...rest}
    value={value}
    onChange={(event) => onType(event.currentTarget.value)}
    onKeyDown={(event) => {
      if (event.key === "ArrowDown" || event.key === "Enter") onLeave();
      // An empty search leaves Escape to what is open beside it.
      else if (event.key === "Escape" && value !== "") onType("");
      else return;
      event.preventDefault();
    }}
    spellCheck={false}
    leftSection={<IconSearch size={14} aria-hidden />}
  />
);
