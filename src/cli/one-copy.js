/**
 * Module hook: whoever imports `sluice` or `sluice/…` gets the copy that is running, wherever the importing file lies.
 * A second copy would bring a second `DStream` and a second registry, which know nothing of the first.
 */
export function resolve(specifier, context, nextResolve) {
  const own = specifier === 'sluice' || specifier.startsWith('sluice/')
  return nextResolve(specifier, own ? { ...context, parentURL: import.meta.url } : context)
}
