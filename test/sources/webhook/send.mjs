// Posts events to a receiver, signed as Zoom signs them:
//
//	node send.mjs URL SECRET [reversed] < FILE
//
// The file has one {"event": ...} a line.  Prints status, event and answer.
// "reversed" sends the members of each object in the other order.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

const [url, secret, order] = process.argv.slice(2);
const reversed = (value) =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).reverse().map(([name, member]) => [name, reversed(member)]))
    : value;

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { event } = JSON.parse(line);
  const body = JSON.stringify(order === "reversed" ? reversed(event) : event);
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex");
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-zm-request-timestamp": String(timestamp), "x-zm-signature": `v0=${signature}` },
    body,
  });
  console.log(response.status, event.event, await response.text());
}
