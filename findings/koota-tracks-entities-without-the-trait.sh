#!/usr/bin/env bash
# koota 0.6.6: the queries `Added(T)`, `Removed(T)` and `Changed(T)` return each entity that was spawned since their last run, though it never had T: once with
# nothing or with other traits, and then to all three at once. Only a spawn with T itself is told apart by `Removed` and `Changed`. The
# first run of a query is right; from then on it gets everything that is spawned.
#
# Seen: each query run once, then an entity spawned with Name alone: Added(Position), Removed(Position) and Changed(Position) each give it; run again: none
#       spawned with no trait: the same, and Added(Position, Name) gives it too; `query(Name, Removed(Position))`: none, right
# One would have guessed that `Removed` "tracks all entities that have removed the specified traits", as the documentation says. What cleans up after a trait by
# it, a body of the physics or a player's seat, does so for each newcomer; and `entity.get(Position)` of what was `Added` is undefined.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts koota@0.6.6
cat > run.mjs <<'JS'
import { createAdded, createChanged, createRemoved, createWorld, trait } from 'koota'
const Position = trait({ x: 0 })
const Name = trait({ text: '' })
const [Added, Removed, Changed] = [createAdded(), createRemoved(), createChanged()]
const queries = {
  'Added(Position)': [Added(Position)],
  'Removed(Position)': [Removed(Position)],
  'Changed(Position)': [Changed(Position)],
  'Added(Position, Name)': [Added(Position, Name)],
  'Name, Removed(Position)': [Name, Removed(Position)],
}
const found = (world) => Object.keys(queries).filter((name) => [...world.query(...queries[name])].length > 0).join('; ')
const three = 'Added(Position); Removed(Position); Changed(Position)'
const cases = [
  ['nothing', [], `${three}; Added(Position, Name)`],
  ['Name', [Name], three],
  ['Position', [Position], 'Added(Position)'],
  ['Position and Name', [Position, Name], 'Added(Position); Added(Position, Name)'],
]
let same = true
for (const [name, traits, expected] of cases) {
  const world = createWorld()
  const before = found(world)
  world.spawn(...traits)
  const seen = found(world)
  const again = found(world)
  console.log(`spawned with ${name}: found by ${seen}; run again: ${again || 'none'}`)
  same &&= before === '' && seen === expected && again === ''
  world.destroy()
}
process.exit(same ? 0 : 1)
JS
node run.mjs
