/*
 * Constraints that say how array literals are inferred: one that mentions a tuple makes them tuples, and one that is plain
 * `unknown` makes them lists.
 */

/** Anything at all; `[word, 1]` is a pair of a string and a number, `[[user, day], 1]` one whose key is a pair. */
// biome-ignore lint/complexity/noBannedTypes: {} is "everything but null and undefined", which is what is meant
export type Element = {} | null | undefined | [Element, unknown]

/** Anything at all; `[1, 2]` is a pair, but within it `[word]` is a list, which functions make longer. */
// biome-ignore lint/complexity/noBannedTypes: as above
export type Value = {} | null | undefined | [unknown, unknown]

/** What an aggregation that begins with `[0, 0]` makes; one that begins with `[]` makes a list. */
export type Tuple = [unknown, unknown, ...unknown[]]

/** The same type; of an array literal, the tuple that it may be. */
export type InTuples<C> = C | (C & Tuple)
