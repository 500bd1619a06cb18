// Columns of points and team numbers: Enter and the arrows go down and up. Without this script Enter saves the form.

const fields = [...document.querySelectorAll("input.points-input")];

function go(event) {
  const down = event.key === "Enter" ? !event.shiftKey : event.key === "ArrowDown";
  if (!down && event.key !== "ArrowUp" && event.key !== "Enter") return;
  const next = fields[fields.indexOf(event.currentTarget) + (down ? 1 : -1)];
  event.preventDefault();
  next?.focus();
  next?.select();
}

for (const field of fields) field.addEventListener("keydown", go);
