/** What may stand in the fields of a guest who is about to be made. */
export const guestRules = {
  email: (email: string) =>
    email.trim() === "" || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email.trim())
      ? null
      : "Write it as name@example.com, or leave it empty.",
  attributes: {
    key: (key: string, values: { attributes: { key: string }[] }) =>
      key.trim() === ""
        ? "Name the attribute, or remove the line."
        : values.attributes.filter((other) => other.key.trim() === key.trim()).length > 1
          ? "This key is there twice."
          : null,
  },
};
