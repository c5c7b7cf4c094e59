#!/usr/bin/env bash
# @signaldb/core 1.8.1: a collection answers the same selector otherwise as soon as a field has an index. Where a field is given several operators, of which
# one is `$ne`, `$in` or `$nin`, the index looks at the first of these and the rest is dropped; a field that holds a list is found only by the whole list;
# and the number 5 and the text '5' are one key, as are true and 'true'. Nothing is thrown, and `find` gives rows that do not fit the selector.
#
# Seen: scores 5, 15, 25; { score: { $gt: 10, $ne: 15 } }: [25]; with an index on score [5, 25]
#       { score: { $in: [5, 15, 25], $lt: 20 } }: [5, 15]; with the index all three
#       lists ['red', 'blue'] and ['red']; { tags: 'red' }: both; with an index on tags none; { tags: { $ne: 'red' } }: none; with it both
#       5 and '5'; { value: 5 }: [5]; with an index on value [5, '5']
# One would have guessed that an index changes how long an answer takes and not what it is. Fields that an index has used are removed from the selector "for optimization",
# with all that was asked of them. A field is given an index late, when there are many rows, and then screens change that nobody has touched.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts @signaldb/core@1.8.1
cat > run.mjs <<'JS'
import { Collection, createIndex } from '@signaldb/core'
const scores = [5, 15, 25]
const tags = [['red', 'blue'], ['red']]
const cases = [
  ['score', scores, { $gt: 10, $ne: 15 }, '[25]', '[5,25]'],
  ['score', scores, { $in: [5, 15, 25], $lt: 20 }, '[5,15]', '[5,15,25]'],
  ['score', scores, { $in: [5, 25] }, '[5,25]', '[5,25]'],
  ['tags', tags, 'red', '[["red","blue"],["red"]]', '[]'],
  ['tags', tags, { $ne: 'red' }, '[]', '[["red","blue"],["red"]]'],
  ['value', [5, '5'], 5, '[5]', '[5,"5"]'],
]
let same = true
for (const [field, values, condition, plain, indexed] of cases) {
  const answers = [[], [createIndex(field)]].map((indices) => {
    const collection = new Collection({ indices })
    values.forEach((value, index) => collection.insert({ id: `${index}`, [field]: value }))
    const found = collection.find({ [field]: condition }).fetch()
    return JSON.stringify(found.sort((a, b) => a.id - b.id).map((row) => row[field]))
  })
  console.log(`${JSON.stringify({ [field]: condition })} of ${JSON.stringify(values)}: ${answers[0]}; with an index: ${answers[1]}`)
  same &&= answers[0] === plain && answers[1] === indexed
}
process.exit(same ? 0 : 1)
JS
node run.mjs
