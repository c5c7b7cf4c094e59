/** The process that owns the auction, with a store of its own: `back.ts <list of the cluster> <file>`. It may be killed at any moment. */
import { startBack, staticCluster, type StaticClusterOptions } from 'centrum'
import { sqliteStore } from 'centrum/sqlite'
import app from './app.js'

const [, , list = '', path = ''] = process.argv
const cluster = staticCluster(JSON.parse(list) as StaticClusterOptions)
const isStored = process.env['AUCTION_DURABILITY'] !== 'none'
const back = await startBack(app, { id: 'back-1', cluster, ...(isStored ? { store: sqliteStore({ path }) } : {}) })

process.send?.('ready')
process.on('disconnect', () => void back.close().finally(() => process.exit()))
