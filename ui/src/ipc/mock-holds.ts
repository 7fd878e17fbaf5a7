import type { HoldView, Topic } from "./bindings";
import type { Core } from "./core";
import { fail, type MockWorld, matches } from "./mock-world";

type HoldsCore = Pick<Core, Extract<keyof Core, `hold${string}`>>;

const invalid = (field: string, message: string): never =>
  fail("invalid_input", `${field}: ${message}`, { fields: [{ field, message }] });

/** The holds of the mock, checked as the core checks them. */
export function mockHolds(world: MockWorld, publish: (...stale: Topic[]) => void): HoldsCore {
  return {
    holdList: async () => world.holds,
    holdOwner: async () => "ada",
    holdsOnGuest: async (id) => {
      const guest = world.guests.get(id);
      return guest ? world.holdsOn(guest) : [];
    },
    holdAdd: async (id, draft) => {
      const guest = draft.guest?.trim() || null;
      const filter = draft.filter?.trim() || null;
      const until = draft.until?.trim() || null;
      if (guest === null && filter === null) invalid("guest", "is required, or a filter");
      if (guest !== null && filter !== null) invalid("filter", "cannot go together with a guest: add two holds");
      if (guest !== null && !/^[0-9a-f-]{36}$/.test(guest)) invalid("guest", "must be a UUID");
      if (filter !== null) for (const other of world.guests.values()) matches(other, filter);
      if (draft.reason.trim() === "") invalid("reason", "is required");
      if (draft.owner.trim() === "") invalid("owner", "is required");
      if (until !== null && !/^\d{4}-\d\d-\d\d$/.test(until)) invalid("until", "must be a date such as 2027-03-31");
      const today = new Date(world.now()).toISOString().slice(0, 10);
      const known = world.holds.find((hold) => hold.id === id);
      const hold: HoldView = {
        id,
        guestId: guest,
        filter,
        reason: draft.reason.trim(),
        owner: draft.owner.trim(),
        addedAt: known?.addedAt ?? new Date(world.now()).toISOString(),
        until,
        overdue: until !== null && today > until,
      };
      if (!known) {
        world.holds = [...world.holds, hold];
        world.note("holdAdded", `The hold ${id} was added.`);
        publish("holds", "audit");
      }
      return hold;
    },
    holdRemove: async (id) => {
      const hold = world.holds.find((other) => other.id === id) ?? null;
      if (hold) {
        world.holds = world.holds.filter((other) => other.id !== id);
        world.note("holdRemoved", `The hold ${id} was removed.`);
        publish("holds", "audit");
      }
      return hold;
    },
  };
}
