// A form filled in here, for those without a phone: the same XForm, run by ODK Web Forms (vendored in web-forms/).

import { createApp, h } from "./web-forms/vue.js";
import { OdkWebForm, POST_SUBMIT__NEW_INSTANCE, webFormsPlugin } from "./web-forms/index.js";

const place = document.getElementById("fill");
const said = document.getElementById("said");

function say(text, isBad) {
  said.textContent = text;
  said.classList.toggle("bad", isBad);
  said.hidden = false;
  said.scrollIntoView({ block: "nearest" });
}

/// What a form needs besides itself: jr://file-csv/hazards.csv is one of our lists.
function fetchFormAttachment(resource) {
  const name = String(resource.href ?? resource).split("/").pop();
  return fetch(place.dataset.lists + encodeURIComponent(name));
}

/// Sends one filled form; the answer is the message a phone would show.
async function send(payload, done) {
  if (payload.status !== "ready") return;
  try {
    const response = await fetch(place.dataset.send, { method: "POST", body: payload.data[0] });
    const answer = new DOMParser().parseFromString(await response.text(), "text/xml");
    const message = answer.querySelector("message")?.textContent ?? response.statusText;
    say(message, !response.ok);
    if (response.ok) done({ next: POST_SUBMIT__NEW_INSTANCE });
  } catch {
    say("The server was not reached, and nothing was sent. Leave this page open and press Send again.", true);
  }
}

const response = await fetch(place.dataset.xml);
if (response.ok) {
  const formXml = await response.text();
  const props = { formXml, fetchFormAttachment, onSubmit: send };
  createApp({ render: () => h(OdkWebForm, props) }).use(webFormsPlugin).mount(place);
} else {
  say("This form could not be fetched.", true);
}
place.dataset.ready = "yes";
