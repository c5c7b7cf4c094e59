#!/usr/bin/env bash
# immer 11.2.13 with `enableArrayMethods()`: what `concat()`, `pop()`, `shift()` and `splice()` of a draft array return are the objects of the
# base state itself. Writing to one changes the base, which `produce` promises never to do, and its own documentation says otherwise:
# "concatenated[0].value = 999 // This will NOT affect draft.items[0]", followed by a result of 10 and "Original unchanged"; and of
# `pop`, `shift` and `splice` it says that mutations track. `filter`, `slice`, `find` and `flat` return drafts and keep the base.
#
# Seen, with the sample of the documentation: result.items[0].value is 999 and so is base.items[0].value; after
# `const item = draft.items.shift(); item.value = 1; draft.done.push(item)` the base has 1. Without the plugin the base keeps 10 each time.
# One would have guessed that the plugin, which is there for speed, either returns drafts or copies; and that a state which has been shown
# (the last one that a component rendered) cannot change. What immer made is frozen, and the write throws there: what changes is a first
# state, one that came from a parser or a server, and any with `setAutoFreeze(false)`.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund immer@11.2.13
cat > run.mjs <<'JS'
import { enableArrayMethods, produce } from 'immer'
const recipes = {
  concat(draft) {
    draft.items.concat([{ id: 2, value: 20 }])[0].value = 999
  },
  shift(draft) {
    const item = draft.items.shift()
    item.value = 1
    draft.done.push(item)
  },
  pop(draft) {
    const item = draft.items.pop()
    item.value = 1
    draft.done.push(item)
  },
  splice(draft) {
    const [item] = draft.items.splice(0, 1)
    item.value = 1
    draft.done.push(item)
  },
  slice(draft) {
    draft.items.slice(0, 1)[0].value = 1
  },
}
const changed = () =>
  Object.entries(recipes)
    .filter(([, recipe]) => {
      const base = { items: [{ id: 1, value: 10 }], done: [] }
      produce(base, recipe)
      return base.items[0].value !== 10
    })
    .map(([name]) => name)
    .join(' ')
const without = changed()
enableArrayMethods()
const withPlugin = changed()
console.log(`base changed without the plugin: ${without || 'never'}`)
console.log(`base changed with the plugin:    ${withPlugin || 'never'}`)
process.exit(without === '' && withPlugin === 'concat shift pop splice' ? 0 : 1)
JS
node run.mjs
