#!/usr/bin/env bash
# charwise 3.0.1: different lists are the same key. Texts in a list that hold '!' or '"' are escaped by means of '?', but a '?' itself is escaped only where one of these two stands in the same
# text. ['what!'] and ['what??'] are both encoded as ["what??"], and both are read as ['what!']; so are '"' and '?%'. In a database, what is put under one overwrites the other.
# Texts that are no list, and a '?' that none of '?', '%', '@' follows, are right.
#
# Seen: ['what??'] is encoded as ['what!'] and read as ['what!']; ['/find?%20'] is read as ['/find"20'], ['?@ann'] as ['?ann']; 'what??' alone as it was
#       memory-level 3.1.0 with keys by charwise: ['what!'] put as 1, ['what??'] as 2: one entry, ['what!'] 2
# One would have guessed that lists are what the library is for, "codec for js values (including arrays)", and that texts in them may hold any sign: the escape
# table names all three. An address with an escaped query, or a question put twice as loud, is enough.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts charwise@3.0.1 memory-level@3.1.0
cat > run.mjs <<'JS'
import charwise from 'charwise'
import { MemoryLevel } from 'memory-level'
const back = (value) => JSON.stringify(charwise.decode(charwise.encode(value)))
const cases = [
  ['what??', '"what??"'],
  [['what!'], '["what!"]'],
  [['what?'], '["what?"]'],
  [['what?? no!'], '["what?? no!"]'],
  [['what??'], '["what!"]'],
  [['/find?%20'], '["/find\\"20"]'],
  [['?@ann'], '["?ann"]'],
]
let same = charwise.encode(['what!']) === charwise.encode(['what??'])
console.log(`['what!'] and ['what??'] have the same key: ${same}`)
for (const [value, expected] of cases) {
  console.log(`${JSON.stringify(value)} is read as ${back(value)}`)
  same &&= back(value) === expected
}
const keyEncoding = { name: 'charwise', format: 'utf8', encode: charwise.encode, decode: charwise.decode }
const database = new MemoryLevel({ keyEncoding, valueEncoding: 'json' })
await database.put(['what!'], 1)
await database.put(['what??'], 2)
const entries = JSON.stringify(await database.iterator().all())
console.log(`entries of the database: ${entries}`)
same &&= entries === '[[["what!"],2]]'
process.exit(same ? 0 : 1)
JS
node run.mjs
