//! What the org in memory answers, in the contract and in the third dialect.

use super::*;

/// The scan of the contract: by keyset, with a second look at a page that may have a hole.
struct KeysetScan<'a> {
    org: &'a MemoryOrg,
    selection: Selection,
    walk: KeysetWalk<PlanKey, Guest>,
}

#[async_trait]
impl Scan for KeysetScan<'_> {
    async fn next_page(&mut self) -> Result<Option<ScanPage>, OrgError> {
        loop {
            let span = match self.walk.step() {
                Step::Page(guests) => {
                    let read = guests.len() as u64;
                    return Ok(Some(ScanPage { guests, read, total: Total::Unknown }));
                }
                Step::End => return Ok(None),
                Step::Ask(span) => span,
            };
            let (guests, total) = self.org.page(&self.selection, span).await?;
            let rows = guests.into_iter().map(|guest| (PlanKey::from(&guest), guest)).collect();
            self.walk.told(rows, total).expect("the span was answered in order");
        }
    }

    fn order(&self) -> ScanOrder {
        ScanOrder::Created
    }

    fn missing(&self) -> u64 {
        self.walk.missing()
    }
}

/// The scan of the third dialect: what it does not filter by, which is everything, is tested here.
struct UnorderedScan<'a> {
    org: &'a MemoryOrg,
    selection: Selection,
    next: Option<ScanCursor>,
    ended: bool,
}

#[async_trait]
impl Scan for UnorderedScan<'_> {
    async fn next_page(&mut self) -> Result<Option<ScanPage>, OrgError> {
        if !self.ended {
            self.org.list().await?;
            let mut org = self.org.org();
            org.pages += 1;
            let OrgState { guests, tagged, withheld, third, .. } = &mut *org;
            let guests: Vec<Guest> = guests
                .values()
                .filter(|guest| !withheld.contains(&guest.id))
                .map(|guest| with_tag(self.org.as_handed_out(guest), tagged.contains(&guest.id)))
                .collect();
            let GuestsPage { guests, next, .. } =
                third.list(guests.iter(), self.next.as_ref()).map_err(|Expired| OrgError::ScanExpired)?;
            self.ended = next.is_none();
            self.next = next;
            let read = guests.len() as u64;
            let guests: Vec<Guest> = guests.into_iter().filter(|g| self.selection.matches(g)).collect();
            return Ok(Some(ScanPage { guests, read, total: Total::Unknown }));
        }
        Ok(None)
    }

    fn order(&self) -> ScanOrder {
        ScanOrder::None
    }

    fn missing(&self) -> u64 {
        0
    }
}

/// The guest with the attribute that [`tagged`] asks for.
fn with_tag(mut guest: Guest, tagged: bool) -> Guest {
    if tagged {
        guest.attributes.insert("tag".to_owned(), "x".into());
    }
    guest
}

#[async_trait]
impl OrgPort for MemoryOrg {
    fn abilities(&self) -> OrgAbilities {
        match self.dialect {
            Dialect::Contract => OrgAbilities {
                dialect: "guest-api",
                remove_at_once: 1,
                conditional_removal: true,
                not_listed: None,
                not_removed: None,
            },
            Dialect::Third => OrgAbilities {
                dialect: "third",
                remove_at_once: ThirdDialect::REMOVE_AT_ONCE,
                conditional_removal: false,
                not_listed: None,
                not_removed: None,
            },
        }
    }

    fn scan(&self, selection: &Selection) -> Box<dyn Scan + '_> {
        let selection = selection.clone();
        match self.dialect {
            Dialect::Contract => {
                Box::new(KeysetScan { org: self, selection, walk: KeysetWalk::new(PAGE, false, None) })
            }
            Dialect::Third => Box::new(UnorderedScan { org: self, selection, next: None, ended: false }),
        }
    }

    async fn fetch(&self, ids: &[GuestId]) -> Result<Vec<Guest>, OrgError> {
        assert!((1..=PAGE).contains(&ids.len()));
        self.list().await?;
        let mut org = self.org();
        if org.holds.iter().any(|h| matches!(h.subject, crate::HoldSubject::Filter(_))) {
            let kept: Vec<GuestId> = ids.iter().copied().filter(|id| org.kept.contains(id)).collect();
            org.kept_when_listed.extend(kept);
        }
        if self.dialect == Dialect::Third {
            org.looked_at.extend(ids);
        }
        Ok(org.guests.values().filter(|g| ids.contains(&g.id)).map(|g| self.as_handed_out(g)).collect())
    }

    async fn open_conversations(&self, ids: &[GuestId]) -> Result<OpenConversations, OrgError> {
        assert!((1..=PAGE).contains(&ids.len()));
        self.list().await?;
        let org = self.org();
        let among = |all: &HashSet<GuestId>| ids.iter().copied().filter(|id| all.contains(id)).collect();
        Ok(OpenConversations { open: among(&org.open), unclear: among(&org.unclear) })
    }

    async fn matching(&self, ids: &[GuestId], filter: &Selection) -> Result<HashSet<GuestId>, OrgError> {
        assert!((1..=PAGE).contains(&ids.len()));
        self.list().await?;
        Ok(Self::by_filter(&self.org(), ids, filter.as_str()))
    }

    fn with_undelivered(&self, ids: &[GuestId]) -> HashSet<GuestId> {
        let org = self.org();
        ids.iter().copied().filter(|id| org.undelivered.contains(id)).collect()
    }

    fn holds(&self) -> HoldSet {
        HoldSet::new(self.org().holds.clone())
    }

    fn org_time(&self) -> Option<DateTime<Utc>> {
        self.org().shows
    }

    async fn remove(
        &self,
        doomed: &[Doomed],
        _: &(dyn Fn() -> bool + Sync),
    ) -> Vec<(GuestId, Result<Removed, OrgError>)> {
        assert!((1..=self.abilities().remove_at_once).contains(&doomed.len()));
        let mut trouble: HashMap<GuestId, Trouble> = HashMap::new();
        {
            let mut org = self.org();
            org.in_flight += 1;
            org.most_in_flight = org.most_in_flight.max(org.in_flight);
            org.named_revisions.push(doomed.iter().all(|one| one.revision.is_some()));
            for Doomed { id, .. } in doomed {
                org.leaving.insert(*id);
                org.times.push(tokio::time::Instant::now());
                *org.asks.entry(*id).or_default() += 1;
                trouble.extend(org.trouble.get_mut(id).and_then(VecDeque::pop_front).map(|t| (*id, t)));
            }
        }
        self.step().await;
        let answers = {
            let mut org = self.org();
            let revisions: HashMap<GuestId, Option<&Revision>> =
                doomed.iter().map(|d| (d.id, d.revision.as_ref())).collect();
            let ids: Vec<GuestId> = doomed.iter().map(|d| d.id).collect();
            ThirdDialect::remove(&ids, |id| {
                self.remove_one(&mut org, id, revisions[&id], trouble.get(&id).copied())
            })
        };
        self.step().await;
        let mut org = self.org();
        org.in_flight -= 1;
        for Doomed { id, .. } in doomed {
            org.leaving.remove(id);
        }
        answers
    }
}

impl MemoryOrg {
    /// The guest as the dialect shows them: without versions their revision is the time of the last change.
    pub(super) fn as_handed_out(&self, guest: &Guest) -> Guest {
        let revision = match self.dialect {
            Dialect::Contract => guest.revision.clone(),
            Dialect::Third => ThirdDialect::revision(guest),
        };
        Guest { revision, ..guest.clone() }
    }

    fn remove_one(
        &self,
        org: &mut OrgState,
        id: GuestId,
        revision: Option<&Revision>,
        trouble: Option<Trouble>,
    ) -> Result<Removed, OrgError> {
        match trouble {
            Some(Trouble::Limited) => return Err(limited(7)),
            Some(Trouble::CutBefore) => return Err(cut(true)),
            Some(Trouble::Refused) => return Err(OrgError::Failed { why: "400".to_owned() }),
            Some(Trouble::Forbidden) => {
                return Err(OrgError::Stop { why: "guest:write is missing".to_owned() });
            }
            None | Some(Trouble::CutAfter) => {}
        }
        let current = org.find(id).map(|guest| self.as_handed_out(guest).revision);
        let removed = match current {
            None => Removed::AlreadyGone,
            Some(current) if revision.is_some_and(|asked| *asked != current) => Removed::Changed,
            Some(_) => {
                self.judge(org, id, revision);
                org.remove(id);
                org.deleted.push(id);
                Removed::Deleted
            }
        };
        if trouble.is_some() { Err(cut(true)) } else { Ok(removed) }
    }
}
