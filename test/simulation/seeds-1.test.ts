/** Seeds that are run with all tests; more of them stand in seeds-2.test.ts. */
import { seedsFrom, testSeeds } from './seed-tests.js'

testSeeds(seedsFrom(1, 25, [3, 12, 14, 18]), { showAllChecks: true, twice: [1, 8, 11] })
