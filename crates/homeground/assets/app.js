// Small comforts for tables and menus. Every page works without this file.

document.addEventListener("click", (event) => {
  const copy = event.target.closest("button[data-copy]");
  if (copy) copyTable(copy);
  for (const open of document.querySelectorAll("details.moment[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.moment[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = !navigator.clipboard;

/** What is shown, as tab-separated text; plain numbers, as machines read them. */
async function copyTable(button) {
  const rows = document.getElementById(button.dataset.copy).querySelectorAll("tr");
  const cell = (c) => c.querySelector("data")?.value ?? c.textContent.trim().replace(/\s+/g, " ");
  const text = [...rows].map((row) => [...row.cells].map(cell).join("\t")).join("\n");
  await navigator.clipboard.writeText(text);
  const label = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => (button.textContent = label), 1500);
}
