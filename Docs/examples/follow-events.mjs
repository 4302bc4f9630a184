// Follows the events of a Switchboard gateway and prints them, one a line. Needs Node.js 18 or later, and nothing else.
//
//     OPERATOR_TOKEN=... node follow-events.mjs http://localhost:8000 'kind=message,status'
//
// The position is kept in the file `position`, in the working directory, after each event has been handled: the next run goes on from there.
import { readFile, rename, writeFile } from "node:fs/promises";

const [url, query = ""] = process.argv.slice(2);
if (!url || !process.env.OPERATOR_TOKEN) {
  console.error("usage: OPERATOR_TOKEN=... node follow-events.mjs URL [QUERY], such as http://localhost:8000 'kind=message,status'");
  process.exit(1);
}

// Put your own code here. It may see an event twice, if it is stopped before the position is kept: compare event.id.
async function handle(event) {
  console.log(JSON.stringify(event));
}

// The fields of each event of an answer, by their names.
async function* events(body) {
  let text = "";
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + part).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      yield Object.fromEntries(block.split("\n").map((line) => {
        const end = line.indexOf(": ");
        return [line.slice(0, end), line.slice(end + 2)];
      }));
    }
  }
}

// Reads events until the connection ends.
async function follow() {
  const headers = { Authorization: `Bearer ${process.env.OPERATOR_TOKEN}` };
  const position = await readFile("position", "utf8").catch(() => "");
  if (position) headers["Last-Event-ID"] = position;
  const answer = await fetch(`${url}/events?${query}`, { headers });
  if ([400, 401, 404].includes(answer.status)) {
    console.error(answer.status, await answer.text());
    process.exit(1);
  }
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  for await (const fields of events(answer.body)) {
    if (fields.data) await handle(JSON.parse(fields.data));
    if (fields.id) {
      // Under another name first: a crash must not leave half a position.
      await writeFile("position.new", fields.id);
      await rename("position.new", "position");
    }
  }
}

for (;;) {
  await follow().catch((error) => console.error("connecting again:", error.message));
  await new Promise((resolve) => setTimeout(resolve, 3000));
}
