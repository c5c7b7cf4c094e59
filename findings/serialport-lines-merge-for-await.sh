#!/usr/bin/env bash
# @serialport/parser-readline and @serialport/parser-delimiter 13.0.0: whoever reads by `for await` or by `readable` and `read()` is given several lines as one,
# and the delimiters between them are gone, so that nobody can take them apart again. The parsers are byte streams, not object streams: what waits
# in the stream's buffer is joined. A listener for `data` is given line by line, which is what the documentation shows.
#
# Seen: temp=21, temp=22 and hum=40 written, each with its line end: `data` [temp=21, temp=22, hum=40]; `for await` [temp=21temp=22hum=40]; `read()` the same
#       with the option readableObjectMode: the three lines everywhere, and one empty line more at the end
# One would have guessed that a stream which "emits data after a newline delimiter is received" hands out lines to each reader, as split2 does;
# most lines of a device come one by one, so that a loop works until two of them arrive together.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts @serialport/parser-readline@13.0.0 @serialport/parser-delimiter@13.0.0
cat > run.mjs <<'JS'
import { DelimiterParser } from '@serialport/parser-delimiter'
import { ReadlineParser } from '@serialport/parser-readline'
const readers = {
  data: (parser) =>
    new Promise((resolve) => {
      const lines = []
      parser.on('data', (line) => lines.push(String(line))).on('end', () => resolve(lines))
    }),
  async 'for await'(parser) {
    const lines = []
    for await (const line of parser) lines.push(String(line))
    return lines
  },
  read: (parser) =>
    new Promise((resolve) => {
      const lines = []
      parser.on('readable', () => {
        for (let line = parser.read(); line !== null; line = parser.read()) lines.push(String(line))
      })
      parser.on('end', () => resolve(lines))
    }),
}
const parsers = { readline: (options) => new ReadlineParser(options), delimiter: (options) => new DelimiterParser({ delimiter: '\n', ...options }) }
const [lines, merged, closed] = ['temp=21,temp=22,hum=40', 'temp=21temp=22hum=40', 'temp=21,temp=22,hum=40,']
let same = true
for (const [name, create] of Object.entries(parsers)) {
  for (const options of [{}, { readableObjectMode: true }]) {
    for (const [reader, read] of Object.entries(readers)) {
      const parser = create(options)
      parser.write('temp=21\ntemp=22\n')
      parser.write('hum=40\n')
      parser.end()
      const seen = (await read(parser)).join()
      console.log(`${name}, ${JSON.stringify(options)}, ${reader}: [${seen}]`)
      same &&= seen === (options.readableObjectMode ? closed : reader === 'data' ? lines : merged)
    }
  }
}
process.exit(same ? 0 : 1)
JS
node run.mjs
