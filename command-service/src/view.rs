//! The world as one attempt to decide has seen it: loaded from the cache or from the log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use itam_domain::asset::AssetAt;
use itam_domain::{
    AggregateRef, AssetId, ContentsChange, CounterName, Counts, Envelope, GuardName, KeyKind, UniqueKey,
    UniqueLabel, World,
};
use itam_event_log::{EventLog, Fence, StoredMessage, Tenant};
use uuid::Uuid;

use crate::cache::HistoryCache;
use crate::contents::{FormerContents, put_in};
use crate::disowned::{disowned_in, fold_believed};
use crate::fence::{fence, read_fence};
use crate::guard::read_counter;
use crate::history::{History, KeyHistory, Occurred, occurrences};
use crate::refusal::Refusal;
use crate::unreadable::unreadable;

/// How far the clocks of two processes may be apart before a command is refused for it.
const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::seconds(5);

/// How fresh what is loaded must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// As the cache has it, and what is not there taken for new: enough to try, since the append
    /// checks it.
    Cached,
    /// As the log has it now: needed to refuse, and after a conflict.
    Latest,
}

/// One attempt's view of the world.
pub(crate) struct LogView<'a> {
    log: &'a dyn EventLog,
    tenant: &'a Tenant,
    cache: &'a HistoryCache,
    freshness: Freshness,
    /// What the decision is shown.
    pub(crate) world: World,
    /// The histories behind it.
    pub(crate) histories: BTreeMap<AggregateRef, Arc<History>>,
    /// The keys behind it.
    pub(crate) keys: BTreeMap<UniqueKey, Arc<KeyHistory>>,
    guards: BTreeMap<GuardName, u64>,
    counters: BTreeMap<CounterName, u64>,
    contents: BTreeMap<AssetId, u64>,
    /// What must be read from the log, since it was looked for after something else was read.
    uncached: BTreeSet<AggregateRef>,
    fence: Option<Arc<Fence>>,
    /// Whether anything came from the cache or was assumed, so that a refusal may rest on
    /// something outdated.
    pub(crate) rests_on_cache: bool,
}

impl<'a> LogView<'a> {
    pub(crate) fn new(
        log: &'a dyn EventLog,
        tenant: &'a Tenant,
        cache: &'a HistoryCache,
        freshness: Freshness,
    ) -> Self {
        let mut world = World::default();
        if freshness == Freshness::Cached {
            world.assume_free_keys();
        }
        Self {
            log,
            tenant,
            cache,
            freshness,
            world,
            histories: BTreeMap::new(),
            keys: BTreeMap::new(),
            guards: BTreeMap::new(),
            counters: BTreeMap::new(),
            contents: BTreeMap::new(),
            uncached: BTreeSet::new(),
            fence: None,
            rests_on_cache: freshness == Freshness::Cached,
        }
    }

    /// Shows the aggregate that the command creates. Only a repetition finds it there already, and
    /// then the append notices, so a first attempt does not ask.
    pub(crate) async fn load_created(&mut self, aggregate: AggregateRef) -> Result<Arc<History>, Refusal> {
        if self.freshness == Freshness::Latest || self.cache.find(aggregate, 0).is_some() {
            return self.load(aggregate, true).await;
        }
        Ok(self.assume_new(aggregate))
    }

    /// Shows an aggregate as not yet there.
    pub(crate) fn assume_new(&mut self, aggregate: AggregateRef) -> Arc<History> {
        let history = Arc::new(History::default());
        self.show(aggregate, &history);
        history
    }

    fn show(&mut self, aggregate: AggregateRef, history: &Arc<History>) {
        self.world.show(aggregate, history.loaded.clone());
        self.histories.insert(aggregate, Arc::clone(history));
    }

    /// Shows an aggregate that the command writes, or merely refers to.
    pub(crate) async fn load(
        &mut self,
        aggregate: AggregateRef,
        is_target: bool,
    ) -> Result<Arc<History>, Refusal> {
        if let Some(history) = self.histories.get(&aggregate) {
            return Ok(Arc::clone(history));
        }
        let history = match self.cached(aggregate, is_target) {
            Some(history) => history,
            None => self.read(aggregate, is_target).await?,
        };
        self.show(aggregate, &history);
        Ok(history)
    }

    /// Shows an asset that held a tag before, as the log has it now: nothing is appended to it, so
    /// nothing would notice that the cache is behind.
    pub(crate) async fn load_former_holder(
        &mut self,
        aggregate: AggregateRef,
    ) -> Result<Arc<History>, Refusal> {
        let subject = self.tenant.event_subject(aggregate.kind.as_str(), aggregate.id);
        let messages = self.log.load_latest(&subject).await.map_err(unreadable)?;
        let history = Arc::new(fold_believed(self.log, self.tenant, aggregate, &messages).await?);
        self.cache.keep(aggregate, Arc::clone(&history), self.fenced_at());
        self.show(aggregate, &history);
        Ok(history)
    }

    fn cached(&self, aggregate: AggregateRef, is_target: bool) -> Option<Arc<History>> {
        if self.freshness == Freshness::Latest || self.uncached.contains(&aggregate) {
            return None;
        }
        let cached = self.cache.find(aggregate, self.fenced_at())?;
        if is_target || cached.is_recent { Some(cached.history) } else { None }
    }

    /// What is merely referred to is read from whoever takes the appends: it must not be older than
    /// the fence.
    async fn read(&self, aggregate: AggregateRef, is_target: bool) -> Result<Arc<History>, Refusal> {
        let subject = self.tenant.event_subject(aggregate.kind.as_str(), aggregate.id);
        let messages = match self.freshness {
            Freshness::Cached if is_target => self.log.load(&subject).await,
            Freshness::Cached | Freshness::Latest => self.log.load_latest(&subject).await,
        };
        let messages = messages.map_err(unreadable)?;
        let history = Arc::new(fold_believed(self.log, self.tenant, aggregate, &messages).await?);
        // What does not exist is not kept: it is asked for once, when something is created.
        if history.last_position > 0 {
            self.cache.keep(aggregate, Arc::clone(&history), self.fenced_at());
        }
        Ok(history)
    }

    /// Shows who holds a key.
    pub(crate) async fn load_key(&mut self, key: UniqueKey) -> Result<Arc<KeyHistory>, Refusal> {
        if let Some(history) = self.keys.get(&key) {
            return Ok(Arc::clone(history));
        }
        let history = match self.cached_key(&key) {
            Some(history) => history,
            None => self.read_key(&key).await?,
        };
        self.world.show_key(key.clone(), history.holder);
        self.keys.insert(key, Arc::clone(&history));
        Ok(history)
    }

    /// Shows who holds a key as the log has it now.
    pub(crate) async fn load_latest_key(&mut self, key: UniqueKey) -> Result<(), Refusal> {
        let history = Arc::new(self.fold_key(&key, Freshness::Latest).await?);
        self.world.show_latest_key(key.clone(), history.holder);
        self.keys.insert(key, history);
        Ok(())
    }

    /// Who bears a label, as far as that was looked up.
    pub(crate) fn bearer(&self, label: &UniqueLabel) -> Option<Uuid> {
        label.keys().find_map(|key| self.keys.get(key).and_then(|history| history.holder))
    }

    /// A held key serves from the cache while its holder, as cached, still has the value: what is
    /// decided about the holder is checked by the append, who holds the key is not.
    fn cached_key(&self, key: &UniqueKey) -> Option<Arc<KeyHistory>> {
        if self.freshness == Freshness::Latest {
            return None;
        }
        let history = self.cache.find_key(key)?;
        let holder = self.cache.find(asset(history.holder?), 0)?;
        holder.history.holds(key).then_some(history)
    }

    /// Reads a guard, which must be read before anything that it guards.
    pub(crate) async fn load_guard(&mut self, guard: GuardName) -> Result<(), Refusal> {
        let subject = self.tenant.guard_subject(guard.as_str());
        let last = self.log.load_last(&subject).await.map_err(unreadable)?;
        self.guards.insert(guard, last.map_or(0, |message| message.position));
        Ok(())
    }

    /// Reads the fence of the references, which must be known before anything that is referred to. As
    /// it was last read it serves to try.
    pub(crate) async fn load_fence(&mut self) -> Result<(), Refusal> {
        let known = self.cache.fence().filter(|_| self.freshness == Freshness::Cached);
        if known.is_some() {
            self.fence = known;
            return Ok(());
        }
        let read = read_fence(self.log, self.tenant).await.map_err(unreadable)?;
        self.fence = Some(self.cache.keep_fence(read));
        Ok(())
    }

    /// The fence of the references, as it was before anything was looked at.
    pub(crate) fn fence(&self) -> Arc<Fence> {
        self.fence.clone().unwrap_or_else(|| fence(self.tenant, 0))
    }

    /// Where the fence stands for this view.
    pub(crate) fn fenced_at(&self) -> u64 {
        self.fence.as_ref().map_or(0, |fence| fence.first)
    }

    /// Whether the decision looked at a reference that it does not write.
    pub(crate) fn rests_on_references(&self, envelopes: &[Envelope]) -> bool {
        let is_written =
            |aggregate: &AggregateRef| envelopes.iter().any(|envelope| envelope.aggregate == *aggregate);
        let mut seen = self.histories.keys();
        seen.any(|aggregate| aggregate.kind.is_reference() && !is_written(aggregate))
    }

    /// Shows what was ever put into an asset. Those that are in it still are read after it, from the
    /// log.
    pub(crate) async fn load_contents(
        &mut self,
        container: AssetId,
        former: &FormerContents,
    ) -> Result<(), Refusal> {
        let subject = self.tenant.guard_subject(&ContentsChange::token(container));
        let messages = match self.freshness {
            Freshness::Cached => self.log.load(&subject).await,
            Freshness::Latest => self.log.load_latest(&subject).await,
        };
        let messages = messages.map_err(unreadable)?;
        let mut parts = put_in(&messages);
        parts.extend(former.get(&container).into_iter().flatten());
        self.uncached.extend(parts.iter().map(|part| asset(part.0)).chain([asset(container.0)]));
        self.contents.insert(container, messages.last().map_or(0, |message| message.position));
        self.world.show_contents(container, parts);
        Ok(())
    }

    /// The position after which the next record of what is in an asset is expected.
    pub(crate) fn contents_position(&self, container: AssetId) -> u64 {
        self.contents.get(&container).copied().unwrap_or(0)
    }

    /// The position after which a guard's next record is expected.
    pub(crate) fn guard_position(&self, guard: GuardName) -> u64 {
        self.guards.get(&guard).copied().unwrap_or(0)
    }

    /// Reads what lanes count, which must be read before what it is counted for. All at once: the longer that takes,
    /// the likelier somebody counts on one of them meanwhile.
    pub(crate) async fn load_counters(
        &mut self,
        counters: impl IntoIterator<Item = &CounterName>,
    ) -> Result<(), Refusal> {
        let unseen = counters.into_iter().copied().filter(|counter| !self.counters.contains_key(counter));
        let load =
            async |counter: CounterName| Ok::<_, Refusal>((counter, self.read_counter(counter).await?));
        for (counter, (position, counts)) in try_join_all(unseen.map(load)).await? {
            self.counters.insert(counter, position);
            self.world.show_counter(counter, counts);
        }
        Ok(())
    }

    /// The position of a lane's last record, and what it counts. A record that cannot be read was not
    /// written by this service: it counts nothing, and those before it hold.
    async fn read_counter(&self, counter: CounterName) -> Result<(u64, Counts), Refusal> {
        let subject = self.tenant.guard_subject(&counter.token());
        let Some(last) = self.log.load_last(&subject).await.map_err(unreadable)? else {
            return Ok((0, counter.what.nothing()));
        };
        let read = |message: &StoredMessage| read_counter(counter, &message.body);
        if let Some(counts) = read(&last) {
            return Ok((last.position, counts));
        }
        let records = self.log.load_latest(&subject).await.map_err(unreadable)?;
        let counts = records.iter().rev().find_map(read).unwrap_or_else(|| counter.what.nothing());
        Ok((records.last().map_or(last.position, |record| record.position.max(last.position)), counts))
    }

    /// The position after which a lane's next record is expected.
    pub(crate) fn counter_position(&self, counter: CounterName) -> u64 {
        self.counters.get(&counter).copied().unwrap_or(0)
    }

    /// Shows an asset as it was: by its events before the last thing that happened to another thing.
    pub(crate) async fn load_at(&mut self, at: AssetAt) -> Result<(), Refusal> {
        let last = self.load(at.before, false).await?.last_position;
        let aggregate = asset(at.asset_id.0);
        let subject = self.tenant.event_subject(aggregate.kind.as_str(), aggregate.id);
        let messages = self.log.load_latest(&subject).await.map_err(unreadable)?;
        let before = messages.partition_point(|message| message.position < last);
        let disowned = disowned_in(self.log, self.tenant, &messages[..before]).await?;
        let occurred = occurrences(aggregate, &messages[..before], &disowned)?;
        self.world.show_at(at, at.fold(occurred.iter().map(Occurred::as_occurrence)));
        Ok(())
    }

    async fn read_key(&self, key: &UniqueKey) -> Result<Arc<KeyHistory>, Refusal> {
        let history = Arc::new(self.fold_key(key, self.freshness).await?);
        if history.last_position > 0 {
            self.cache.keep_key(key.clone(), Arc::clone(&history));
        }
        Ok(history)
    }

    async fn fold_key(&self, key: &UniqueKey, freshness: Freshness) -> Result<KeyHistory, Refusal> {
        let subject = self.tenant.key_subject(key.kind.token, &key.value);
        let messages = match freshness {
            Freshness::Cached => self.log.load(&subject).await,
            Freshness::Latest => self.log.load_latest(&subject).await,
        };
        Ok(KeyHistory::fold(&messages.map_err(unreadable)?))
    }

    /// The version of an aggregate as it was shown; 0 if it has no events.
    pub(crate) fn version(&self, aggregate: AggregateRef) -> u64 {
        self.histories.get(&aggregate).map_or(0, |history| history.loaded.version)
    }

    /// Whether every label that led to an asset stands on that asset, as it was shown. The two are
    /// read one after the other, and the label may have moved on in between.
    pub(crate) fn is_consistent(&self) -> bool {
        self.keys.iter().all(|(key, history)| {
            let holder = history.holder.filter(|_| matches!(key.kind, KeyKind::TAG | KeyKind::SERIAL));
            let holder = holder.and_then(|holder| self.histories.get(&asset(holder)));
            holder.is_none_or(|holder| holder.holds(key))
        })
    }

    /// The present, as the clock of this process has it, or the time of the latest thing that was
    /// shown, if another process's clock is a little ahead: nothing happens before what it rests on.
    pub(crate) fn present(&self, clock: DateTime<Utc>) -> DateTime<Utc> {
        let within_skew = |time: &DateTime<Utc>| *time <= clock + MAX_CLOCK_SKEW;
        let times = self.histories.values().filter_map(|history| history.loaded.last_effective_at);
        times.filter(within_skew).max().map_or(clock, |latest| latest.max(clock))
    }

    /// The position after which an aggregate's next event is expected.
    pub(crate) fn last_position(&self, aggregate: AggregateRef) -> u64 {
        self.histories.get(&aggregate).map_or(0, |history| history.last_position)
    }

    /// The position after which a key's next record is expected.
    pub(crate) fn last_key_position(&self, key: &UniqueKey) -> u64 {
        self.keys.get(key).map_or(0, |history| history.last_position)
    }

    /// Forgets everything that was seen, here and in the cache, after a conflict.
    pub(crate) fn forget_all(&self) {
        for aggregate in self.histories.keys() {
            self.cache.forget(*aggregate);
        }
        for key in self.keys.keys() {
            self.cache.forget_key(key);
        }
    }
}

/// The aggregate of an asset's id.
pub(crate) fn asset(id: Uuid) -> AggregateRef {
    AggregateRef::new(itam_domain::AggregateKind::Asset, id)
}
