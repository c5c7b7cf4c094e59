/** More seeds that are run with all tests. */
import { seedsFrom, testSeeds } from './seed-tests.js'

// The seventh holds frames back, which none of the others does.
testSeeds(new Map([[7, null], ...seedsFrom(26, 48, [26, 33])]))
