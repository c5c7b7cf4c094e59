#!/usr/bin/env bash
# data-structure-typed 2.6.2: after `delete` of a key, an AVLTree or a BST answers for another key with the deleted one's value. It is the key next to it in order, which takes
# its place in the tree: keys, order and size are right, its own value is lost. In RedBlackTree and TreeMap, which share most of the code, and
# in both trees with `isMapMode: false`, values stay with their keys.
#
# Seen: 2 b, 4 d, 5 e, 6 f, 7 g; delete 6: get(5) is 'f'; then delete 4: get(2) is 'd'; values() b, d, f, g, and then d, f, g
#       1,000 scores, every third deleted: 144 of the 666 that are left in AVLTree and BST answer with another's value, in RedBlackTree and TreeMap none
# One would have guessed that the four maps differ in how they balance, in nothing else: the documentation sets AVLTree off from
# the red-black tree by "stricter balance". A leaderboard shows one player's name at another's score.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts data-structure-typed@2.6.2
cat > run.mjs <<'JS'
import { AVLTree, BST, RedBlackTree, TreeMap } from 'data-structure-typed'
const wrong = '6 deleted: 2 b, 4 d, 5 f, 7 g; 4 deleted: 2 d, 5 f, 7 g'
const right = '6 deleted: 2 b, 4 d, 5 e, 7 g; 4 deleted: 2 b, 5 e, 7 g'
const cases = [
  ['AVLTree', () => new AVLTree(), wrong],
  ['BST', () => new BST(), wrong],
  ['AVLTree, isMapMode: false', () => new AVLTree([], { isMapMode: false }), right],
  ['BST, isMapMode: false', () => new BST([], { isMapMode: false }), right],
  ['RedBlackTree', () => new RedBlackTree(), right],
  ['TreeMap', () => new TreeMap(), right],
]
let same = true
for (const [name, make, expected] of cases) {
  const five = make()
  for (const [key, value] of [[4, 'd'], [2, 'b'], [6, 'f'], [5, 'e'], [7, 'g']]) five.set(key, value)
  const answers = () => [...five.keys()].map((key) => `${key} ${five.get(key)}`).join(', ')
  five.delete(6)
  const first = answers()
  five.delete(4)
  const seen = `6 deleted: ${first}; 4 deleted: ${answers()}`

  const scores = make()
  const keys = Array.from({ length: 1000 }, (_, index) => (index * 617) % 1009)
  for (const key of keys) scores.set(key, `player ${key}`)
  keys.forEach((key, index) => index % 3 === 0 && scores.delete(key))
  const others = [...scores.keys()].filter((key) => scores.get(key) !== `player ${key}`).length
  console.log(`${name}: ${seen}; of ${scores.size} scores ${others} with another's value`)
  same &&= seen === expected && scores.size === 666 && (expected === wrong) === others > 0
}
process.exit(same ? 0 : 1)
JS
node run.mjs
