#!/usr/bin/env bash
# @colyseus/schema 5.0.34: an array of primitives at the client is no longer the server's, for good and without an error, after
# - `unshift` of a value that already stands first: [5], unshift(5): server [5, 5], client [5]. All that is pushed or set by index later is off by one;
# - `shift` and `sort` in one turn: [3, 4], shift(), sort(): server [4], client [4, 4].
# Who joins later is given the right array: of two clients of one room, each sees another.
#
# Seen: as above; `unshift` of another value, and `shift` and `sort` in a turn each, give equal arrays
# One would have guessed that encoder and decoder agree for each method that the array has, as they do for push, pop, shift, splice,
# reverse and assignments; the decoder seems to take the element that was moved for the one that was inserted.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts @colyseus/schema@5.0.34
cat > run.mjs <<'JS'
import { ArraySchema, Decoder, Encoder, schema, t } from '@colyseus/schema'
const State = schema({ list: t.array('number') }, 'State')
function play(start, ...turns) {
  const owner = new State()
  owner.list = new ArraySchema(...start)
  const encoder = new Encoder(owner)
  const [client, late] = [new State(), new State()]
  const decoder = new Decoder(client)
  decoder.decode(encoder.encodeAll())
  encoder.discardChanges()
  for (const turn of turns) {
    turn(owner.list)
    decoder.decode(encoder.encode())
    encoder.discardChanges()
  }
  new Decoder(late).decode(encoder.encodeAll())
  return [owner, client, late].map(({ list }) => list.toArray().join()).join(' | ')
}
const cases = [
  ['unshift of the same', '5,5,6 | 5,6 | 5,5,6', [5], (list) => list.unshift(5), (list) => list.push(6)],
  ['unshift of another', '7,5,6 | 7,5,6 | 7,5,6', [5], (list) => list.unshift(7), (list) => list.push(6)],
  ['shift and sort in one turn', '4 | 4,4 | 4', [3, 4], (list) => (list.shift(), list.sort())],
  ['shift, then sort', '4 | 4 | 4', [3, 4], (list) => list.shift(), (list) => list.sort()],
]
let same = true
for (const [name, expected, start, ...turns] of cases) {
  const seen = play(start, ...turns)
  console.log(`${name}: server | client | late client: ${seen}`)
  same &&= seen === expected
}
process.exit(same ? 0 : 1)
JS
node run.mjs
