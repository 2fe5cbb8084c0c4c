//! The interface of a second tier, such as one Redis: [`SecondTier`].
//!
//! A tier answers queries of calls, each within a limit, and refuses them while it is away. It
//! reports keys that others have changed to its [`Functions`], which remove them from memory. Names
//! of leases, connections and pushes are its own: calls know keys, values and tokens.
//!
//! A future owns what it needs, so a caller may start several before it awaits the first.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::counters::Counters;
use super::functions::Functions;
use super::key::TierKey;
use super::registered::RegisteredFunction;
use super::template::TemplatePart;
use crate::function::miss::Runner;
use crate::inflight::timer::Timer;
use crate::types::tag::Tag;

/// A query of a tier.
pub(crate) type Query<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

/// Runs once a tier has replied to a query.
pub(crate) type Then<T> = Box<dyn FnOnce(T) + Send>;

/// A static that a tier can be installed in.
pub trait TierPlace: Send + Sync {
    /// Returns the tier that is installed for this process.
    fn installed(&'static self) -> Option<Arc<dyn SecondTier>>;

    /// The functions whose results the tier shares. They stay when another tier is installed.
    fn functions(&self) -> &Functions;
}

/// A store of values that several processes share.
///
/// Reading, storing, inserting and removing take several keys, which one round trip carries. The
/// replies are in the order of the keys. Requests of several leases share a round trip if they are
/// all polled before the first is ready.
///
/// A key has the tags of its value. A tier knows which values carry a tag from before a computation
/// starts, when it takes the lease, until the value expires: [`SecondTier::remove_tag`] finds both.
pub trait SecondTier: Send + Sync {
    /// The settings that calls follow.
    fn settings(&self) -> Settings<'_>;

    fn counters(&self) -> &Counters;

    /// The waits of calls for this tier. The tier wakes them all when its state changes.
    fn timer(&self) -> &Timer;

    /// Returns until when a query that begins now may take.
    fn deadline(&self) -> Instant;

    /// Whether it can be used at all in this process.
    fn is_usable(&self) -> bool;

    /// Whether calls of this function need not wait: changes to its keys are reported, or the tier
    /// is away. Before that, it is being connected for the first time.
    fn is_ready(&self, function: &RegisteredFunction) -> bool;

    /// Whether calls of this function read.
    fn is_connected(&self, function: &RegisteredFunction) -> bool;

    /// Returns the number of the link epoch, in which this process learns of each change to this
    /// key of the function; `None` while it does not.
    fn link_epoch(&self, key: &TierKey, function: &RegisteredFunction) -> Option<u64>;

    /// Whether changes to this key by others are reported. Otherwise its entries in memory are
    /// valid for `l1_ttl`.
    fn is_tracking(&self, key: &TierKey) -> bool;

    fn may_read(&self, key: &TierKey) -> bool;

    fn may_store(&self, key: &TierKey) -> bool;

    /// Whether the value of this key is not to be read, since its removal, or that of one of its
    /// tags, is not confirmed.
    fn excludes(&self, key: &TierKey, parts: &[TemplatePart]) -> bool;

    /// Takes note of a function that was registered just now.
    fn include(&self);

    /// Records an error, to be shown in a log.
    fn record_error(&self, error: &str);

    /// Reads values.
    fn read(self: Arc<Self>, keys: &[&TierKey], runner: Runner) -> Query<Vec<Found>>;

    /// Takes the lease of a key if it is free, and reads the value, as `on_value` says.
    fn acquire_lease(
        self: Arc<Self>,
        key: &TierKey,
        token: &str,
        on_value: OnValue,
    ) -> Query<Acquired>;

    /// Takes the lease of a key from its holder, whose result will not be stored.
    fn take_over_lease(self: Arc<Self>, key: &TierKey, token: &str) -> Query<()>;

    /// Returns a token that no other lease has.
    fn new_token(&self) -> String;

    /// Renews a lease from now on.
    fn keep_lease(&self, key: &TierKey, token: &str);

    /// Ends a lease: gives it up if it is held, and renews it no longer.
    fn end_lease(self: Arc<Self>, key: &TierKey, token: &str, is_held: bool);

    /// Stores values whose leases are still held, and gives the leases up.
    ///
    /// They are sent before this returns. Returns the reply to each; `None` for a value that was
    /// not sent.
    fn store(self: Arc<Self>, values: Vec<LeasedValue<'_>>) -> Vec<Option<Box<dyn StoreReply>>>;

    /// Stores values past all leases, and removes those without `bytes`.
    ///
    /// They are sent before this returns, and later queries of this process follow them.
    fn insert(self: Arc<Self>, values: Vec<NewValue<'_>>);

    /// Removes values, revokes their leases, and reports it to all other processes. Queues what it
    /// cannot remove in time, and returns why.
    fn remove(self: Arc<Self>, keys: &[&TierKey], parts: &'static [TemplatePart]) -> Query<()>;

    /// Removes the values that carry a tag, of whichever function, revokes the leases of those that
    /// are computed, and reports it to all other processes. Queues it if it cannot be done in time,
    /// and returns why. Returns how many values there were.
    fn remove_tag(self: Arc<Self>, tag: &Tag) -> Query<usize>;

    /// Same as [`SecondTier::remove`] for one key, without a wait.
    fn remove_detached(self: Arc<Self>, key: &TierKey, parts: &'static [TemplatePart]);

    /// Queues the removal of a key. Until it is confirmed, this process does not read the key.
    fn queue_removal(&self, key: &str, parts: &'static [TemplatePart]);

    /// Removes all keys of a function, however long that takes. Queues it if it fails.
    fn clear(self: Arc<Self>, parts: &'static [TemplatePart]) -> Query<()>;
}

/// The settings of a tier that calls follow.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// Keys the hashes of arguments.
    pub(crate) secret: &'a [u8; 32],
    /// The largest value, in bytes.
    pub(crate) value_cap: usize,
    /// The time for which entries in memory are valid while changes are not reported.
    pub(crate) l1_ttl: Duration,
    /// The length of a lease.
    pub(crate) lease: Duration,
}

/// Why a query has no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Calls bypass the tier now.
    Down,
    /// The answer did not arrive in time.
    TimedOut,
    /// The connection broke.
    Broken,
    /// The server does not have the key now: another does, or the key is on its way.
    Elsewhere,
    /// The tier has refused the query, or its answer makes no sense.
    Refused {
        /// Whether that is about the keys of the function alone.
        of_function: bool,
    },
}

/// The content of a tier for a key.
pub enum Found {
    /// A value, and for how many milliseconds it stays; `None` for ever.
    Value(Vec<u8>, Option<u64>),
    /// No value.
    Nothing,
    /// A value beyond the cap.
    TooLarge,
    /// Something that is not a value.
    OtherType,
    /// Unknown: the tier has refused to read the key.
    Refused,
}

/// What the request for a lease does where there is a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum OnValue {
    /// It takes the lease all the same, and reads the value.
    Take,
    /// It reads the value.
    Read,
    /// Nothing: the value is not read.
    Leave,
}

/// The answer to the request for a lease.
pub struct Acquired {
    pub(crate) lease: Acquisition,
    pub(crate) found: Found,
}

/// The outcome of a request for a lease.
pub(crate) enum Acquisition {
    Taken,
    /// Another process holds it, known by its token, for these milliseconds.
    Held {
        holder: String,
        millis: u64,
    },
    /// There is a value.
    Found,
}

/// A computed value to be stored by the holder of a lease.
pub struct LeasedValue<'a> {
    pub(crate) key: &'a TierKey,
    /// The token of the lease.
    pub(crate) token: &'a str,
    /// The template of the key.
    pub(crate) parts: &'static [TemplatePart],
    pub(crate) bytes: &'a [u8],
    /// For how many milliseconds; `None` for ever.
    pub(crate) ttl: Option<u64>,
    /// Gets the outcome if the caller has dropped its [`StoreReply`] before it arrived.
    pub(crate) on_unclaimed: Then<Stored>,
}

/// A value to be stored without a lease.
pub struct NewValue<'a> {
    pub(crate) key: &'a TierKey,
    /// `None` to remove the value.
    pub(crate) bytes: Option<&'a [u8]>,
    /// For how many milliseconds; `None` for ever.
    pub(crate) ttl: Option<u64>,
    /// Learns whether the tier has done it.
    pub(crate) then: Then<bool>,
}

/// The outcome of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stored {
    Done,
    /// The lease was lost or revoked: the value is outdated.
    Revoked,
    /// The tier does not say.
    Unknown,
}

/// The reply to a store that continues without its caller.
pub trait StoreReply: Send {
    /// Waits for the reply, for as long as a query may take.
    fn wait(&mut self) -> Pin<Box<dyn Future<Output = Result<Stored, Failure>> + Send + '_>>;

    /// Takes the reply, if it has arrived.
    fn take(&mut self) -> Option<Result<Stored, Failure>>;
}
