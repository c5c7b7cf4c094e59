/** The contract of stores, for each kind. */
import { MemoryStore } from '../../src/store/memory-store.js'
import { storeContract } from './store-contract.js'

storeContract('memory', () => {
  const store = new MemoryStore()
  return { open: () => store, crash: async (backId) => store.abandon(backId) }
})

storeContract(
  'shared memory',
  () => {
    const store = new MemoryStore({ isShared: true })
    return {
      open: () => store,
      crash: async (backId) => store.abandon(backId),
      seal: async (backId) => void (await store.seal(backId)),
      send: async (channelId, message, json) => store.send(channelId, message, json),
    }
  },
  { isShared: true },
)
