#!/usr/bin/env bash
# @seald-io/nedb 4.1.2: with an index on a field that holds lists, a query for a range finds a document once for each element in the range. An `update` of what it
# finds fails, as it replaces the same document twice, and its rollback fails the same way: a document that matched, and has no list with
# two such elements, is gone from `find({})` and by its id, and with the next compaction of the file it is gone for good.
#
# Seen: ann with laps [61, 59], bob with [64], cid with [90]; { laps: { $lt: 65 } } finds ann, bob; with an index on laps ann, ann, bob, and count 3
#       update { $inc: { wins: 1 } }: 'Can't insert key "ann", it violates the unique constraint'; find({}): ann, cid
#       compacted, closed and loaded again: ann, cid; without the index, or with { laps: { $in: [59, 61, 64] } }: ann and bob updated, all three there
# One would have guessed that a document is in a result once, and that an update which fails changes nothing, as the library means it: it
# puts all documents back where a unique key is taken. Here none was taken, and `update` of fields without any index is no place to look for one.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts @seald-io/nedb@4.1.2
cat > run.mjs <<'JS'
import Datastore from '@seald-io/nedb'
const range = { laps: { $lt: 65 } }
const cases = [
  ['range', false, range, 'found ann bob, count 2; update 2; left ann bob cid; loaded again ann bob cid'],
  ['$in', true, { laps: { $in: [59, 61, 64] } }, 'found ann bob, count 2; update 2; left ann bob cid; loaded again ann bob cid'],
  [
    'range',
    true,
    range,
    'found ann ann bob, count 3; update Can\'t insert key "ann", it violates the unique constraint; left ann cid; loaded again ann cid',
  ],
]
const ids = (documents) => documents.map((document) => document._id).join(' ')
let same = true
for (const [index, [name, indexed, query, expected]] of cases.entries()) {
  const filename = `case-${index}.db`
  const store = new Datastore({ filename, autoload: true })
  if (indexed) await store.ensureIndexAsync({ fieldName: 'laps' })
  await store.insertAsync({ _id: 'ann', laps: [61, 59], wins: 0 })
  await store.insertAsync({ _id: 'bob', laps: [64], wins: 0 })
  await store.insertAsync({ _id: 'cid', laps: [90], wins: 0 })
  const found = ids(await store.findAsync(query).sort({ _id: 1 }))
  const count = await store.countAsync(query)
  const updated = await store.updateAsync(query, { $inc: { wins: 1 } }, { multi: true }).then(
    (result) => result.numAffected,
    (error) => error.message,
  )
  const left = ids(await store.findAsync({}).sort({ _id: 1 }))
  await store.compactDatafileAsync()
  const again = new Datastore({ filename, autoload: true })
  const loaded = ids(await again.findAsync({}).sort({ _id: 1 }))
  const seen = `found ${found}, count ${count}; update ${updated}; left ${left}; loaded again ${loaded}`
  console.log(`${name}, ${indexed ? 'with' : 'without'} index: ${seen}`)
  same &&= seen === expected
}
process.exit(same ? 0 : 1)
JS
node run.mjs
