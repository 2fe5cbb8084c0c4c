//! The service of the README: items from a cache, shared through Redis if `REDIS_URL` is set.

use std::env;
use std::error::Error;

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use functools::lru_cache;
use functools::redis::Redis;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[lru_cache(maxsize = 1024, ttl = "60s", redis = "item:{item_id}")]
async fn item(item_id: u64) -> Value {
    json!({ "id": item_id, "name": "otter" }) // from the database
}

async fn get_item(Path(item_id): Path<u64>) -> Json<Value> {
    let (item, status) = item::with_status(item_id).await;
    Json(json!({ "item": item, "cached": status.is_hit() }))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(url) = env::var("REDIS_URL") {
        functools::redis::install(Redis::new(&url)?);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().route("/cached/{item_id}", get(get_item))).await?)
}
