//! The spans of computations: their number, their contents and their fields.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::{fmt, panic};

use functools::{CacheStatus, lru_cache};
use functools_test_support::Runs;
use smol::future::{block_on, yield_now};
use tokio_test::assert_pending;
use tokio_test::task::spawn;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber, subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use super::turn;

/// The lines of a subscriber: one for each start of a span and each event, after the spans around
/// it.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<String>>>);

impl Recorded {
    fn add(&self, line: String) {
        self.0.lock().expect("no panic").push(line);
    }

    /// Returns the lines during `act`.
    fn during(act: impl FnOnce()) -> Vec<String> {
        let told = Recorded::default();
        subscriber::with_default(Registry::default().with(told.clone()), act);
        told.0.lock().expect("no panic").clone()
    }
}

/// The fields as text.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut value = format!("{value:?}");
        if field.name() == "function" {
            // Without the crate, and without the test that the function stands in.
            let segments: Vec<_> = value.split("::").collect();
            value = format!("\"{}", [&segments[1..2], &segments[3..]].concat().join("::"));
        }
        self.0 += &format!(" {field}={value}");
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorded {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        assert_eq!((metadata.target(), *metadata.level()), ("functools", Level::DEBUG));
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        self.add(format!("{}{}{}", within(&context, None), metadata.name(), fields.0));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        self.add(format!("{}of{}", within(&context, Some(id)), fields.0));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.add(format!("{}event{}", within(&context, None), fields.0));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let name = context.span(&id).map_or_else(String::new, |span| said(&span));
        self.add(format!("{}end of {name}", within(&context, None)));
    }
}

/// The function of a span.
fn said<'a, S: LookupSpan<'a>>(span: &tracing_subscriber::registry::SpanRef<'a, S>) -> String {
    let extensions = span.extensions();
    let fields = extensions.get::<Fields>().map_or("", |fields| &fields.0);
    fields.trim_start_matches(" function=").trim_matches('"').to_owned()
}

/// Returns the functions of the spans around this point, or of the span and those around it.
fn within<S: Subscriber + for<'a> LookupSpan<'a>>(
    context: &Context<'_, S>,
    of: Option<&Id>,
) -> String {
    let mut names = String::new();
    let span = of.map_or_else(|| context.lookup_current(), |id| context.span(id));
    for span in span.into_iter().flat_map(|span| span.scope().from_root()) {
        names += &format!("{}> ", said(&span));
    }
    names
}

#[test]
fn computation_has_a_span_and_a_hit_has_none() {
    let _turn = turn();
    #[lru_cache]
    fn f(n: u64) -> u64 {
        tracing::info!("in the body");
        n
    }
    let told = Recorded::during(|| {
        assert_eq!((f(1), f(1)), (1, 1));
        tracing::info!("outside");
        f::cache_insert(2, 2);
        f::cache_refresh(2);
        f::uncached(3);
    });
    assert_eq!(
        told,
        [
            "compute function=\"tracing::f\"",
            "tracing::f> event message=in the body",
            "end of tracing::f",
            "event message=outside",
            "compute function=\"tracing::f\"",
            "tracing::f> event message=in the body",
            "end of tracing::f",
            "event message=in the body",
        ]
    );
}

#[test]
fn span_has_the_arguments_of_trace_alone() {
    let _turn = turn();
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Token(&'static str);

    impl Debug for Token {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "Token({})", self.0)
        }
    }

    impl Token {
        #[lru_cache(trace(self))]
        fn length(&self) -> usize {
            self.0.len()
        }
    }
    #[lru_cache(trace(id, r#type), skip(log))]
    fn some(id: u64, token: Token, r#type: &str, log: &dyn Fn(u64)) -> u64 {
        log(id);
        token.length() as u64 + r#type.len() as u64
    }
    #[lru_cache]
    async fn none(id: u64, token: Token) -> u64 {
        token.0.len() as u64 + id
    }
    #[lru_cache(trace(id, other), handle = _)]
    async fn one((one, other): (u64, u64), id: String) -> u64 {
        one + other + id.len() as u64
    }
    let told = Recorded::during(|| {
        assert_eq!(some(7, Token("hunter2"), "short", &|_| ()), 12);
        assert_eq!(some(7, Token("hunter2"), "short", &|_| ()), 12);
        assert_eq!(block_on(none(12345, Token("hunter3"))), 12352);
        assert_eq!(block_on(one((1, 2), "four".to_owned())), 7);
    });
    assert_eq!(
        told,
        [
            "compute function=\"tracing::some\"",
            "tracing::some> of arguments=id=7, type=\"short\"",
            "tracing::some> compute function=\"tracing::Token::length\"",
            "tracing::some> tracing::Token::length> of arguments=self=Token(hunter2)",
            "tracing::some> end of tracing::Token::length",
            "end of tracing::some",
            "compute function=\"tracing::none\"",
            "end of tracing::none",
            "compute function=\"tracing::one\"",
            "tracing::one> of arguments=id=\"four\", other=2",
            "end of tracing::one",
        ]
    );
}

#[test]
fn arguments_are_not_formatted_without_a_subscriber() {
    let _turn = turn();
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Loud;

    impl Debug for Loud {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("formatted without a subscriber")
        }
    }
    #[lru_cache(trace(loud))]
    fn f(loud: Loud) -> bool {
        loud == Loud
    }
    assert!(f(Loud));
}

#[test]
fn span_of_a_nested_call_is_within_the_outer() {
    let _turn = turn();
    #[lru_cache]
    fn f(n: u64) -> u64 {
        if n == 0 { 0 } else { 1 + f(n - 1) }
    }
    let told = Recorded::during(|| {
        assert_eq!(f(1), 1);
        assert_eq!(f(2), 2);
    });
    assert_eq!(
        told,
        [
            "compute function=\"tracing::f\"",
            "tracing::f> compute function=\"tracing::f\"",
            "tracing::f> end of tracing::f",
            "end of tracing::f",
            "compute function=\"tracing::f\"",
            "end of tracing::f",
        ]
    );
}

#[test]
fn span_ends_with_a_panic_or_a_dropped_call() {
    let _turn = turn();
    #[lru_cache]
    fn panics(n: u64) -> u64 {
        assert!(n > 10, "on purpose");
        n
    }
    #[lru_cache]
    async fn dropped(n: u64) -> u64 {
        yield_now().await;
        n
    }
    let told = Recorded::during(|| {
        assert!(panic::catch_unwind(|| panics(1)).is_err());
        tracing::info!("after the panic");
        {
            let mut call = spawn(dropped(1));
            assert_pending!(call.poll());
            tracing::info!("between two polls");
        }
        tracing::info!("after the drop");
    });
    assert_eq!(
        told,
        [
            "compute function=\"tracing::panics\"",
            "end of tracing::panics",
            "event message=after the panic",
            "compute function=\"tracing::dropped\"",
            "event message=between two polls",
            "end of tracing::dropped",
            "event message=after the drop",
        ]
    );
}

#[test]
fn span_of_a_task_covers_its_polls_alone() {
    let _turn = turn();
    #[lru_cache]
    async fn f(n: u64) -> u64 {
        tracing::info!(n, "begins");
        yield_now().await;
        tracing::info!(n, "ends");
        n
    }
    let told = Recorded::during(|| {
        let (mut one, mut other) = (spawn(f::with_status(1)), spawn(f::with_status(2)));
        let mut joins = spawn(f::with_status(1));
        assert_pending!(one.poll());
        assert_pending!(other.poll());
        assert_pending!(joins.poll());
        tracing::info!("outside");
        assert_eq!(block_on(one), (1, CacheStatus::Miss));
        assert_eq!(block_on(other), (2, CacheStatus::Miss));
        assert_eq!(block_on(joins), (1, CacheStatus::Joined));
    });
    assert_eq!(
        told,
        [
            "compute function=\"tracing::f\"",
            "tracing::f> event message=begins n=1",
            "compute function=\"tracing::f\"",
            "tracing::f> event message=begins n=2",
            "event message=outside",
            "tracing::f> event message=ends n=1",
            "end of tracing::f",
            "tracing::f> event message=ends n=2",
            "end of tracing::f",
        ]
    );
}

#[test]
fn discarded_results_have_spans() {
    let _turn = turn();
    #[lru_cache(maxsize = 0)]
    fn bypassed(n: u64) -> u64 {
        tracing::info!("in the body");
        n
    }
    #[lru_cache]
    fn fails(n: u64) -> Result<u64, u64> {
        RUNS.next();
        Err(n)
    }
    static RUNS: Runs = Runs::new();
    let told = Recorded::during(|| {
        bypassed(1);
        assert!(fails(1).is_err() && fails(1).is_err());
    });
    assert_eq!(RUNS.count(), 2);
    assert_eq!(
        told,
        [
            "compute function=\"tracing::bypassed\"",
            "tracing::bypassed> event message=in the body",
            "end of tracing::bypassed",
            "compute function=\"tracing::fails\"",
            "end of tracing::fails",
            "compute function=\"tracing::fails\"",
            "end of tracing::fails",
        ]
    );
}

#[test]
fn future_with_a_span_is_send() {
    let _turn = turn();
    #[lru_cache(trace(n))]
    async fn f(n: u64) -> u64 {
        yield_now().await;
        n
    }
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    assert_eq!(block_on(is_send(f(1))), 1);
    assert_eq!(block_on(is_send(f::with_status(1))).0, 1);
    assert_eq!(block_on(is_send(f::cache_refresh(1))), 1);
}
