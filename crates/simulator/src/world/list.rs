use super::{
    Guest, World,
    candidates::{Candidates, Ranks},
    filter::GuestFilter,
    guests::{Row, Sort},
};
use crate::filter::range::Area;

/// Up to so many candidates are taken out and sorted; more are found along the order asked for.
const FEW: usize = if cfg!(test) { 6 } else { 1024 };

#[derive(Clone)]
pub(crate) struct ListGuests {
    pub(crate) filter: GuestFilter,
    pub(crate) sort: Sort,
    /// The exact reverse of ascending, ids of ties too.
    pub(crate) descending: bool,
    pub(crate) skip: usize,
    pub(crate) take: usize,
}

impl World {
    /// One page and how many guests match in all.
    ///
    /// What the filter says of createdTime and id is answered by ranks, or by a pass over rows that hold both;
    /// guests are looked at only for what it says beyond that, and once for all pages of such a list.
    pub(crate) fn list(&mut self, query: &ListGuests) -> (Vec<&Guest>, usize) {
        let (slots, total) = self.list_slots(query);
        (slots.into_iter().filter_map(|slot| self.guests.at(slot)).collect(), total)
    }

    fn list_slots(&mut self, query: &ListGuests) -> (Vec<u32>, usize) {
        let areas = &query.filter.areas;
        let (by_created, by_id) = (self.by_created(areas), self.by_id(areas));
        let fewest = if by_id.len < by_created.len { &by_id } else { &by_created };
        if areas.exact {
            for found in [&by_created, &by_id].into_iter().filter(|found| found.exact) {
                if found.order == query.sort {
                    return (self.window(&found.ranks, query, found.len), found.len);
                }
                if found.len == self.guests.len() {
                    return (self.window(&[(0, found.len)], query, found.len), found.len);
                }
            }
        }
        if fewest.len <= FEW {
            return self.few(fewest, query);
        }
        if !areas.exact {
            let kept = self.matches.take().filter(|kept| kept.filter == query.filter.text);
            let matches = kept.unwrap_or_else(|| self.look(fewest, &query.filter));
            let (page, total) = (self.along(query, matches.total, |row| matches.has(row)), matches.total);
            // Kept until a guest changes, so that only the first page of a search has to look.
            self.matches = Some(matches);
            return (page, total);
        }
        let found = [&by_created, &by_id].into_iter().find(|found| found.exact).unwrap_or(fewest);
        match areas.areas.as_slice() {
            [Area { created: (from, to), id }] if *id == Area::ALL.id => {
                self.counted_along(query, found, |row| (*from <= row.created) & (row.created <= *to))
            }
            [area] => self.counted_along(query, found, |row| area.holds(row.created, row.id())),
            _ => self.counted_along(query, found, |row| areas.hold(row.created, row.id())),
        }
    }

    fn few(&self, found: &Candidates, query: &ListGuests) -> (Vec<u32>, usize) {
        let guests = self.slots_of(found).filter_map(|slot| Some((slot, self.guests.at(slot)?)));
        let mut found: Vec<(u32, &Guest)> = guests.filter(|(_, guest)| query.filter.holds(guest)).collect();
        found.sort_unstable_by(|(_, a), (_, b)| query.sort.compare(a, b));
        if query.descending {
            found.reverse();
        }
        let total = found.len();
        (found.into_iter().skip(query.skip).take(query.take).map(|(slot, _)| slot).collect(), total)
    }

    fn counted_along(
        &self,
        query: &ListGuests,
        found: &Candidates,
        holds: impl Fn(&Row) -> bool,
    ) -> (Vec<u32>, usize) {
        let order = self.guests.order(found.order);
        let count = |(from, to): &Ranks| order.count(*from, *to, &holds);
        let total = if found.exact { found.len } else { found.ranks.iter().map(count).sum() };
        (self.along(query, total, holds), total)
    }

    /// The page out of the rows in the order asked for, from whichever end is nearer.
    fn along(&self, query: &ListGuests, total: usize, holds: impl Fn(&Row) -> bool) -> Vec<u32> {
        let skip = query.skip.min(total);
        let take = query.take.min(total - skip);
        let after = total - skip - take;
        let turned = after < skip;
        let skip = if turned { after } else { skip };
        let rows = self.guests.order(query.sort).select(holds, skip, take, query.descending != turned);
        let mut page: Vec<u32> = rows.into_iter().map(|row| row.slot).collect();
        if turned {
            page.reverse();
        }
        page
    }

    /// The page cut out of ascending ranks in the order asked for, counted from the end when descending.
    fn window(&self, ranks: &[Ranks], query: &ListGuests, total: usize) -> Vec<u32> {
        let (skip, end) = (query.skip.min(total), query.skip.saturating_add(query.take).min(total));
        let (from, to) = if query.descending { (total - end, total - skip) } else { (skip, end) };
        let order = self.guests.order(query.sort);
        let mut before = 0;
        let mut page = Vec::new();
        for (low, high) in ranks {
            let len = high - low;
            let start = from.clamp(before, before + len) - before;
            let stop = to.clamp(before, before + len) - before;
            if start < stop {
                page.extend(order.ranks(low + start, low + stop).map(|row| row.slot));
            }
            before += len;
        }
        if query.descending {
            page.reverse();
        }
        page
    }

    pub(super) fn slots_of(&self, found: &Candidates) -> impl Iterator<Item = u32> {
        let order = self.guests.order(found.order);
        found.ranks.iter().flat_map(|(from, to)| order.ranks(*from, *to)).map(|row| row.slot)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use uuid::Uuid;

    use super::*;
    use crate::{
        clock::{Millis, rfc3339},
        world::Change,
    };

    const NOW: Millis = 1_795_348_800_000;

    fn world() -> World {
        let mut world = World::generate(1, 60, NOW);
        // Guests of the same millisecond, so that ids decide.
        let first = world.guests.order(Sort::Id).ranks(0, 20);
        let twins: Vec<Guest> = first.filter_map(|row| world.guests.at(row.slot)).cloned().collect();
        for (n, twin) in twins.into_iter().enumerate() {
            let twin = Guest { created: NOW - 1000 - (n as i64 / 7), ..twin };
            world.apply(Change::Guest(Box::new(twin)));
        }
        world
    }

    /// Filters over what the index knows, with some that it does not.
    fn filter() -> impl Strategy<Value = String> {
        let world = world();
        let guests: Vec<(Millis, Uuid)> = world
            .guests
            .order(Sort::CreatedTime)
            .ranks(0, 60)
            .map(|row| (row.created, Uuid::from_u128(row.id())))
            .collect();
        let op = prop_oneof![Just("="), Just("!="), Just("<"), Just("<="), Just(">"), Just(">=")];
        let text_op = prop_oneof![2 => op.clone(), 1 => Just("startswith")];
        let which = proptest::sample::select(guests);
        let beyond = prop_oneof![3 => Just(""), 1 => Just("5")];
        let created = (which.clone(), op.clone(), beyond).prop_map(|((at, _), op, beyond)| {
            format!("createdTime {op} \"{}{beyond}Z\"", rfc3339(at).trim_end_matches('Z'))
        });
        let id = (which, op).prop_map(|((_, id), op)| format!("id {op} \"{id}\""));
        let other = prop_oneof![
            Just("name contains \"an\"".to_owned()),
            Just("active = true".to_owned()),
            Just("id contains \"a\"".to_owned()),
            (text_op, "[0-9a-fA-F]{0,2}|[0-9a-f]{8}-[0-9a-f]?|nobody|\u{e9}|-")
                .prop_map(|(op, t)| format!("id {op} \"{t}\"")),
        ];
        prop_oneof![4 => created, 3 => id, 2 => other].prop_recursive(4, 24, 4, |inner| {
            let parts = proptest::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                3 => parts.clone().prop_map(|p| format!("({})", p.join(" AND "))),
                3 => parts.prop_map(|p| format!("({})", p.join(" OR "))),
                1 => inner.prop_map(|f| format!("NOT ({f})")),
            ]
        })
    }

    /// What may happen to a guest between two lists.
    fn change() -> impl Strategy<Value = (usize, Fate)> {
        let fate = prop_oneof![
            Just(Fate::Goes),
            (0i64..5).prop_map(|ms| Fate::Speaks(NOW + ms)),
            "[aB]{0,2}".prop_map(Fate::IsCalled),
            proptest::option::of("[aB]{0,2}").prop_map(Fate::Mails),
            (0i64..5).prop_map(|ms| Fate::CameAt(NOW - ms)),
        ];
        (0usize..60, fate)
    }

    #[derive(Debug, Clone)]
    enum Fate {
        Goes,
        Speaks(Millis),
        IsCalled(String),
        Mails(Option<String>),
        CameAt(Millis),
    }

    fn suffer(world: &mut World, (at, fate): (usize, Fate)) {
        let Some(row) = world.guests.order(Sort::Email).ranks(at, at + 1).next().copied() else { return };
        let guest = world.guests.at(row.slot).unwrap().clone();
        world.apply(match fate {
            Fate::Goes => Change::Deleted { id: guest.id },
            Fate::Speaks(modified) => Change::Touched { id: guest.id, modified },
            Fate::IsCalled(name) => Change::Guest(Box::new(Guest { name: name.into(), ..guest })),
            Fate::Mails(email) => Change::Guest(Box::new(Guest { email: email.map(Into::into), ..guest })),
            Fate::CameAt(created) => Change::Guest(Box::new(Guest { created, ..guest })),
        });
    }

    fn plain<'a>(world: &'a World, filter: &GuestFilter, sort: Sort, descending: bool) -> Vec<&'a Guest> {
        let all = (0..world.guests.slots()).filter_map(|slot| world.guests.at(slot));
        let mut plain: Vec<&Guest> = all.filter(|g| filter.holds(g)).collect();
        plain.sort_by(|a, b| sort.compare(a, b));
        if descending {
            plain.reverse();
        }
        plain
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]
        #[test]
        fn the_index_answers_what_looking_at_every_guest_would(
            text in filter(), sort in proptest::sample::select(Sort::ALL.to_vec()), descending in any::<bool>(),
            skip in 0usize..40, take in 1usize..40, changes in proptest::collection::vec(change(), 0..12),
        ) {
            let mut world = world();
            let ask = |skip| {
                let filter = GuestFilter::new(&text).unwrap();
                ListGuests { filter, sort, descending, skip, take }
            };
            // Asked before the changes too, so that an answer kept too long would show.
            world.list(&ask(0));
            let before = world.guests.len();
            let gone = changes.iter().filter(|(_, fate)| matches!(fate, Fate::Goes)).count();
            for change in changes {
                suffer(&mut world, change);
            }
            prop_assert!(world.guests.len() >= before - gone);
            for skip in [skip, 0, skip + take] {
                let query = ask(skip);
                let plain = plain(&world, &query.filter, sort, descending);
                let total = plain.len();
                let page: Vec<Uuid> = plain.into_iter().skip(skip).take(take).map(|g| g.id).collect();
                let (found, counted) = world.list(&query);
                prop_assert_eq!(counted, total, "{}", text);
                prop_assert_eq!(found.iter().map(|g| g.id).collect::<Vec<_>>(), page, "{}", text);
            }
            for sort in Sort::ALL {
                prop_assert_eq!(world.guests.order(sort).len(), world.guests.len());
            }
        }
    }

    #[test]
    fn a_cursor_on_created_time_and_id_is_answered_by_ranks_alone() {
        let world = world();
        let cursor = world.guests.order(Sort::CreatedTime).ranks(50, 51).next().unwrap();
        let (at, id) = (rfc3339(cursor.created), Uuid::from_u128(cursor.id()));
        let text = format!(
            "createdTime < \"{}\" AND (createdTime > \"{at}\" OR (createdTime = \"{at}\" AND id > \"{id}\"))",
            rfc3339(NOW)
        );
        let found = world.by_created(&GuestFilter::new(&text).unwrap().areas);
        assert_eq!((found.ranks, found.exact), (vec![(51, 60)], true));
        let some = world.guests.order(Sort::Id).ranks(0, 3);
        let some: Vec<String> = some.map(|row| format!("id = \"{}\"", Uuid::from_u128(row.id()))).collect();
        let found = world.by_created(&GuestFilter::new(&some.join(" OR ")).unwrap().areas);
        assert_eq!((found.len, found.exact), (3, true));
    }

    #[test]
    fn whatever_a_filter_says_of_created_time_and_id_needs_no_look_at_guests() {
        let world = world();
        let some = world.guests.order(Sort::Id).ranks(7, 8).next().unwrap();
        let (at, id) = (rfc3339(some.created), Uuid::from_u128(some.id()));
        for text in [
            format!("NOT (createdTime < \"{at}\" OR id >= \"{id}\")"),
            format!("createdTime != \"{at}\" AND id != \"{id}\""),
            "id startswith \"AB\" OR NOT id < \"c\"".to_owned(),
            "id = \"nobody\" OR id > \"\"".to_owned(),
        ] {
            assert!(GuestFilter::new(&text).unwrap().areas.exact, "{text}");
        }
        for text in ["id contains \"ab\"", "NOT (id < \"8\" AND active = true)"] {
            assert!(!GuestFilter::new(text).unwrap().areas.exact, "{text}");
        }
    }
}
