"""The demo service as in a FastAPI tutorial, with the same database.

    export DATABASE=flights.sqlite REDIS_URL=redis://localhost
    uvicorn --app-dir benches/service fastapi_service:app

Its answers are those of `examples/web`. All of it runs on the event loop: a hit is too short for a
thread, and the threads of one worker share one core.
"""

import json
import os
import sqlite3
from functools import lru_cache
from heapq import heappop, heappush
from math import asin, cos, radians, sin, sqrt

import redis.asyncio as redis
from fastapi import FastAPI, HTTPException

MEAN_EARTH_RADIUS_KM = 6371.0088

app = FastAPI()
database = sqlite3.connect(os.environ["DATABASE"])
r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost"))


# An itinerary: the shortest way over the routes, by A*.


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres along the great circle, by the haversine formula."""
    (phi, lam), (other_phi, other_lam) = one, other
    h = sin((other_phi - phi) / 2) ** 2
    h += cos(phi) * cos(other_phi) * sin((other_lam - lam) / 2) ** 2
    return 2 * MEAN_EARTH_RADIUS_KM * asin(min(1.0, sqrt(h)))


places: dict[str, tuple[float, float]] = {
    code: (radians(latitude), radians(longitude))
    for code, latitude, longitude in database.execute(
        "SELECT code, latitude, longitude FROM airports"
    )
}
routes: dict[str, list[tuple[str, float]]] = {code: [] for code in places}
for start, end in database.execute("SELECT origin, destination FROM routes"):
    routes[start].append((end, distance(places[start], places[end])))


def find_itinerary(param: str) -> dict | None:
    origin, destination = param.split("-")
    if origin not in places or destination not in places:
        return None
    goal = places[destination]
    lengths, previous, done = {origin: 0.0}, {}, set()
    queue = [(distance(places[origin], goal), origin)]
    while queue:
        _, airport = heappop(queue)
        if airport == destination:
            airports = [airport]
            while airport in previous:
                airports.append(airport := previous[airport])
            return {
                "origin": origin,
                "destination": destination,
                "airports": airports[::-1],
                "kilometres": round(lengths[destination], 1),
            }
        if airport in done:
            continue
        done.add(airport)
        for neighbour, length in routes[airport]:
            length += lengths[airport]
            if neighbour not in lengths or length < lengths[neighbour]:
                lengths[neighbour], previous[neighbour] = length, airport
                heappush(queue, (length + distance(places[neighbour], goal), neighbour))
    return None


@lru_cache(maxsize=128)
def get_expensive_data(param: str) -> dict | None:
    return find_itinerary(param)


def found(value: dict | None) -> dict:
    if value is None:
        raise HTTPException(status_code=404, detail="not found")
    return value


@app.get("/cached-data/{param}")
async def cached_data(param: str) -> dict:
    return {"result": found(get_expensive_data(param))}


@app.get("/uncached/cached-data/{param}")
async def uncached_data(param: str) -> dict:
    return {"result": found(find_itinerary(param))}


# An airport: in the database, and in Redis for a minute.


def get_item_from_database(item_id: str) -> dict | None:
    airport = database.execute(
        "SELECT code, name, city, state FROM airports WHERE code = ?", (item_id,)
    ).fetchone()
    if airport is None:
        return None
    busiest = database.execute(
        "SELECT destination, flights FROM routes WHERE origin = ?"
        " ORDER BY flights DESC, destination LIMIT 10",
        (item_id,),
    )
    item = dict(zip(("code", "name", "city", "state"), airport))
    item["routes"] = [{"destination": d, "flights": f} for d, f in busiest]
    return item


@app.get("/cached/{item_id}")
async def get_item(item_id: str) -> dict:
    key = f"item:{item_id}"
    if cached_item := await r.get(key):
        # The value is `null` if there is no such airport.
        return {"item": found(json.loads(cached_item)), "cached": True}
    item = found(get_item_from_database(item_id))
    await r.set(key, json.dumps(item), ex=60)
    return {"item": item, "cached": False}


@app.get("/uncached/cached/{item_id}")
async def get_uncached_item(item_id: str) -> dict:
    return {"item": found(get_item_from_database(item_id)), "cached": False}


# The framework alone: a constant airport, without a look-up.

CONSTANT = get_item_from_database("SFO")


@app.get("/constant/{item_id}")
async def constant(item_id: str) -> dict:
    return {"item": CONSTANT, "cached": True}
