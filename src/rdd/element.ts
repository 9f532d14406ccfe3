/**
 * Anything at all, in a form that lets `[word, 1]` be inferred as a pair of a string and a number: a constraint that
 * mentions a pair makes array literals tuples, and one that is plain `unknown` does not.
 */
// biome-ignore lint/complexity/noBannedTypes: {} is "everything but null and undefined", which is what is meant
export type Element = {} | null | undefined | [unknown, unknown]
