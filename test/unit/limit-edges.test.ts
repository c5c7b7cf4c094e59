/** Each limit at its edge and one beyond: those that no test of their own drives there. */
import { test } from 'node:test'
import { LIMIT_EDGES } from '../support/limit-edges.js'

for (const [limit, drive] of Object.entries(LIMIT_EDGES))
  test(`G6 ${limit}: up to it all is well, and one beyond is not`, (t) => drive(t))
