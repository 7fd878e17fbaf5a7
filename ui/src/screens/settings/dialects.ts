/** The APIs that an org can speak, as a person reads them. */
export const dialectNames = {
  "guest-api": "Guest API",
  // vendor-fact: guest-api-absent
  "genesys-cloud": "Genesys Cloud",
} as const;

export const isUrl = (place: string) => /^https?:\/\//i.test(place);

/** Whether it is a whole region id, such as eu-west-1, and not the beginning of one. */
export const isRegion = (place: string) => /^[a-z]{2,4}(-[a-z]+)+-\d$/i.test(place.trim());

export type Dialect = keyof typeof dialectNames;

/** A dialect that a person named; empty where it follows from the address. */
export type NamedDialect = Dialect | "";

export const nameOf = (dialect: string): string => dialectNames[dialect as Dialect] ?? dialect;

/** What an org at this place speaks, by the rule of the core: a region the vendor's API, everything else the Guest API. */
export const dialectOf = (place: string, named: NamedDialect): Dialect =>
  named || (isUrl(place.trim()) ? "guest-api" : "genesys-cloud");
