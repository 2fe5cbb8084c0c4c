//! The page, used as by a visitor: in headless Chromium, with the real service.
//!
//! Without `chromium` or `chromedriver` the tests are skipped with a message.
//! With `FUNCTOOLS_SCREENSHOT=<path>` one of the tests writes a picture of the page.

mod browser;

use std::path::Path;
use std::{env, fs};

use fantoccini::key::Key;
use serde_json::{Value, json};

use browser::Page;

/// Returns the message that Chromium writes to the console about an error of the service.
fn refused(page: &Page, path: &str, status: &str) -> String {
    let why = "Failed to load resource: the server responded with a status of";
    format!("{} - {why} {status}", page.url(path))
}

#[tokio::test]
async fn a_route_is_computed_once() {
    let Some(page) = Page::open().await else { return };
    assert_eq!(page.attribute("#answer", "data-kind").await, "none");

    assert_eq!(page.look_up("SFO-JFK").await, "Miss");
    assert_eq!(page.text("#answer-badge").await, "computed");
    assert_eq!(page.text("#answer-title").await, "SFO to JFK");
    assert_eq!(page.text("#chain").await, "SFO\nJFK");
    assert!(page.text("#distance").await.starts_with("4,152 km"));

    // In small letters, too.
    assert_eq!(page.look_up(" sfo-jfk ").await, "Hit");
    assert_eq!(page.text("#answer-badge").await, "from memory");
    for time in ["#function-time", "#request-time"] {
        let text = page.text(time).await;
        let units = ["ns", "µs", "ms", "s"];
        let is_time = text.split_once(' ').is_some_and(|(number, unit)| {
            units.contains(&unit) && number.parse().is_ok_and(|number: f64| number > 0.0)
        });
        assert!(is_time, "{time}: {text}");
    }

    page.click("#without-cache").await;
    assert_eq!(page.look_up("SFO-JFK").await, "Uncached");
    assert_eq!(page.text("#answer-badge").await, "computed, without the cache");
    page.click("#without-cache").await;

    page.click("#answer details summary").await;
    assert_eq!(page.look_up("SFO-JFK").await, "Hit");
    let headers = page.text("#headers").await;
    for header in ["Cache-Status\nfunctools; hit", "Cache-Control\nmax-age=", "ETag\n\""] {
        assert!(headers.contains(header), "{headers}");
    }
    page.assert_console(&[]).await;
}

#[tokio::test]
async fn an_airport_is_fetched_again_when_its_cache_is_cleared_or_it_is_invalidated() {
    let Some(page) = Page::open().await else { return };
    assert_eq!(page.look_up("ATL").await, "Miss");
    assert_eq!(page.look_up("ATL").await, "Hit");
    assert_eq!(page.text("#answer-subtitle").await, "ATL, Atlanta, GA");
    let routes = "return document.querySelectorAll('#routes li').length;";
    assert_eq!(page.run(routes).await, 10);
    page.eventually("the table has it", &counted("item", "hits", "1")).await;
    page.eventually("the table has it", &counted("item", "misses", "1")).await;

    page.click("[data-clear=item]").await;
    page.eventually("the table has forgotten it", &counted("item", "hits", "0")).await;
    assert_eq!(page.text("#caches-note").await, "item was cleared.");
    assert_eq!(page.look_up("ATL").await, "Miss");

    page.click("#invalidate-button").await;
    page.eventually("it is told", "find('#change-result').textContent").await;
    assert!(page.text("#change-result").await.contains("(local)"));
    assert_eq!(page.look_up("ATL").await, "Miss");
    assert_eq!(page.look_up("ATL").await, "Hit");

    page.click("#clear-all").await;
    page.eventually("the table has forgotten it", &counted("item", "misses", "0")).await;
    assert_eq!(page.look_up("ATL").await, "Miss");
    page.assert_console(&[]).await;
}

/// Returns an expression that is true if a cell of the table has this text.
fn counted(function: &str, field: &str, text: &str) -> String {
    let cell = format!("[data-function={function}] [data-field={field}]");
    format!("find('{cell}').textContent === '{text}'")
}

#[tokio::test]
async fn a_name_with_markup_is_shown_as_text() {
    let Some(page) = Page::open().await else { return };
    let name =
        "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>&amp;";
    let title = page.run("return document.title;").await;

    page.look_up("LIT").await;
    page.fill("#airport-name", name).await;
    page.press(&Key::Enter.to_string()).await;
    page.eventually("it is renamed", "find('#change-result').textContent").await;
    assert!(page.text("#change-result").await.starts_with("Renamed"));
    assert_eq!(page.text("#answer-title").await, name);

    page.look_up("SFO").await;
    assert_eq!(page.text("#change-result").await, "", "it was about the other airport");
    page.look_up("LIT").await;
    assert_eq!(page.text("#answer-title").await, name);
    assert_eq!(page.run("return find('#answer-title').children.length;").await, 0);
    assert_eq!(page.run("return document.title;").await, title);

    // An invalid name is rejected with a message.
    page.fill("#airport-name", " ").await;
    page.click("#rename-button").await;
    page.eventually("it is refused", "find('#rename-error').textContent").await;
    assert_eq!(page.text("#answer-title").await, name);
    page.assert_console(&[refused(&page, "cached/LIT", "400 (Bad Request)")]).await;
}

#[tokio::test]
async fn a_burst_fills_the_plots() {
    let Some(page) = Page::open().await else { return };
    for plot in ["#hit-rate", "#latency"] {
        assert_eq!(page.attribute(plot, "data-points").await, "0");
        assert!(page.attribute(plot, "aria-label").await.contains("No calls yet"));
    }

    page.click("#burst").await;
    page.eventually("the burst is done", "find('#burst').dataset.state === 'done'").await;
    let note = page.text("#burst-note").await;
    assert!(note.starts_with("400 requests in ") && !note.contains("failed"), "{note}");
    for figure in ["#burst-rate", "#burst-hit-rate", "#burst-hit", "#burst-miss"] {
        let text = page.text(figure).await;
        assert!(text.starts_with(|first: char| first.is_ascii_digit()), "{figure}: {text}");
    }
    page.eventually("all times are drawn", "find('#latency').dataset.points === '400'").await;
    page.eventually("rates are drawn", "find('#hit-rate').dataset.points > 0").await;
    let calls = "[...document.querySelectorAll('[data-field=hits], [data-field=misses]')]\
                 .map((cell) => Number(cell.textContent)).reduce((a, b) => a + b)";
    page.eventually("the table has all calls", &format!("{calls} === 400")).await;
    let told = page.attribute("#hit-rate", "aria-label").await;
    assert!(told.contains("item ") && told.contains("itinerary "), "{told}");
    let told = page.attribute("#latency", "aria-label").await;
    assert!(told.contains("from memory: median ") && told.contains("computed: median "), "{told}");

    page.assert_console(&[]).await;
    if let Some(path) = env::var_os("FUNCTOOLS_SCREENSHOT") {
        picture(&page, path.as_ref()).await;
    }
}

/// Writes a picture of the page after some use.
async fn picture(page: &Page, path: &Path) {
    for round in 1..=9 {
        if round % 3 == 0 {
            page.click("#clear-all").await;
        }
        page.click("#burst").await;
        page.eventually("the burst is done", "find('#burst').dataset.state === 'done'").await;
        // Each second adds a point for each cache.
        let drawn = format!("find('#hit-rate').dataset.points >= {}", 10 * round);
        page.eventually("there is a line", &drawn).await;
    }
    let before = page.attribute("#answer", "data-answer").await;
    page.fill("#query", "SFO").await;
    page.press(&Key::Enter.to_string()).await;
    page.answered_after(&before).await;
    page.run("document.activeElement.blur(); scrollTo(0, 0);").await;
    fs::write(path, page.screenshot(1280).await).expect("the picture is written");
}

#[tokio::test]
async fn a_burst_can_be_stopped() {
    let Some(page) = Page::open().await else { return };
    page.devtools("Network.enable", json!({})).await;
    let slow = |latency| {
        let unlimited = -1;
        json!({
            "offline": false, "latency": latency,
            "downloadThroughput": unlimited, "uploadThroughput": unlimited,
        })
    };
    page.devtools("Network.emulateNetworkConditions", slow(500)).await;
    page.click("#burst").await;
    page.eventually("some are answered", "find('#burst-progress').value > 0").await;
    assert_eq!(page.text("#burst").await, "Stop");
    page.click("#burst").await;
    page.eventually("it is stopped", "find('#burst').dataset.state === 'stopped'").await;
    assert!(page.text("#burst-note").await.starts_with("Stopped, "));
    assert!(page.run("return find('#burst-progress').value;").await.as_f64() < Some(400.0));

    page.devtools("Network.emulateNetworkConditions", slow(0)).await;
    page.click("#burst").await;
    page.eventually("another is done", "find('#burst').dataset.state === 'done'").await;
    page.assert_console(&[]).await;
}

#[tokio::test]
async fn an_error_is_shown_beside_the_field() {
    let Some(page) = Page::open().await else { return };
    let mut console = Vec::new();
    for (query, told, path, status) in [
        ("ZZZ", "no airport ZZZ", "cached/ZZZ", "404 (Not Found)"),
        ("SFO-ZZZ", "no way from SFO to ZZZ", "cached-data/SFO-ZZZ", "404 (Not Found)"),
        ("SFO-", "is not an airport", "cached-data/SFO-", "400 (Bad Request)"),
        ("A/B?#%", "is not an airport", "cached/A%2FB%3F%23%25", "400 (Bad Request)"),
        // These are not sent.
        ("", "Type a route", "", ""),
        ("..", "Type a route", "", ""),
    ] {
        page.fill("#query", query).await;
        page.press(&Key::Enter.to_string()).await;
        page.eventually(query, &format!("find('#query-error').textContent.includes('{told}')"))
            .await;
        assert_eq!(page.attribute("#query", "aria-invalid").await, "true");
        if !path.is_empty() {
            console.push(refused(&page, path, status));
        }
    }
    assert_eq!(page.attribute("#query-error", "role").await, "alert");
    assert_eq!(page.attribute("#answer", "data-kind").await, "none");

    page.look_up("SFO").await;
    assert_eq!(page.text("#query-error").await, "");
    assert_eq!(page.run("return find('#query').ariaInvalid;").await, Value::Null);
    page.assert_console(&console).await;
}

#[tokio::test]
async fn it_shows_when_the_service_is_away_and_continues_when_it_is_back() {
    let Some(mut page) = Page::open().await else { return };
    page.eventually("it is live", "find('#link').dataset.state === 'live'").await;
    page.end_service();
    page.eventually("it is away", "find('#link').dataset.state === 'away'").await;
    page.fill("#query", "SFO").await;
    page.press(&Key::Enter.to_string()).await;
    page.eventually("it is told", "find('#query-error').textContent.includes('does not answer')")
        .await;
    page.start_service();
    page.eventually("it is live", "find('#link').dataset.state === 'live'").await;
    assert_eq!(page.look_up("SFO").await, "Miss");
}

#[tokio::test]
async fn everything_can_be_done_with_the_keyboard() {
    let Some(page) = Page::open().await else { return };
    let mut order = Vec::new();
    for _ in 0..40 {
        let tab = Key::Tab.to_string();
        page.press(&tab).await;
        let at = page.run(FOCUSED).await;
        // After the last element the focus returns to the first.
        if at["name"] == Value::Null || order.first() == Some(&at["name"]) {
            break;
        }
        let outline = at["outline"].as_f64();
        assert!(outline >= Some(2.0) && at["style"] != "none", "the focus is not seen: {at}");
        order.push(at["name"].clone());
    }
    let expected = json!([
        "/metrics",
        "/cache-info",
        "/healthz",
        "query",
        "look-up-button",
        "without-cache",
        "SFO-JFK",
        "DTW-HNL",
        "BTV-ADQ",
        "SFO",
        "ATL",
        "burst",
        "As a table",
        "As a table",
        "clear-all",
        "item",
        "itinerary",
    ]);
    assert_eq!(Value::Array(order), expected);

    let looked_up = page.attribute("#answer", "data-answer").await;
    page.run("find('#query').focus();").await;
    page.press(&format!("DTW-HNL{}", Key::Enter)).await;
    assert_eq!(page.answered_after(&looked_up).await, "Miss");
    assert_eq!(page.text("#chain").await, "DTW\nSLC\nHNL");
    // The focus stays in the field.
    assert_eq!(page.run(FOCUSED).await["name"], "query");
    let looked_up = page.attribute("#answer", "data-answer").await;
    page.run("find('#chain button').focus();").await;
    page.press(&Key::Enter.to_string()).await;
    assert_eq!(page.answered_after(&looked_up).await, "Miss");
    assert_eq!(page.text("#answer-subtitle").await, "DTW, Detroit, MI");
    page.assert_console(&[]).await;
}

/// Returns the element with the focus, and whether its outline is visible.
const FOCUSED: &str = "
    const at = document.activeElement;
    if (at === document.body) return { name: null };
    const { outlineWidth, outlineStyle } = getComputedStyle(at);
    const name = at.id || at.dataset.example || at.dataset.clear || at.textContent;
    return { name, outline: parseFloat(outlineWidth), style: outlineStyle };
";

#[tokio::test]
async fn on_a_phone_nothing_is_too_wide_or_too_small() {
    let Some(page) = Page::open().await else { return };
    page.narrow(360).await;
    page.eventually("it is narrow", "innerWidth === 360").await;
    let fits = async |when: &str| {
        let too_small = page.run(TOO_SMALL).await;
        assert_eq!(too_small, json!({ "width": 360, "small": [] }), "{when}");
    };
    fits("at first").await;

    page.look_up("BTV-ADQ").await;
    fits("with a route").await;
    page.look_up("SEA").await;
    page.fill("#airport-name", &"W".repeat(100)).await;
    page.click("#rename-button").await;
    page.eventually("it is renamed", "find('#change-result').textContent").await;
    page.run("document.querySelectorAll('details').forEach((one) => (one.open = true));").await;
    page.click("#burst").await;
    page.eventually("the burst is done", "find('#burst').dataset.state === 'done'").await;
    fits("with a long name, headers and tables").await;
    page.fill("#query", &"W".repeat(100)).await;
    page.press(&Key::Enter.to_string()).await;
    page.eventually("it is refused", "find('#query-error').textContent").await;
    fits("with a long error").await;
    let path = format!("cached/{}", "W".repeat(100));
    page.assert_console(&[refused(&page, &path, "400 (Bad Request)")]).await;
}

/// Returns the width of the page, and the elements that are too small for a finger.
const TOO_SMALL: &str = "
    const targets = document.querySelectorAll('button, a, summary, label.check, input[type=text]');
    const small = [...targets].filter((one) => one.checkVisibility())
        .filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.textContent);
    return { width: document.documentElement.scrollWidth, small };
";

#[tokio::test]
async fn texts_are_readable_in_light_and_dark() {
    let Some(page) = Page::open().await else { return };
    page.click("#burst").await;
    page.eventually("the burst is done", "find('#burst').dataset.state === 'done'").await;
    page.eventually("rates are drawn", "find('#hit-rate').dataset.points > 0").await;
    page.run("document.querySelectorAll('details').forEach((one) => (one.open = true));").await;
    page.fill("#query", "ZZZ").await;
    page.press(&Key::Enter.to_string()).await;
    page.eventually("it is refused", "find('#query-error').textContent").await;
    let console = [refused(&page, "cached/ZZZ", "404 (Not Found)")];

    for (scheme, is_dark) in [("light", false), ("dark", true)] {
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        page.devtools("Emulation.setEmulatedMedia", media).await;
        for query in ["DTW-HNL", "DTW-HNL", "SEA"] {
            page.look_up(query).await;
            let seen = page.run(include_str!("browser/contrast.js")).await;
            assert!(seen["texts"].as_u64() > Some(80), "{seen}");
            assert_eq!(seen["weak"], json!([]), "{scheme}");
            assert_eq!(seen["paper"].as_f64() < Some(0.05), is_dark, "{scheme}: {seen}");
        }
    }
    page.assert_console(&console).await;
}
