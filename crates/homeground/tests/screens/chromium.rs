//! Chromium, spoken to in its own protocol over one WebSocket: no driver in between, and what the protocol can
//! do (scripts off, dark mode, a phone's width, every request and message) is at hand.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const PATIENCE: Duration = Duration::from_secs(60);

/// A running browser.
pub struct Chromium {
    process: Child,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    events: VecDeque<Value>,
    next_id: u64,
    _profile: tempfile::TempDir,
}

/// A page of it.
pub struct Tab<'a> {
    browser: &'a mut Chromium,
    session: String,
    /// What went wrong on it: errors of the console and of scripts, requests to elsewhere.
    pub complaints: Vec<String>,
    base: String,
}

impl Chromium {
    /// Start it; `None` where there is none, unless `HOMEGROUND_REQUIRE_BROWSER` insists.
    pub fn start() -> Option<Chromium> {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let started = NAMES.iter().find_map(|name| launch(name, profile.path()).ok());
        let Some(mut process) = started else {
            assert!(std::env::var_os("HOMEGROUND_REQUIRE_BROWSER").is_none(), "no browser among {NAMES:?}");
            eprintln!("skipped: no browser among {NAMES:?}");
            return None;
        };
        let address = listening(&mut process);
        let (socket, _) = tungstenite::connect(address).expect("the browser answers");
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        }
        Some(Chromium { process, socket, events: VecDeque::new(), next_id: 0, _profile: profile })
    }

    fn call(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        self.ask(session, method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// What the browser answers, or what it has against the question.
    fn ask(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Result<Value, Value> {
        self.next_id += 1;
        let id = self.next_id;
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(message.to_string())).expect("the browser listens");
        loop {
            let answer = self.read();
            if answer["id"] == id {
                let error = &answer["error"];
                return if error.is_null() { Ok(answer["result"].clone()) } else { Err(error.clone()) };
            }
            self.events.push_back(answer);
        }
    }

    fn read(&mut self) -> Value {
        loop {
            match self.socket.read().expect("the browser answers in time") {
                Message::Text(text) => return serde_json::from_str(&text).expect("the browser speaks JSON"),
                _ => continue,
            }
        }
    }

    /// A new page for what stands at `base`.
    pub fn tab(&mut self, base: &str) -> Tab<'_> {
        let target = self.call(None, "Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session =
            self.call(None, "Target.attachToTarget", attach)["sessionId"].as_str().expect("a session").to_owned();
        let mut tab = Tab { browser: self, session, complaints: Vec::new(), base: base.to_owned() };
        for domain in ["Page", "Runtime", "Network", "Log", "DOM"] {
            tab.call(&format!("{domain}.enable"), json!({}));
        }
        tab
    }
}

fn launch(name: &str, profile: &std::path::Path) -> std::io::Result<Child> {
    Command::new(name)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--remote-debugging-port=0"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
}

/// The address at which a browser that just started can be spoken to.
fn listening(process: &mut Child) -> String {
    let lines = BufReader::new(process.stderr.take().expect("its messages are ours")).lines();
    let mut said = lines.map_while(Result::ok);
    let found = said.find_map(|line| line.split_once("listening on ").map(|(_, address)| address.trim().to_owned()));
    // Somebody must go on reading, or the browser stops when the pipe is full.
    std::thread::spawn(move || said.for_each(drop));
    found.expect("the browser says where it listens")
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Tab<'_> {
    /// Say something in the browser's protocol.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.browser.call(Some(&self.session), method, parameters)
    }

    /// Go to a page of the programme and wait until it is loaded.
    pub fn open(&mut self, path: &str) {
        let url = format!("{}{path}", self.base);
        self.listen();
        self.call("Page.navigate", json!({"url": url}));
        let since = Instant::now();
        while !self.listen().iter().any(|event| event["method"] == "Page.loadEventFired") {
            assert!(since.elapsed() < PATIENCE, "{path} does not load");
            self.pause();
        }
    }

    /// Take in what the browser reported meanwhile; keep complaints.
    fn listen(&mut self) -> Vec<Value> {
        // Anything that no page has to answer: a page may be on its way out.
        self.browser.call(None, "Browser.getVersion", json!({}));
        let events: Vec<Value> = self.browser.events.drain(..).collect();
        for event in &events {
            let said = &event["params"];
            let complaint = match event["method"].as_str().unwrap_or_default() {
                "Runtime.exceptionThrown" => Some(said["exceptionDetails"].to_string()),
                "Runtime.consoleAPICalled" if said["type"] == "error" => Some(said["args"].to_string()),
                "Log.entryAdded" if said["entry"]["level"] == "error" => Some(said["entry"].to_string()),
                "Network.requestWillBeSent" => outside(said["request"]["url"].as_str().unwrap_or_default(), &self.base),
                _ => None,
            };
            self.complaints.extend(complaint);
        }
        events
    }

    fn pause(&mut self) {
        std::thread::sleep(Duration::from_millis(20));
    }

    /// The value of an expression; promises are waited for. Works where pages may run no scripts, too.
    pub fn eval(&mut self, expression: &str) -> Value {
        self.value(expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// The value of an expression, or why the page that stands there now cannot tell it.
    fn value(&mut self, expression: &str) -> Result<Value, Value> {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.browser.ask(Some(&self.session), "Runtime.evaluate", asked)?;
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        self.listen();
        Ok(answer["result"]["value"].clone())
    }

    /// The text that an expression gives.
    pub fn text(&mut self, expression: &str) -> String {
        match self.eval(expression) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    /// Wait until an expression holds. A page that is being left for the next one cannot tell: the next one is asked.
    pub fn wait(&mut self, expression: &str) {
        let since = Instant::now();
        while self.value(&format!("Boolean({expression})")) != Ok(json!(true)) {
            assert!(since.elapsed() < PATIENCE, "never came true: {expression}; {:?}", self.complaints);
            self.pause();
        }
    }

    /// Press a key.
    pub fn press(&mut self, key: &str, code: u32) {
        let text = if key == "Enter" { "\r" } else { "" };
        let down = json!({"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
        self.call("Input.dispatchKeyEvent", down);
        self.call(
            "Input.dispatchKeyEvent",
            json!({"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code}),
        );
    }

    /// Show pages as in a window of this size.
    pub fn resize(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// Wish for dark or light pages.
    pub fn wish(&mut self, scheme: &str) {
        self.call(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
    }

    /// Let pages run scripts, or not.
    pub fn scripts(&mut self, run: bool) {
        self.call("Emulation.setScriptExecutionDisabled", json!({"value": !run}));
    }

    /// Choose a file in a form.
    pub fn choose(&mut self, selector: &str, file: &std::path::Path) {
        let root = self.call("DOM.getDocument", json!({}))["root"]["nodeId"].clone();
        let node = self.call("DOM.querySelector", json!({"nodeId": root, "selector": selector}))["nodeId"].clone();
        self.call("DOM.setFileInputFiles", json!({"nodeId": node, "files": [file]}));
    }

    /// A picture of part of the page, as base64.
    pub fn picture(&mut self, selector: &str) -> String {
        let rect = self.eval(&format!(
            "(() => {{ const r = document.querySelector({selector:?}).getBoundingClientRect(); return {{x: r.x, y: r.y, width: r.width, height: r.height, scale: 1}}; }})()"
        ));
        self.call("Page.captureScreenshot", json!({"format": "png", "clip": rect}))["data"]
            .as_str()
            .expect("a picture")
            .to_owned()
    }

    /// What axe finds wrong on the page.
    pub fn axe(&mut self) -> Vec<String> {
        self.eval(concat!(include_str!("axe.min.js"), "; 0"));
        let found = self.eval("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' ')))");
        found.as_array().expect("a list").iter().map(Value::to_string).collect()
    }

    /// Nothing went wrong so far.
    pub fn assert_quiet(&mut self, path: &str) {
        self.listen();
        assert!(self.complaints.is_empty(), "{path}: {:#?}", self.complaints);
    }
}

/// An address that is not the programme's own.
fn outside(url: &str, base: &str) -> Option<String> {
    let is_own = ["data:", "blob:", "about:"].iter().any(|scheme| url.starts_with(scheme)) || url.starts_with(base);
    (!is_own).then(|| format!("a request to {url}"))
}
