#!/usr/bin/env bash
# parse-sse 0.1.0 and event-stream-parser 1.0.2: what server-sent events say depends on where the stream is cut. Where a chunk ends between the two signs of a line's CR LF, the LF that
# begins the next one is taken for an empty line, which ends the event: one event of two lines becomes two, or the rest loses its type. parse-sse also
# leaves out events whose data is empty, so that a listener for such a type never hears one.
#
# Seen: 'event: move', 'data: one', 'data: two', each line ended by CR LF, in one chunk: move 'one\ntwo'; cut behind the first CR: message 'one\ntwo', behind the second: move 'one', message 'two'
#       the same lines ended by LF, cut at each place: move 'one\ntwo'; eventsource-parser 4.1.3 is right at each place with both
#       'event: ping', 'data:': parse-sse nothing, the others ping ''
# One would have guessed that the chunks of a stream carry no meaning; parse-sse calls itself spec-compliant, and in the standard each `data` line adds a line end to the data before
# it is asked whether it is empty.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts parse-sse@0.1.0 event-stream-parser@1.0.2 eventsource-parser@4.1.3
cat > run.mjs <<'JS'
import { parse } from 'event-stream-parser'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { parseServerSentEvents } from 'parse-sse'
const libraries = {
  'parse-sse': (body) => parseServerSentEvents(new Response(body, { headers: { 'content-type': 'text/event-stream' } })),
  'event-stream-parser': (body) => parse(body),
  'eventsource-parser': (body) => body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()),
}
const streamOf = (chunks) => new ReadableStream({
  start(controller) {
    for (const chunk of chunks) controller.enqueue(chunk)
    controller.close()
  },
})
async function read(library, chunks) {
  const seen = []
  for await (const event of await libraries[library](streamOf(chunks))) {
    seen.push(`${event.type ?? event.event ?? 'message'} ${JSON.stringify(event.data)}`)
  }
  return seen.join(', ') || 'nothing'
}
const bytesOf = (lines, end) => new TextEncoder().encode([...lines, '', ''].join(end))
const lost = `at 12: message "one\\ntwo"; at 23: move "one", message "two"`
const expected = { 'parse-sse': [lost, 'nothing'], 'event-stream-parser': [lost, 'ping ""'], 'eventsource-parser': ['', 'ping ""'] }
let same = true
for (const library of Object.keys(libraries)) {
  for (const [name, end] of [['CR LF', '\r\n'], ['LF', '\n']]) {
    const bytes = bytesOf(['event: move', 'data: one', 'data: two'], end)
    const whole = await read(library, [bytes])
    const others = []
    for (let at = 1; at < bytes.length; at++) {
      const seen = await read(library, [bytes.slice(0, at), bytes.slice(at)])
      if (seen !== whole) others.push(`at ${at}: ${seen}`)
    }
    console.log(`${library}, ${name}: whole ${whole}; cut ${others.join('; ') || 'anywhere the same'}`)
    same &&= whole === 'move "one\\ntwo"' && others.join('; ') === (end === '\n' ? '' : expected[library][0])
  }
  const empty = await read(library, [bytesOf(['event: ping', 'data:'], '\n')])
  console.log(`${library}, data without text: ${empty}`)
  same &&= empty === expected[library][1]
}
process.exit(same ? 0 : 1)
JS
node run.mjs
