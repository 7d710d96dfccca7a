// The field book draws itself while it is typed. Without this file the button draws.

const form = document.getElementById("field");
let timer = 0;
let asked = 0;

async function draw() {
  const query = new URLSearchParams(new FormData(form));
  if (!query.get("datum")) return;
  query.set("part", "answer");
  const mine = ++asked;
  const response = await fetch(`/field?${query}`, { headers: { accept: "text/html" } });
  if (!response.ok || mine !== asked) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  document.getElementById("answer").replaceWith(page.getElementById("answer"));
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(draw, 150);
});
