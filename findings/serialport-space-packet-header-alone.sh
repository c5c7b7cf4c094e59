#!/usr/bin/env bash
# @serialport/parser-spacepacket 13.0.0: where a chunk ends exactly behind the six bytes of a further packet's header, the parser takes the data of the packet
# before it for that packet's data, emits it a second time under the new header, and is one packet behind from there on. Serial ports and sockets
# deliver chunks as they please, so this happens now and then by itself.
#
# Seen: packets 1 alpha, 2 bravo, 3 bingo in one chunk: [1 alpha, 2 bravo, 3 bingo]
#       cut behind the header of packet 2: [1 alpha, 2 alpha, 2 bravo, 3 bingo]: four packets, the second with the data of the first
#       cut behind the header of packet 3: [1 alpha, 2 bravo, 3 bravo, 3 bingo]; at each of the other 30 places: as in one chunk
# One would have guessed that a parser of a stream gives the same packets wherever the stream is cut; the parser keeps the old data when a header
# arrives without any data behind it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts @serialport/parser-spacepacket@13.0.0
cat > run.mjs <<'JS'
import { SpacePacketParser } from '@serialport/parser-spacepacket'
function packet(apid, text) {
  const header = Buffer.alloc(6)
  header.writeUInt16BE(apid, 0)
  header.writeUInt16BE(0xc000, 2)
  header.writeUInt16BE(text.length - 1, 4)
  return Buffer.concat([header, Buffer.from(text)])
}
const stream = Buffer.concat([packet(1, 'alpha'), packet(2, 'bravo'), packet(3, 'bingo')])
function parse(chunks) {
  return new Promise((resolve) => {
    const parser = new SpacePacketParser()
    const packets = []
    parser.on('data', (each) => each.header && packets.push(`${each.header.identification.apid} ${each.data}`))
    parser.on('end', () => resolve(packets.join(', ')))
    for (const chunk of chunks) parser.write(chunk)
    parser.end()
  })
}
const whole = await parse([stream])
console.log(`one chunk: ${whole}`)
const different = []
for (let at = 1; at < stream.length; at++) {
  const seen = await parse([stream.subarray(0, at), stream.subarray(at)])
  if (seen !== whole) different.push(`cut at ${at}: ${seen}`)
}
console.log(different.join('\n'))
const expected = ['cut at 17: 1 alpha, 2 alpha, 2 bravo, 3 bingo', 'cut at 28: 1 alpha, 2 bravo, 3 bravo, 3 bingo']
process.exit(whole === '1 alpha, 2 bravo, 3 bingo' && different.join() === expected.join() ? 0 : 1)
JS
node run.mjs
