#!/usr/bin/env bash
# y-utility 0.1.4: in YMultiDocUndoManager a new change does not end what can be redone in the other documents. After an undo in one document and then a change in another,
# `canRedo()` stays true, and `redo` brings back what was taken away before that change, above it; a redo that was given up long ago comes back
# whenever somebody presses the key. Within one document it is cleared, as Y.UndoManager does with two types of one document.
#
# Seen: page 1 title 'draft', undo, page 2 title 'final': canRedo true, redo: page 1 'draft', page 2 'final'; Y.UndoManager over two maps: canRedo false, redo changes nothing
#       then undo, undo, redo, redo: page 2 comes back first, page 1 second, the other way round than they were written
# One would have guessed one history for all: the documentation promises "a single undo/redo history for the document collection" and the same interface as
# Y.UndoManager, so that editor bindings can take either.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts y-utility@0.1.4 yjs@13.6.33
cat > run.mjs <<'JS'
import { YMultiDocUndoManager } from 'y-utility/y-multidoc-undomanager'
import * as Y from 'yjs'
const one = new Y.Doc()
const cases = {
  'YMultiDocUndoManager, two documents': [YMultiDocUndoManager, [new Y.Doc().getMap('page'), new Y.Doc().getMap('page')]],
  'Y.UndoManager, two maps': [Y.UndoManager, [one.getMap('page 1'), one.getMap('page 2')]],
}
const expected = {
  'YMultiDocUndoManager, two documents': 'undo 1: - -; change 2: - final, can redo true; redo: draft final; undo: - final; undo: - -; redo: - final; redo: draft final',
  'Y.UndoManager, two maps': 'undo 1: - -; change 2: - final, can redo false; redo: - final; undo: - -; undo: - -; redo: - final; redo: - final',
}
let same = true
for (const [name, [Manager, pages]] of Object.entries(cases)) {
  const manager = new Manager(pages, { captureTimeout: 0 })
  const titles = () => pages.map((page) => page.get('title') ?? '-').join(' ')
  pages[0].set('title', 'draft')
  manager.undo()
  const steps = [`undo 1: ${titles()}`]
  pages[1].set('title', 'final')
  steps.push(`change 2: ${titles()}, can redo ${manager.canRedo()}`)
  for (const step of ['redo', 'undo', 'undo', 'redo', 'redo']) {
    manager[step]()
    steps.push(`${step}: ${titles()}`)
  }
  const seen = steps.join('; ')
  console.log(`${name}: ${seen}`)
  same &&= seen === expected[name]
}
process.exit(same ? 0 : 1)
JS
node run.mjs
