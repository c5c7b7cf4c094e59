/** Runes as components use them: compiled by Svelte. */
import { flushSync } from 'svelte'
import { channelState } from './svelte.js'

export function followed(link, see) {
  const state = channelState(link)
  return effect(() => {
    const player = $derived(state.current.players.a)
    $effect(() => see(player.hp))
  })
}

/** What looks right. */
export function stale(link, see) {
  const state = $state(link.state)
  return effect(() => {
    $effect(() => see(state.players.a.hp))
  })
}

function effect(run) {
  const stop = $effect.root(run)
  flushSync()
  return stop
}
