/** Tells whether a path is one of these places, or in one of the folders among them, which end with `/`. */
export function inPlaces(places: readonly string[]): (path: string) => boolean {
  const known = new Set(places);
  return (path) => {
    if (known.has(path)) return true;
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1))
      if (known.has(path.slice(0, end + 1))) return true;
    return false;
  };
}
