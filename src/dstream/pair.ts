/** The key of a pair. */
export type KeyOf<T> = T extends readonly [infer K, unknown] ? K : never
/** The value of a pair. */
export type ValueOf<T> = T extends readonly [unknown, infer V] ? V : never
