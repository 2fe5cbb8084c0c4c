//! The page of a service of its own, in a headless Chromium of its own, by `WebDriver` of the W3C.

mod guarded;

use std::str::FromStr;
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use tokio::time::sleep;

use guarded::Guarded;

/// The limit of each wait. A test that passes does not wait that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two queries of the browser.
const PAUSE: Duration = Duration::from_millis(10);

/// Chromium's own services are off, so that only the page uses the network.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1280,900",
];

/// The page as a browser shows it. Browser and service end with it.
pub(crate) struct Page {
    client: Client,
    _driver: Guarded,
    service: Option<Guarded>,
    url: String,
}

impl Page {
    /// Opens the page, and waits until it lists the caches. `None` without a browser.
    pub(crate) async fn open() -> Option<Self> {
        let (browser, driver) = ("chromium", "chromedriver");
        if !guarded::are_there(&[browser, driver]) {
            return None;
        }
        let (service, url) = serve("0");
        let mut profile = String::new();
        let driver = Guarded::start(driver, |directory| {
            directory.clone_into(&mut profile);
            vec!["--port=0".to_owned()]
        });
        let port = driver.printed("started successfully on port ", ".");

        let profile = format!("--user-data-dir={profile}/profile");
        let arguments: Vec<_> = ARGUMENTS.into_iter().chain([profile.as_str()]).collect();
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it is one") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a browser starts");
        let page = Page { client, _driver: driver, service: Some(service), url };
        page.client.goto(&page.url).await.expect("the page is there");
        page.eventually("the caches are listed", "find('[data-clear=itinerary]')").await;
        Some(page)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Ends the service.
    pub(crate) fn end_service(&mut self) {
        self.service = None;
    }

    /// Starts a new service at the same address.
    pub(crate) fn start_service(&mut self) {
        let port = self.url.rsplit(':').next().expect("there is a port").trim_end_matches('/');
        let (service, url) = serve(port);
        assert_eq!(url, self.url);
        self.service = Some(service);
    }

    /// Runs a script and returns its result. `find` is `document.querySelector` there.
    pub(crate) async fn run(&self, script: &str) -> Value {
        let script = format!("const find = (which) => document.querySelector(which);\n{script}");
        let result = self.client.execute(&script, Vec::new()).await;
        result.unwrap_or_else(|error| panic!("{error}, of\n{script}"))
    }

    /// Waits until an expression is true.
    ///
    /// # Panics
    /// If it is not in time. The message has `what`.
    pub(crate) async fn eventually(&self, what: &str, expression: &str) {
        let begun = Instant::now();
        loop {
            let late = begun.elapsed() > PATIENCE;
            if self.run(&format!("return Boolean({expression});")).await == Value::Bool(true) {
                return;
            }
            assert!(!late, "not within {PATIENCE:?}: {what}");
            sleep(PAUSE).await;
        }
    }

    pub(crate) async fn find(&self, which: &str) -> Element {
        let found = self.client.find(Locator::Css(which)).await;
        found.unwrap_or_else(|error| panic!("{which}: {error}"))
    }

    /// Clicks on an element.
    pub(crate) async fn click(&self, which: &str) {
        let clicked = self.find(which).await.click().await;
        clicked.unwrap_or_else(|error| panic!("{which}: {error}"));
    }

    /// Replaces the text of a field.
    pub(crate) async fn fill(&self, which: &str, text: &str) {
        let field = self.find(which).await;
        field.clear().await.expect("it can be emptied");
        field.send_keys(text).await.expect("it can be written into");
    }

    /// Presses keys in the element that has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        let focused = self.client.active_element().await.expect("something has the focus");
        focused.send_keys(keys).await.expect("it takes keys");
    }

    /// Returns the visible text of an element.
    pub(crate) async fn text(&self, which: &str) -> String {
        self.find(which).await.text().await.expect("it is still there")
    }

    /// Looks something up, waits for the answer, and returns its state.
    pub(crate) async fn look_up(&self, query: &str) -> String {
        let before = self.attribute("#answer", "data-answer").await;
        self.fill("#query", query).await;
        self.click("#look-up-button").await;
        self.answered_after(&before).await
    }

    /// Waits for an answer after this one, and returns its state.
    pub(crate) async fn answered_after(&self, before: &str) -> String {
        let answered = format!("find('#answer').dataset.answer !== '{before}'");
        self.eventually("there is an answer", &answered).await;
        self.attribute("#answer", "data-state").await
    }

    pub(crate) async fn attribute(&self, which: &str, name: &str) -> String {
        let value = self.find(which).await.attr(name).await.expect("it is still there");
        value.unwrap_or_else(|| panic!("{which} has no {name}"))
    }

    /// Sends Chromium a command of its developer tools.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("goog/cdp/execute", body).await
    }

    /// Shows the page as on a phone of this width.
    pub(crate) async fn narrow(&self, width: u32) {
        let phone =
            json!({ "width": width, "height": 780, "deviceScaleFactor": 1, "mobile": true });
        self.devtools("Emulation.setDeviceMetricsOverride", phone).await;
    }

    /// Asserts that the console has exactly these messages. Each text is the start of one.
    pub(crate) async fn assert_console(&self, expected: &[String]) {
        let entries = self.post("se/log", json!({ "type": "browser" })).await;
        let entries = entries.as_array().expect("a list");
        let messages: Vec<_> =
            entries.iter().filter_map(|entry| entry["message"].as_str()).collect();
        assert_eq!(messages.len(), expected.len(), "{messages:#?}");
        for (message, expected) in messages.iter().zip(expected) {
            assert!(message.starts_with(expected), "{message}\nis not\n{expected}");
        }
    }

    /// Returns a picture of the whole page at this width, as a PNG.
    pub(crate) async fn screenshot(&self, width: u32) -> Vec<u8> {
        let height = self.run("return document.documentElement.scrollHeight;").await;
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        self.client.screenshot().await.expect("a picture")
    }

    async fn post(&self, path: &'static str, body: Value) -> Value {
        let answer = self.client.issue_cmd(Post { path, body }).await;
        answer.unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

/// A command of Chromium's driver that the standard does not have.
#[derive(Debug)]
struct Post {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Post {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// Starts a service with a database of its own. Returns it and its URL.
fn serve(port: &str) -> (Guarded, String) {
    let service = Guarded::start(env!("CARGO_BIN_EXE_web"), |directory| {
        let database = format!("{directory}/flights.sqlite");
        ["--port", port, "--database", &database].map(str::to_owned).to_vec()
    });
    let address = service.printed("http://", "/");
    (service, format!("http://{address}/"))
}
