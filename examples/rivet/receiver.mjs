// Receives Zoom's webhooks and hands them to zoom_silver.receive(), through the
// functions of receiver.sql.
//
// @zoom/rivet checks each signature, answers endpoint.url_validation, and
// answers 500 when a listener fails: then Zoom sends the event again.
import { MeetingsS2SAuthClient } from "@zoom/rivet/meetings";
import pg from "pg";

const secret = process.env.ZOOM_WEBHOOK_SECRET;
if (!secret) {
  console.error("ZOOM_WEBHOOK_SECRET is not set: the secret token of the app's event subscription");
  process.exit(1);
}

// The database is that of PGHOST, PGDATABASE, PGUSER ...
const pool = new pg.Pool({ max: 4 });
pool.on("error", (error) => console.error(`idle connection: ${error.message}`));

// Zoom's API is never called, so the client needs no credentials.  rivet gives
// "port" to listen(), where it may be an address as well: behind a proxy that
// speaks TLS nobody else needs to reach it.
const client = new MeetingsS2SAuthClient({
  clientId: "none",
  clientSecret: "none",
  accountId: "none",
  webhooksSecretToken: secret,
  port: { host: process.env.HOST || "127.0.0.1", port: Number(process.env.PORT || 8080) },
});

// One listener for each event that something is made of.
const { rows } = await pool.query("SELECT event FROM zoom_hook.events() AS event");
for (const { event } of rows) {
  client.webEventConsumer.event(event, async (body) => {
    await pool.query("SELECT zoom_hook.receive($1)", [JSON.stringify(body)]);
  });
}

const { address, port } = (await client.start()).address();
console.log(`listening on http://${address}:${port}/zoom/events`);
