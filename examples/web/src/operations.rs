//! The routes for operators: caches, metrics, health.

use std::pin::Pin;
use std::sync::OnceLock;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use functools::{CacheParameters, CacheStats};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde_json::json;

use crate::airports::item;
use crate::cache_headers::NO_STORE;
use crate::database::Database;
use crate::error::Error;
use crate::itineraries::itinerary;
use crate::requests::DURATION;

/// A cached function and the functions of its handle. Unlike `functools::caches()`, this list also
/// has functions that were not called yet, and clearing one also clears it in Redis.
struct Cache {
    name: &'static str,
    stats: fn() -> CacheStats,
    parameters: fn() -> CacheParameters,
    clear: fn() -> Clearing,
}

type Clearing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Sorted by name.
const CACHES: [Cache; 2] = [
    Cache {
        name: "functools_web::airports::item",
        stats: item::cache_stats,
        parameters: item::cache_parameters,
        clear: || {
            Box::pin(async {
                item::cache_clear().await;
            })
        },
    },
    Cache {
        name: "functools_web::itineraries::itinerary",
        stats: itinerary::cache_stats,
        parameters: itinerary::cache_parameters,
        clear: || Box::pin(async { itinerary::cache_clear() }),
    },
];

impl Cache {
    fn function(&self) -> &'static str {
        self.name.rsplit("::").next().unwrap_or(self.name)
    }

    fn report(&self) -> serde_json::Value {
        let (stats, parameters) = ((self.stats)(), (self.parameters)());
        let redis = stats.redis.map(|redis| {
            json!({
                "connected": redis.connected,
                "shared_hits": redis.shared_hits,
                "shared_misses": redis.shared_misses,
                "stores": redis.stores,
                "errors": redis.errors,
                "timeouts": redis.timeouts,
                "undecodable": redis.undecodable,
                "too_large": redis.too_large,
                "bypassed": redis.bypassed,
            })
        });
        json!({
            "name": self.name,
            "function": self.function(),
            "hits": stats.hits,
            "misses": stats.misses,
            "maxsize": stats.maxsize,
            "currsize": stats.currsize,
            "hit_rate": stats.hit_rate(),
            "evictions": stats.evictions,
            "expirations": stats.expirations,
            "joined": stats.joined,
            "stale": stats.stale,
            "refused": stats.refused,
            "failures": stats.failures,
            "too_heavy": stats.too_heavy,
            "weight": stats.weight,
            "maxweight": stats.maxweight,
            "policy": parameters.policy.to_string(),
            "computations": stats.computations,
            "compute_seconds": stats.compute_time.as_secs_f64(),
            "mean_compute_seconds": stats.mean_compute_time().map(|mean| mean.as_secs_f64()),
            "ttl_seconds": parameters.ttl.map(|ttl| ttl.as_secs_f64()),
            "redis": redis,
        })
    }
}

pub(crate) async fn cache_info() -> impl IntoResponse {
    let caches = CACHES.map(|cache| cache.report());
    ([(CACHE_CONTROL, NO_STORE)], Json(json!({ "caches": caches })))
}

pub(crate) async fn clear(Path(function): Path<String>) -> Result<StatusCode, Error> {
    let cache = CACHES.iter().find(|cache| cache.function() == function).ok_or_else(|| {
        let names = CACHES.map(|cache| cache.function()).join(" or ");
        Error::NotFound(format!("there is no cached function {function:?}: name {names}"))
    })?;
    (cache.clear)().await;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn clear_all() -> StatusCode {
    for cache in &CACHES {
        (cache.clear)().await;
    }
    StatusCode::NO_CONTENT
}

/// Returns the process's recorder of metrics, and installs it at the first call.
pub(crate) fn install_recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let buckets = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0];
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &buckets)
            .expect("there are buckets")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder of metrics is installed: /metrics stays empty");
        }
        handle
    })
}

pub(crate) async fn metrics() -> impl IntoResponse {
    // Caches report their counters only when this is called.
    functools::metrics::publish();
    let text = install_recorder().render();
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (CACHE_CONTROL, "no-store")],
        text,
    )
}

pub(crate) async fn health(State(database): State<Database>) -> Result<impl IntoResponse, Error> {
    database.check().await?;
    Ok(([(CACHE_CONTROL, NO_STORE)], Json(json!({ "status": "ok" }))))
}
