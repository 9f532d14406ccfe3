/**
 * An element that a task may change without changing what it was given: as in Spark, where tasks are sent with their data, each task
 * has its own. Data is copied; objects of classes, which nobody but their class can copy, stay what they are.
 */
export function ownElement<T>(element: T): T {
  return isObject(element) ? (new Copying().of(element) as T) : element
}

/** As `ownElement`, of many; the very array where there is nothing to change. */
export function ownElements<T>(elements: readonly T[]): readonly T[] {
  return elements.some(isObject) ? elements.map(ownElement) : elements
}

/** One element with all that is in it: what was one object is one in the copy, also where it leads back to itself. */
class Copying {
  /** Absent until there is an object within another: most elements are pairs. */
  #copies: Map<object, object> | undefined

  of(value: object): object {
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Array.prototype) return this.#array(value as unknown[])
    if (prototype === Object.prototype) return this.#members(value, { ...value })
    if (prototype === null) return this.#members(value, Object.assign(Object.create(null), value))
    if (prototype === Map.prototype) return this.#map(value as Map<unknown, unknown>)
    if (prototype === Set.prototype) return this.#set(value as Set<unknown>)
    return ownBytes(value) ?? (prototype === Date.prototype ? new Date(Number(value)) : value)
  }

  #array(items: readonly unknown[]): object {
    const copy = items.slice()
    for (let i = 0; i < copy.length; i++) {
      if (isObject(copy[i])) copy[i] = this.#within(items, copy, copy[i])
    }
    return copy
  }

  #members(object: object, copy: Record<string, unknown>): object {
    for (const name of Object.keys(copy)) {
      if (isObject(copy[name])) copy[name] = this.#within(object, copy, copy[name])
    }
    return copy
  }

  #map(map: ReadonlyMap<unknown, unknown>): object {
    const copy = new Map<unknown, unknown>()
    for (const [key, value] of map) copy.set(this.#within(map, copy, key), this.#within(map, copy, value))
    return copy
  }

  #set(set: ReadonlySet<unknown>): object {
    const copy = new Set<unknown>()
    for (const item of set) copy.add(this.#within(set, copy, item))
    return copy
  }

  /** A copy of what lies in a container, whose own copy is being made. */
  #within(container: object, copy: object, value: unknown): unknown {
    if (!isObject(value)) return value
    this.#copies ??= new Map()
    this.#copies.set(container, copy)
    const known = this.#copies.get(value)
    if (known !== undefined) return known
    const made = this.of(value)
    this.#copies.set(value, made)
    return made
  }
}

/** `slice` of all typed arrays: that of Node's buffers shares its bytes. */
const { slice } = Object.getPrototypeOf(Uint8Array.prototype) as { slice(this: ArrayBufferView): ArrayBufferView }

function ownBytes(value: object): object | undefined {
  if (value instanceof ArrayBuffer) return value.slice(0)
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? slice.call(value) : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
